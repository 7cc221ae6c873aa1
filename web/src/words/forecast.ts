// What a simulation found, in sentences for somebody who is hardly awake.
import type { Epoch } from '../api/incidents';
import type { Forecast, SimulatedHop, SimulatedLine } from '../api/tocsin';
import { nameOf } from './arn';
import { channelKinds } from './channel';
import { duration } from './time';
import { sentence } from './sentence';

export type Tone = 'page' | 'acknowledged' | 'problem' | 'start' | 'other';

/** One line of the answer. */
export interface Told {
  tone: Tone;
  what: string;
  why?: string;
}

/** What happens at one instant. */
export interface Moment {
  time: Epoch;
  lines: Told[];
}

type Names = (arn: string) => string;

/** Everything that would happen, instant by instant. */
export function momentsOf(lines: SimulatedLine[], name: Names = nameOf, clock: (t: Epoch) => string = String): Moment[] {
  const moments: Moment[] = [];
  for (const line of lines) {
    const told = { tone: toneOf(line), what: whatOf(line, name), ...because(line, name, clock) };
    const last = moments.at(-1);
    if (last && last.time === line.Time) last.lines.push(told);
    else moments.push({ time: line.Time, lines: [told] });
  }
  return moments;
}

function toneOf(line: SimulatedLine): Tone {
  switch (line.Kind) {
    case 'PAGE':
      return 'page';
    case 'ACKNOWLEDGED':
      return 'acknowledged';
    case 'FAILED_PAGE':
    case 'SKIPPED':
    case 'NOT_ACKNOWLEDGED':
    case 'RUN_DRY':
      return 'problem';
    case 'ON_CALL':
      return (line.OnCallContactArns?.length ?? 0) === 0 ? 'problem' : 'start';
    case 'PLAN_RESTARTED':
      return 'start';
    default:
      return 'other';
  }
}

const channelOf = (line: SimulatedLine): string => {
  const kind = line.ChannelType ? channelKinds[line.ChannelType] : '';
  if (!line.ChannelName || line.ChannelName === kind) return kind;
  return kind ? `${kind} (${line.ChannelName})` : line.ChannelName;
};

function whatOf(line: SimulatedLine, name: Names): string {
  const who = line.ContactName || name(line.ContactArn ?? '');
  const by = channelOf(line);
  switch (line.Kind) {
    case 'PAGE':
      return `${who} is paged by ${by}`;
    case 'FAILED_PAGE':
      return `The page to ${who} by ${by} fails`;
    case 'SKIPPED':
      return `Skipped: ${who}${by ? `, ${by}` : ''}`;
    case 'ON_CALL': {
      const people = (line.OnCallContactArns ?? []).map(name);
      return people.length === 0 ? `${who}: nobody is on call` : `${who}: on call ${people.length === 1 ? 'is' : 'are'} ${people.join(', ')}`;
    }
    case 'ACKNOWLEDGED':
      return `${who} acknowledges`;
    case 'NOT_ACKNOWLEDGED':
      return `${who} cannot acknowledge`;
    case 'PLAN_ENDED':
      return `The plan of ${who} ends`;
    case 'PLAN_RESTARTED':
      return `The plan of ${who} begins anew`;
    case 'RUN_DRY':
      return 'The plan has run dry';
    case 'CUT_OFF':
      return 'The simulation ends here';
    default:
      return line.Kind;
  }
}

function because(line: SimulatedLine, name: Names, clock: (t: Epoch) => string): { why?: string } {
  const path = wayOf(line.Path ?? []);
  const stage = path === '' && line.Stage !== undefined ? `stage ${line.Stage + 1} of this plan` : '';
  const why = [path || stage, plain(line.Reason ?? '', name, clock)].filter(Boolean).join(': ');
  return why ? { why: sentence(why) } : {};
}

/** "Security, stage 2 → Night (on call)": the way down to the person, who is named already. */
function wayOf(path: SimulatedHop[]): string {
  if (path.length === 1) return 'engaged directly';
  return path
    .slice(0, -1)
    .map((hop, i) => {
      const who = hop.ContactName || nameOf(hop.ContactArn);
      if (hop.Type === 'ONCALL_SCHEDULE') return `${who} (on call)`;
      const stage = path[i + 1]?.StageIndex; // a hop knows by which stage it was reached
      return stage === undefined ? who : `${who}, stage ${stage + 1}`;
    })
    .join(' → ');
}

// Reasons name things by ARN and instants in UTC; people know neither.
const plain = (reason: string, name: Names, clock: (t: Epoch) => string): string =>
  reason
    .replace(/arn:[a-z-]+:[a-z-]+:[^\s,;]*[^\s,;:.]/g, (arn) => name(arn))
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)/g, (t) => clock(Date.parse(t) / 1000));

export interface Verdict {
  kind: 'nobody' | 'answered' | 'dry' | 'open';
  title: string;
  text: string;
}

/** What it comes to; `start` is when the incident starts. */
export function verdictOf(f: Forecast, start: Epoch, name: Names = nameOf): Verdict {
  if (f.ReachedContactArns.length === 0) return { kind: 'nobody', title: 'Nobody would be reached', text: 'No page gets through to anybody. The lines below say why.' };
  const people = f.ReachedContactArns.map(name).join(', ');
  const first = f.Lines.find((l) => l.Kind === 'PAGE');
  const after = first ? first.Time - start : 0;
  const reached = `Reached: ${people}. The first page goes out ${after < 1 ? 'at once' : `after ${duration(Math.round(after))}`}.`;
  const answer = f.Lines.find((l) => l.Kind === 'ACKNOWLEDGED');
  if (f.RunsDryAt !== undefined) return { kind: 'dry', title: `Runs dry ${afterStart(f.RunsDryAt, start)}`, text: `${reached} Nobody acknowledges, and then nobody is paged any more.` };
  if (answer) return { kind: 'answered', title: `${answer.ContactName || name(answer.ContactArn ?? '')} acknowledges ${afterStart(answer.Time, start)}`, text: reached };
  return { kind: 'open', title: 'Still paging when the simulation ends', text: reached };
}

const afterStart = (t: Epoch, start: Epoch): string => (t - start < 1 ? 'at once' : `after ${duration(Math.round(t - start))}`);
