// The mock's on-call duty, plan options, simulation and findings. Shifts are by the
// UTC clock and simulations are canned: only for looking at pages.
import { randomUUID } from 'node:crypto';

const day = 86400;
const arn = (kind, id) => `arn:aws:ssm-contacts:us-east-1:000000000000:${kind}/${id}`;
const contact = (alias) => arn('contact', alias);
const week = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const seconds = (t) => t.HourOfDay * 3600 + t.MinuteOfHour * 60;

/** Shifts of whole days or weeks, cut to the hours of duty, with overrides on top. */
function shiftsOf({ StartTime, Recurrence: r }, people, from, to, overrides = []) {
  const length = (r.DailySettings ? 1 : r.WeeklySettings ? 7 : 30) * r.RecurrenceMultiplier * day;
  const out = [];
  for (let i = Math.max(0, Math.floor((from - StartTime) / length)); StartTime + i * length < to; i++) {
    const [start, end] = [StartTime + i * length, StartTime + (i + 1) * length];
    const turn = Array.from({ length: r.NumberOfOnCalls }, (_, k) => people[(i * r.NumberOfOnCalls + k) % people.length]);
    if (!r.ShiftCoverages) out.push([start, end, turn]);
    else
      for (let d = Math.floor(start / day) * day; d < end; d += day)
        for (const c of r.ShiftCoverages[week[new Date(d * 1000).getUTCDay()]] ?? []) {
          const [a, b] = [d + seconds(c.Start), d + seconds(c.End) + (seconds(c.End) <= seconds(c.Start) ? day : 0)];
          if (a < end && b > start) out.push([Math.max(a, start), Math.min(b, end), turn]);
        }
  }
  const shifts = out.map(([s, e, ContactIds]) => ({ StartTime: s, EndTime: e, ContactIds, Type: 'REGULAR' }));
  for (const o of overrides) {
    const hit = shifts.filter((s) => s.StartTime < o.EndTime && s.EndTime > o.StartTime);
    for (const s of hit) {
      shifts.splice(shifts.indexOf(s), 1);
      const piece = (a, b) => a < b && shifts.push({ ...s, StartTime: a, EndTime: b });
      piece(s.StartTime, o.StartTime);
      piece(o.EndTime, s.EndTime);
    }
    const was = [...new Set(hit.flatMap((s) => s.ContactIds))];
    shifts.push({ StartTime: o.StartTime, EndTime: o.EndTime, ContactIds: o.NewContactIds, Type: 'OVERRIDDEN', ShiftDetails: { OverriddenContactIds: was } });
  }
  return shifts.filter((s) => s.StartTime < to && s.EndTime > from).sort((a, b) => a.StartTime - b.StartTime);
}

/** A schedule with two rotations and an override, and what doctor says. */
export function samplePeople(s, now) {
  const midnight = Math.floor(now / day) * day;
  const hand = (HourOfDay) => ({ HourOfDay, MinuteOfHour: 0 });
  const office = { Start: hand(9), End: hand(18) };
  s.tags = { [contact('security')]: { 'tocsin/repeat': '2', 'tocsin/fallback': contact('bob') } };
  s.rotations = [
    { RotationArn: arn('rotation', randomUUID()), Name: 'Weekdays', ContactIds: ['ann', 'bob'].map(contact), StartTime: midnight - 10 * day + 9 * 3600, TimeZoneId: 'Europe/Berlin', Recurrence: { DailySettings: [hand(9)], NumberOfOnCalls: 1, RecurrenceMultiplier: 1, ShiftCoverages: { MON: [office], TUE: [office], WED: [office], THU: [office], FRI: [office] } } },
    { RotationArn: arn('rotation', randomUUID()), Name: 'Nights', ContactIds: ['bob', 'ann'].map(contact), StartTime: midnight - 10 * day + 18 * 3600, TimeZoneId: 'UTC', Recurrence: { WeeklySettings: [{ DayOfWeek: 'FRI', HandOffTime: hand(18) }], NumberOfOnCalls: 1, RecurrenceMultiplier: 1, ShiftCoverages: Object.fromEntries(week.slice(1, 6).map((d) => [d, [{ Start: hand(18), End: hand(9) }]])) } },
  ];
  s.overrides = [{ RotationOverrideId: randomUUID(), rotation: s.rotations[1].RotationArn, NewContactIds: [contact('ann')], StartTime: midnight + 2 * day + 18 * 3600, EndTime: midnight + 3 * day + 9 * 3600, CreateTime: now }];
  s.contacts.push({ ContactArn: contact('around-the-clock'), Alias: 'around-the-clock', DisplayName: 'Around the clock', Type: 'ONCALL_SCHEDULE', Plan: { RotationIds: s.rotations.map((r) => r.RotationArn) } });
  s.findings = [
    { Kind: 'schedule-gap', Severity: 'WARNING', ResourceArn: contact('around-the-clock'), Message: 'nobody is on call by around-the-clock on Saturday', Recommendation: 'cover it with another rotation' },
    { Kind: 'person-without-channel', Severity: 'ERROR', ResourceArn: contact('bob'), Message: 'bob has no activated channel in the plan: no page gets to this person', Recommendation: 'add a channel, activate it and name it in the plan' },
    { Kind: 'plan-runs-dry', Severity: 'NOTE', ResourceArn: 'arn:aws:ssm-incidents::000000000000:response-plan/guardduty', Message: 'if nobody acknowledges, guardduty has run dry after 35m0s, and pages nobody any more', Recommendation: 'repeat a plan or name a fallback: docs/plan-options.md' },
  ];
}

const rotation = (s, id) => s.rotations.find((r) => r.RotationArn === id) ?? (() => { throw { status: 404, __type: 'ResourceNotFoundException', message: 'The rotation was not found.' }; })();

export const contactOperations = {
  ListTagsForResource: (s, b) => ({ Tags: Object.entries(s.tags?.[b.ResourceARN] ?? {}).map(([Key, Value]) => ({ Key, Value })) }),
  TagResource: (s, b) => void Object.assign((s.tags[b.ResourceARN] ??= {}), Object.fromEntries(b.Tags.map((t) => [t.Key, t.Value]))),
  UntagResource: (s, b) => b.TagKeys.forEach((k) => delete s.tags[b.ResourceARN]?.[k]),
  ListRotations: (s) => ({ Rotations: s.rotations }),
  GetRotation: (s, b) => rotation(s, b.RotationId),
  CreateRotation: (s, b) => (s.rotations.push({ ...b, RotationArn: arn('rotation', randomUUID()) }), { RotationArn: s.rotations.at(-1).RotationArn }),
  UpdateRotation: (s, { RotationId, ...change }) => void Object.assign(rotation(s, RotationId), change),
  DeleteRotation: (s, b) => {
    s.rotations = s.rotations.filter((r) => r.RotationArn !== b.RotationId);
    for (const c of s.contacts) if (c.Plan.RotationIds) c.Plan.RotationIds = c.Plan.RotationIds.filter((r) => r !== b.RotationId);
  },
  ListRotationShifts: (s, b) => ({ RotationShifts: shiftsOf(rotation(s, b.RotationId), rotation(s, b.RotationId).ContactIds, b.StartTime, b.EndTime, s.overrides.filter((o) => o.rotation === b.RotationId)) }),
  ListPreviewRotationShifts: (s, b) => ({ RotationShifts: shiftsOf({ StartTime: b.RotationStartTime, Recurrence: b.Recurrence }, b.Members, b.StartTime, b.EndTime) }),
  ListRotationOverrides: (s, b) => ({ RotationOverrides: s.overrides.filter((o) => o.rotation === b.RotationId) }),
  CreateRotationOverride: (s, b) => (s.overrides.push({ ...b, rotation: b.RotationId, RotationOverrideId: randomUUID() }), { RotationOverrideId: s.overrides.at(-1).RotationOverrideId }),
  DeleteRotationOverride: (s, b) => void (s.overrides = s.overrides.filter((o) => o.RotationOverrideId !== b.RotationOverrideId)),
};

export const ownOperations = {
  ListOnCall: (s, b) => {
    const at = Date.now() / 1000;
    const duties = (c, t) => c.Plan.RotationIds.flatMap((id) => contactOperations.ListRotationShifts(s, { RotationId: id, StartTime: t, EndTime: t + 1 }).RotationShifts.map((x) => ({ ContactArns: x.ContactIds, RotationArn: id, RotationName: rotation(s, id).Name, TimeZoneId: rotation(s, id).TimeZoneId, StartTime: x.StartTime, EndTime: x.EndTime, Type: x.Type, OverriddenContactArns: x.ShiftDetails?.OverriddenContactIds })));
    const of = (c) => {
      const now = duties(c, at);
      const people = (t) => duties(c, t).flatMap((d) => d.ContactArns).join();
      let NextTime = Math.ceil(at / 3600) * 3600;
      while (people(NextTime) === people(at) && NextTime < at + 14 * day) NextTime += 3600;
      return { ContactArn: c.ContactArn, ContactName: c.DisplayName, OnCall: now, NextTime, Next: duties(c, NextTime), Gaps: [{ StartTime: at + 4 * day, EndTime: at + 6 * day }] };
    };
    return { Schedules: s.contacts.filter((c) => c.Type === 'ONCALL_SCHEDULE' && (!b.ContactId || b.ContactId === c.ContactArn)).map(of) };
  },
  GetCalendarUrl: (s, b) => ({ Url: `http://127.0.0.1:8117/calendar/${b.ContactId.split('/').pop()}/wJalrXUtnFEMI.ics` }),
  ResetCalendarUrl: () => ({ Url: 'http://127.0.0.1:8117/calendar/new.ics' }),
  ListSources: (s) => ({ Sources: s.sources ?? [] }),
  Doctor: (s) => ({ Findings: s.findings ?? [], ExaminedAt: Date.now() / 1000 }),
  TestRule: (s, b) => {
    let pattern;
    try {
      pattern = JSON.parse(b.EventPattern);
    } catch {
      return { Findings: [{ Id: 'invalid', Severity: 'ERROR', Message: 'filter is not valid JSON', Line: 1, Column: 1, NeverMatches: true }] };
    }
    const event = JSON.parse(b.Event);
    const failed = ['source', 'detail-type'].find((k) => !(pattern[k] ?? [event[k]]).includes(event[k]));
    return { Matches: !failed, ...(failed ? { Reason: `${failed} is another` } : {}), Findings: [] };
  },
  Simulate: (s, b) => {
    const start = b.Time ?? Date.now() / 1000;
    const page = (after, alias, name, ChannelType) => ({ Time: start + after * 60, Kind: 'PAGE', ContactArn: contact(alias), ContactName: name, ChannelType, Path: [{ ContactArn: contact('security'), ContactName: 'Security on-call', Type: 'ESCALATION' }, { ContactArn: contact(alias), ContactName: name, Type: 'PERSONAL', StageIndex: alias === 'ann' ? 0 : 1 }] });
    return { Lines: [page(0, 'ann', 'Ann Lee', 'EMAIL'), page(10, 'ann', 'Ann Lee', 'SMS'), page(15, 'bob', 'Bob Stone', 'EMAIL'), { Time: start + 1800, Kind: 'RUN_DRY', Reason: 'all stages have passed and nobody has acknowledged' }], ReachedContactArns: [contact('ann'), contact('bob')], RunsDryAt: start + 1800 };
  },
};
