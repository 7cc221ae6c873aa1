import { expect, test } from 'vitest';
import type { Forecast, SimulatedLine } from '../api/tocsin';
import { momentsOf, verdictOf } from './forecast';

const arn = (alias: string) => `arn:aws:ssm-contacts:us-east-1:000000000000:contact/${alias}`;
const names: Record<string, string> = { [arn('ann')]: 'Ann Lee', [arn('bob')]: 'Bob Stone', [arn('night')]: 'Night' };
const name = (a: string) => names[a] ?? a;
const page: SimulatedLine = { Time: 100, Kind: 'PAGE', ContactArn: arn('ann'), ContactName: 'Ann Lee', ChannelType: 'SMS', ChannelName: 'SMS', Path: [{ ContactArn: arn('ann'), Type: 'PERSONAL' }] };
const told = (line: Partial<SimulatedLine>) => momentsOf([{ ...page, Path: undefined, ...line }], name, (t) => `<${t}>`)[0]!.lines[0]!;

test('what happens at one instant stands together', () => {
  const moments = momentsOf([page, { ...page, ContactName: 'Bob' }, { ...page, Time: 160 }]);
  expect(moments.map((m) => [m.time, m.lines.length])).toEqual([[100, 2], [160, 1]]);
});

test.each<[string, Partial<SimulatedLine>, string, string | undefined, string]>([
  ['a page to somebody engaged directly', { Path: page.Path }, 'Ann Lee is paged by SMS', 'Engaged directly', 'page'],
  ['a channel with a name', { ChannelName: 'Home', ChannelType: 'VOICE' }, 'Ann Lee is paged by Voice call (Home)', undefined, 'page'],
  [
    'the way down: a hop knows by which stage it was reached',
    {
      Path: [
        { ContactArn: arn('team'), ContactName: 'Team', Type: 'ESCALATION' },
        { ContactArn: arn('night'), ContactName: 'Night', Type: 'ONCALL_SCHEDULE', StageIndex: 1 },
        { ContactArn: arn('ann'), ContactName: 'Ann Lee', Type: 'PERSONAL' },
      ],
    },
    'Ann Lee is paged by SMS',
    'Team, stage 2 → Night (on call)',
    'page',
  ],
  ['a failed page, its instant by the reader’s clock', { Kind: 'FAILED_PAGE', Reason: 'tried until 1970-01-01T00:03:00Z, then given up' }, 'The page to Ann Lee by SMS fails', 'Tried until <180>, then given up', 'problem'],
  ['a skipped target', { Kind: 'SKIPPED', ChannelType: undefined, ChannelName: 'Work', Stage: 0, Reason: 'the contact channel is not activated' }, 'Skipped: Ann Lee, Work', 'Stage 1 of this plan: the contact channel is not activated', 'problem'],
  ['a reason that names an ARN', { Kind: 'SKIPPED', Reason: `the page by ${arn('bob')} stands for this one` }, 'Skipped: Ann Lee, SMS', 'The page by Bob Stone stands for this one', 'problem'],
  ['somebody is on call', { Kind: 'ON_CALL', ContactName: 'Night', OnCallContactArns: [arn('ann'), arn('bob')], Reason: 'rotation weekdays' }, 'Night: on call are Ann Lee, Bob Stone', 'Rotation weekdays', 'start'],
  ['nobody is on call', { Kind: 'ON_CALL', ContactName: 'Night', OnCallContactArns: [] }, 'Night: nobody is on call', undefined, 'problem'],
  ['a kind that is not known yet', { Kind: 'SOMETHING' as never }, 'SOMETHING', undefined, 'other'],
])('%s', (_, line, what, why, tone) => {
  expect(told(line)).toEqual({ tone, what, ...(why === undefined ? {} : { why }) });
});

const forecast = (f: Partial<Forecast>): Forecast => ({ Lines: [page], ReachedContactArns: [arn('ann')], ...f });

test.each<[string, Forecast, string, string]>([
  ['nobody', forecast({ Lines: [], ReachedContactArns: [], RunsDryAt: 100 }), 'nobody', 'Nobody would be reached'],
  ['dry', forecast({ RunsDryAt: 400 }), 'dry', 'Runs dry after 5 min'],
  ['an answer', forecast({ Lines: [page, { Time: 160, Kind: 'ACKNOWLEDGED', ContactArn: arn('ann') }] }), 'answered', 'Ann Lee acknowledges after 1 min'],
  ['neither', forecast({ Lines: [page, { Time: 500, Kind: 'CUT_OFF' }] }), 'open', 'Still paging when the simulation ends'],
])('the verdict: %s', (_, f, kind, title) => {
  expect(verdictOf(f, 100, name)).toMatchObject({ kind, title });
});

test('the verdict says who, and how soon', () => {
  expect(verdictOf(forecast({ RunsDryAt: 400 }), 100, name).text).toContain('Reached: Ann Lee. The first page goes out at once.');
  expect(verdictOf(forecast({ RunsDryAt: 400 }), 40, name).text).toContain('The first page goes out after 1 min.');
});
