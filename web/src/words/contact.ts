import type { ContactSummary, ContactType } from '../api/contacts';

const pages: Record<ContactType, string> = { PERSONAL: 'contacts', ESCALATION: 'escalation', ONCALL_SCHEDULE: 'oncall' };
const kinds: Record<ContactType, string> = { PERSONAL: '', ESCALATION: ', escalation plan', ONCALL_SCHEDULE: ', on-call schedule' };

/** The page for a kind of contact. */
export const pageOf = (type: ContactType): string => pages[type];

/** What tells contacts of one name apart: "nights, on-call schedule". */
export const described = (c: ContactSummary): string => c.Alias + kinds[c.Type];
