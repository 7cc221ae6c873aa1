import { expect, test } from 'vitest';
import { inputOf, minutesFault, queryOf, scenarioOf, simulateHref, type Scenario } from './scenario';

const read = (query: string) => scenarioOf(new URLSearchParams(query));

test('a scenario comes back from its link', () => {
  const all: Scenario[] = [
    { hours: 24, acks: [], fail: [] },
    { plan: 'root-activity', hours: 24, acks: [], fail: [] },
    { contact: 'ann', at: new Date('2026-12-25T03:00:00Z'), hours: 72, acks: [{ who: 'ann', minutes: '12' }, { who: 'b_o-b', minutes: '0' }], fail: ['SMS', 'ann/EMAIL'] },
    { plan: 'x', hours: 168, acks: [{ who: '', minutes: '' }].slice(1), fail: [] },
  ];
  for (const s of all) expect(read(queryOf(s))).toEqual(s);
  expect(simulateHref({ plan: 'root' })).toBe('#/simulate?plan=root');
});

test('what cannot be read is left out', () => {
  expect(read('plan=p&contact=c&at=tomorrow&hours=5&ack=ann&ack=@3&fail=')).toEqual({ plan: 'p', hours: 24, acks: [], fail: [] });
});

test('the server is asked in seconds and minutes', () => {
  expect(inputOf(read('contact=ann&at=1970-01-01T00:01:00Z&hours=72&ack=bob@5&fail=SMS'))).toEqual({
    ContactId: 'ann',
    Time: 60,
    Minutes: 4320,
    Acknowledgements: [{ ContactId: 'bob', AfterMinutes: 5 }],
    FailedChannels: ['SMS'],
  });
  expect(inputOf(read('plan=p'))).toEqual({ ResponsePlan: 'p', Minutes: 1440, Acknowledgements: [], FailedChannels: [] });
});

test.each([
  ['0', undefined],
  ['1440', undefined],
  ['1441', 'Minutes after the start, 0 to 1440.'],
  ['-1', 'Minutes after the start, 0 to 1440.'],
  ['', 'Minutes after the start, 0 to 1440.'],
  ['1e1', 'Minutes after the start, 0 to 1440.'],
])('%s minutes after the start', (minutes, fault) => expect(minutesFault(minutes, 24)).toBe(fault));
