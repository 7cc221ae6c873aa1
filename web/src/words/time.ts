import type { Epoch } from '../api/incidents';

/** A length of time as people say it, two units at most: "3 min 12 s", "2 d 4 h". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const pair = (a: number, unit: string, b: number, lower: string) => (b > 0 ? `${a} ${unit} ${b} ${lower}` : `${a} ${unit}`);
  if (s < 60) return `${s} s`;
  if (s < 3600) return pair(Math.floor(s / 60), 'min', s % 60, 's');
  if (s < 86400) return pair(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  return pair(Math.floor(s / 86400), 'd', Math.floor((s % 86400) / 3600), 'h');
}

/** How long ago, in one unit: "just now", "4 min ago"; in the future: "in 4 min". */
export function ago(then: Epoch, now: Epoch): string {
  const gap = Math.abs(now - then);
  if (gap < 5) return 'just now';
  const said =
    gap < 60
      ? `${Math.floor(gap)} s`
      : gap < 3600
        ? `${Math.floor(gap / 60)} min`
        : gap < 86400
          ? `${Math.floor(gap / 3600)} h`
          : `${Math.floor(gap / 86400)} d`;
  return now >= then ? `${said} ago` : `in ${said}`;
}

const whole = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

/** Date and time in the reader's own zone. */
export const instant = (t: Epoch | null | undefined): string => (t ? whole.format(t * 1000) : '-');

/** The time of day for today, the whole date otherwise. */
export function brief(t: Epoch | null | undefined, now: Epoch = Date.now() / 1000): string {
  if (!t) return '-';
  const sameDay = new Date(t * 1000).toDateString() === new Date(now * 1000).toDateString();
  return (sameDay ? clock : whole).format(t * 1000);
}

const hours = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const days = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });

/** The time of day, "03:20", in the reader's own zone. */
export const hour = (t: Epoch): string => hours.format(t * 1000);

/** The day, "Sun, Nov 29", in the reader's own zone. */
export const weekday = (t: Epoch): string => days.format(t * 1000);
