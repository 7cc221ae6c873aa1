// How event rules are written and called.
import type { RuleState } from '../api/events';

export const stateNames: Record<RuleState, string> = {
  ENABLED: 'Enabled',
  ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS: 'Enabled, with read-only API calls',
  DISABLED: 'Disabled',
};

/** JSON without the spaces that only the editor needs; what is no JSON goes as it is, to be refused with a reason. */
export function compact(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  // Only whitespace outside of strings goes: numbers keep their spelling.
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string: string | undefined) => string ?? '');
}
