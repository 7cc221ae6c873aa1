// A simulated incident as it stands in the address bar, so that a link shows the
// same to a colleague: "plan=root&at=2026-12-25T03:00:00Z&ack=ann@12&fail=SMS".
import type { SimulateInput } from '../api/tocsin';

export interface Scenario {
  /** A response plan by name, or a contact by alias; empty while nothing is chosen. */
  plan?: string;
  contact?: string;
  /** When it starts; left out: now. */
  at?: Date;
  hours: number;
  acks: { who: string; minutes: string }[];
  /** EMAIL, SMS, VOICE, or alias/EMAIL. */
  fail: string[];
}

/** How far can be looked. */
export const horizons = [24, 72, 168];

/** Reads a scenario; what cannot be read is left out. */
export function scenarioOf(query: URLSearchParams): Scenario {
  const at = new Date(query.get('at') ?? '');
  const hours = Number(query.get('hours'));
  const s: Scenario = {
    hours: horizons.includes(hours) ? hours : horizons[0]!,
    acks: query.getAll('ack').flatMap((a) => {
      const cut = a.lastIndexOf('@');
      return cut > 0 ? [{ who: a.slice(0, cut), minutes: a.slice(cut + 1) }] : [];
    }),
    fail: query.getAll('fail').filter((f) => f !== ''),
  };
  const [plan, contact] = [query.get('plan'), query.get('contact')];
  if (plan) s.plan = plan;
  else if (contact) s.contact = contact;
  if (Number.isFinite(at.getTime())) s.at = at;
  return s;
}

/** The query of a scenario; `scenarioOf` reads it back. */
export function queryOf(s: Scenario): string {
  const q = new URLSearchParams();
  if (s.plan) q.set('plan', s.plan);
  else if (s.contact) q.set('contact', s.contact);
  if (s.at) q.set('at', s.at.toISOString().replace('.000Z', 'Z'));
  if (s.hours !== horizons[0]) q.set('hours', String(s.hours));
  for (const a of s.acks) q.append('ack', `${a.who}@${a.minutes}`);
  for (const f of s.fail) q.append('fail', f);
  return q.toString();
}

/** The link to a simulation of a response plan or contact, now. */
export const simulateHref = (of: { plan: string } | { contact: string }): string => `#/simulate?${queryOf({ hours: horizons[0]!, acks: [], fail: [], ...of })}`;

/** Why the minutes of an acknowledgement will not do, or undefined. */
export const minutesFault = (minutes: string, hours: number): string | undefined =>
  /^\d{1,5}$/.test(minutes) && Number(minutes) <= hours * 60 ? undefined : `Minutes after the start, 0 to ${hours * 60}.`;

/** What the server is asked. */
export const inputOf = (s: Scenario): SimulateInput => ({
  ...(s.plan ? { ResponsePlan: s.plan } : { ContactId: s.contact ?? '' }),
  ...(s.at ? { Time: s.at.getTime() / 1000 } : {}),
  Minutes: s.hours * 60,
  Acknowledgements: s.acks.map((a) => ({ ContactId: a.who, AfterMinutes: Number(a.minutes) })),
  FailedChannels: s.fail,
});
