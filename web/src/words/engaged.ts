// What the engagements of an incident come to.
import type { Engaged, Page, Receipt } from '../api/contacts';

type WholePage = Page & { receipts: Receipt[] };

export interface Answer {
  contact: string;
  time: number;
}

export interface Picture {
  /** Every person who was paged. */
  paged: string[];
  /** Who acknowledged and when, first one first. */
  answers: Answer[];
  /** Pages that can still be acknowledged, newest first. */
  open: WholePage[];
  /** True while somebody may still be paged. */
  running: boolean;
}

/** Sums up the engagements of an incident. */
export function pictureOf(engagements: Engaged[]): Picture {
  const pages = engagements.flatMap((e) => e.pages);
  const answers = new Map<string, number>();
  for (const page of pages) {
    if (!page.ReadTime) continue;
    const before = answers.get(page.ContactArn);
    answers.set(page.ContactArn, before === undefined ? page.ReadTime : Math.min(before, page.ReadTime));
  }
  return {
    paged: [...new Set(pages.map((p) => p.ContactArn))],
    answers: [...answers].map(([contact, time]) => ({ contact, time })).sort((a, b) => a.time - b.time),
    open: pages.filter((p) => !p.ReadTime && !answers.has(p.ContactArn)).sort((a, b) => (b.SentTime ?? 0) - (a.SentTime ?? 0)),
    running: engagements.some((e) => !e.StopTime),
  };
}

/** The channel a page went to; only its receipts name it. */
export const channelOf = (page: WholePage): string | undefined => page.receipts.find((r) => r.ContactChannelArn)?.ContactChannelArn;
