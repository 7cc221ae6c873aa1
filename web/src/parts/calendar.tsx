import { useState, useSyncExternalStore } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Epoch } from '../api/incidents';
import type { Shift } from '../api/oncall';
import { useNames } from '../names';
import { gapsOf, partsOf } from '../words/duty';
import { dayIn, hourIn, midnights, momentIn } from '../words/zone';
import { zone as readersZone } from './when';

/** How many weeks a calendar shows. */
export const weeks = 4;

export interface Lane {
  id: string;
  name: string;
  zone: string;
  shifts: Shift[];
}

interface Props {
  lanes: Lane[];
  /** An instant of the first day. */
  from: Epoch;
  /** What is done when a shift is chosen; left out: nothing. */
  onShift?: (lane: Lane, shift: Shift) => void;
}

const narrow = window.matchMedia('(max-width: 687px)');
const watch = (changed: () => void) => {
  narrow.addEventListener('change', changed);
  return () => narrow.removeEventListener('change', changed);
};

/** Four weeks of shifts: bars by the week where there is room, a list by the day on a phone. */
export function Calendar({ lanes, from, onShift }: Props) {
  const small = useSyncExternalStore(watch, () => narrow.matches);
  const zones = [...new Set([readersZone, ...lanes.map((l) => l.zone)])];
  const [zone, setZone] = useState(readersZone);
  const shownZone = zones.includes(zone) ? zone : readersZone;
  const days = midnights(from, 7 * weeks, shownZone);
  const [first, last] = [days[0]!, days.at(-1)!];
  const now = Math.floor(Date.now() / 1000);
  const gaps: Shift[] = gapsOf(lanes.flatMap((l) => l.shifts), Math.min(Math.max(first, now), last), last).map((g) => ({ StartTime: g.start, EndTime: g.end, ContactIds: [] }));
  const everybody = [...new Set(lanes.flatMap((l) => l.shifts.flatMap((s) => s.ContactIds)))].sort();
  const look = (lane: Lane, s: Shift): string => {
    if (s.ContactIds.length === 0) return lane.id === gapLane ? 'shift gap' : 'shift vacant';
    return `shift hue-${everybody.indexOf(s.ContactIds[0]!) % hues}${s.Type === 'OVERRIDDEN' ? ' overridden' : ''}`;
  };
  const shown: Lane[] = [...(gaps.length > 0 ? [{ id: gapLane, name: 'Nobody', zone, shifts: gaps }] : []), ...lanes];
  return (
    <SpaceBetween size="m">
      <SpaceBetween direction="horizontal" size="m" alignItems="center">
        {zones.length > 1 ? (
          <SegmentedControl
            selectedId={shownZone}
            onChange={(e) => setZone(e.detail.selectedId)}
            label="Time zone"
            options={zones.map((z) => ({ id: z, text: z === readersZone ? `Your time (${z})` : z }))}
          />
        ) : (
          <Box color="text-body-secondary">Times are in your zone, {readersZone}.</Box>
        )}
        {gaps.length === 0 ? (
          <StatusIndicator type="success">No gaps in {weeks} weeks</StatusIndicator>
        ) : (
          <StatusIndicator type="error">
            <span className="words">{gaps.length === 1 ? 'One gap: nobody is on call then' : `${gaps.length} gaps: nobody is on call then`}</span>
          </StatusIndicator>
        )}
      </SpaceBetween>
      {small ? <Agenda lanes={shown} days={days} zone={shownZone} look={look} onShift={onShift} /> : <Weeks lanes={shown} days={days} zone={shownZone} look={look} onShift={onShift} />}
    </SpaceBetween>
  );
}

const gapLane = '';
const hues = 8;

function useWords(zone: string) {
  const name = useNames();
  const people = (s: Shift) => (s.ContactIds.length === 0 ? 'Nobody' : s.ContactIds.map(name).join(', '));
  const instead = (s: Shift) => (s.Type === 'OVERRIDDEN' ? `, override in place of ${(s.ShiftDetails?.OverriddenContactIds ?? []).map(name).join(', ') || 'nobody'}` : '');
  const label = (lane: Lane, s: Shift) =>
    `${people(s)}${lane.id === gapLane ? ' is on call' : `, ${lane.name}`}, ${momentIn(s.StartTime, zone)} to ${momentIn(s.EndTime, zone)}${instead(s)}`;
  return { people, instead, label };
}

interface ViewProps {
  lanes: Lane[];
  days: Epoch[];
  look: (lane: Lane, s: Shift) => string;
  zone: string;
  onShift: Props['onShift'];
}

function Weeks({ lanes, days, zone, look, onShift }: ViewProps) {
  const { people, label } = useWords(zone);
  const [here, setHere] = useState<string>();
  const now = Date.now() / 1000;
  const today = dayIn(now, zone);
  const all = lanes.filter((l) => l.id !== gapLane).flatMap((lane) => lane.shifts.map((shift) => ({ id: idOf(lane, shift), end: shift.EndTime })));
  const stop = all.some((s) => s.id === here) ? here : (all.find((s) => s.end > now) ?? all[0])?.id;
  return (
    // One stop of the Tab key for all; the arrow keys go from shift to shift.
    <div className="calendar" role="group" aria-label="Shifts" onKeyDown={walk}>
      {Array.from({ length: weeks }, (_, w) => days.slice(w * 7, w * 7 + 8)).map((week) => (
        <section key={week[0]} aria-label={`Week from ${dayIn(week[0]!, zone)}`}>
          <div className="lane">
            <span />
            <div className="days" aria-hidden>
              {week.slice(0, 7).map((d) => (
                <span key={d} className={dayIn(d, zone) === today ? 'today' : undefined}>
                  {dayIn(d, zone)}
                </span>
              ))}
            </div>
          </div>
          {lanes.map((lane) => {
            const parts = partsOf(lane.shifts.map((s) => ({ start: s.StartTime, end: s.EndTime, shift: s })), week);
            if (lane.id === gapLane && parts.length === 0) return null;
            return (
              <div className="lane" key={lane.id}>
                {lane.id === gapLane ? (
                  <Box color="text-status-error" fontWeight="bold" fontSize="body-s">
                    {lane.name}
                  </Box>
                ) : (
                  <span>{lane.name}</span>
                )}
                <div className="bar">
                  {parts.map((p) => (
                    <Bar
                      key={p.item.start}
                      tabIndex={stop === idOf(lane, p.item.shift) ? 0 : -1}
                      onFocus={() => setHere(idOf(lane, p.item.shift))}
                      className={`${look(lane, p.item.shift)}${p.begun ? ' begun' : ''}${p.goesOn ? ' goes-on' : ''}`}
                      style={{ insetInlineStart: `${p.from * 100}%`, inlineSize: `${(p.to - p.from) * 100}%` }}
                      label={label(lane, p.item.shift)}
                      onClick={onShift && lane.id !== gapLane ? () => onShift(lane, p.item.shift) : undefined}
                    >
                      {people(p.item.shift)}
                    </Bar>
                  ))}
                  {partsOf([{ start: now, end: now + 1 }], week).map((p) => (
                    <i key="now" className="now" style={{ insetInlineStart: `${p.from * 100}%` }} />
                  ))}
                </div>
              </div>
            );
          })}
        </section>
      ))}
    </div>
  );
}

const idOf = (lane: Lane, s: Shift) => `${lane.id} ${s.StartTime}`;

function walk(e: React.KeyboardEvent<HTMLElement>) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
  const all = [...e.currentTarget.querySelectorAll<HTMLElement>('button.shift')];
  const to = step && all[all.indexOf(document.activeElement as HTMLElement) + step];
  if (!to) return;
  e.preventDefault();
  to.focus();
}

interface BarProps {
  className: string;
  tabIndex?: number;
  onFocus?: () => void;
  style?: React.CSSProperties;
  /** What is read out, where the text in it is not all. */
  label?: string;
  onClick: (() => void) | undefined;
  children: React.ReactNode;
}

function Bar({ label, onClick, children, tabIndex, onFocus, ...rest }: BarProps) {
  if (onClick) {
    return (
      <button type="button" aria-label={label} title={label} onClick={onClick} tabIndex={tabIndex} onFocus={onFocus} {...rest}>
        {children}
      </button>
    );
  }
  return (
    <span {...(label ? { role: 'img', 'aria-label': label, title: label } : {})} {...rest}>
      {children}
    </span>
  );
}

/** By the day, for phones: a week first. */
function Agenda({ lanes, days, zone, look, onShift }: ViewProps) {
  const { people, instead } = useWords(zone);
  const [all, setAll] = useState(false);
  const [first, last] = [days[0]!, (all ? days.at(-1) : days[7])!];
  const entries = lanes
    .flatMap((lane) => lane.shifts.map((shift) => ({ lane, shift, start: Math.max(shift.StartTime, first) })))
    .filter(({ shift }) => shift.EndTime > first && shift.StartTime < last)
    .sort((a, b) => a.start - b.start);
  const byDay = new Map<string, typeof entries>();
  for (const e of entries) byDay.set(dayIn(e.start, zone), [...(byDay.get(dayIn(e.start, zone)) ?? []), e]);
  return (
    <SpaceBetween size="m">
      <ol className="agenda">
        {[...byDay].map(([day, list]) => (
          <li key={day}>
            <Box variant="h4" tagOverride="h3">
              {day}
            </Box>
            {list.map(({ lane, shift }) => (
              <Bar key={`${lane.id} ${shift.StartTime}`} className={look(lane, shift)} onClick={onShift && lane.id !== gapLane ? () => onShift(lane, shift) : undefined}>
                <strong>{people(shift)}</strong>
                <span>
                  {shift.StartTime < first ? 'goes on' : hourIn(shift.StartTime, zone)} – {dayIn(shift.EndTime, zone) === day ? hourIn(shift.EndTime, zone) : momentIn(shift.EndTime, zone)}
                  {lane.id === gapLane || lanes.length < 2 ? '' : ` · ${lane.name}`}
                  {instead(shift)}
                </span>
              </Bar>
            ))}
          </li>
        ))}
      </ol>
      {!all && (
        <Button formAction="none" onClick={() => setAll(true)}>
          Show all {weeks} weeks
        </Button>
      )}
    </SpaceBetween>
  );
}
