import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TimeInput from '@cloudscape-design/components/time-input';

/** A day and a time of day as typed: "2026-12-25", "03:00". */
export interface DayTime {
  day: string;
  time: string;
}

const two = (n: number) => String(n).padStart(2, '0');

/** An instant as day and time in the reader's zone. */
export const dayTimeOf = (t: Date): DayTime => ({
  day: `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`,
  time: `${two(t.getHours())}:${two(t.getMinutes())}`,
});

/** The instant, or undefined while it is not typed wholly. */
export function instantOf({ day, time }: DayTime): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || !/^\d\d:\d\d$/.test(time)) return undefined;
  const t = new Date(`${day}T${time}`);
  return Number.isFinite(t.getTime()) ? t : undefined;
}

/** The reader's own time zone, by its IANA name. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Asks for a day and a time; what for, the group around it says. */
export function WhenInput({ value, onChange }: { value: DayTime; onChange: (value: DayTime) => void }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <FormField label="Date">
        <DatePicker
          value={value.day}
          onChange={(e) => onChange({ ...value, day: e.detail.value })}
          placeholder="YYYY/MM/DD"
          openCalendarAriaLabel={(day) => (day ? `Choose the date, now ${day}` : 'Choose the date')}
        />
      </FormField>
      <FormField label="Time">
        <TimeInput value={value.time} onChange={(e) => onChange({ ...value, time: e.detail.value })} format="hh:mm" placeholder="hh:mm" />
      </FormField>
    </SpaceBetween>
  );
}
