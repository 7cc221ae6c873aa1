import { expect, it } from 'vitest';
import { pictureOf } from './engaged';

const page = (id: string, contact: string, sent: number, read?: number) => ({
  PageArn: id,
  EngagementArn: 'e',
  ContactArn: contact,
  Sender: 's',
  SentTime: sent,
  ...(read === undefined ? {} : { ReadTime: read }),
  receipts: [],
});

it('takes one answer of a person for all pages to that person', () => {
  const picture = pictureOf([
    { EngagementArn: 'e', ContactArn: 'plan', Sender: 's', pages: [page('1', 'ann', 10, 40), page('2', 'ann', 20), page('3', 'bob', 30), page('4', 'bob', 35)] },
    { EngagementArn: 'f', ContactArn: 'ann', Sender: 's', StopTime: 50, pages: [page('5', 'ann', 10, 30)] },
  ]);
  expect(picture.paged).toEqual(['ann', 'bob']);
  expect(picture.answers).toEqual([{ contact: 'ann', time: 30 }]);
  expect(picture.open.map((p) => p.PageArn)).toEqual(['4', '3']);
  expect(picture.running).toBe(true);
});

it('is quiet without engagements', () => {
  expect(pictureOf([])).toEqual({ paged: [], answers: [], open: [], running: false });
});
