import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import type { ContactSummary, ContactType } from '../api/contacts';
import { useNames } from '../names';
import { useContacts, useContactTags } from '../queries';
import { href } from '../route';
import { nameOf } from '../words/arn';
import { described, pageOf } from '../words/contact';
import { ackFault, hasStages, optionsOf, optionsText, repeatFault, type PlanOptions } from '../words/options';

interface FieldsProps {
  type: ContactType;
  /** The contact whose options they are; it cannot be its own fallback. */
  self?: string;
  options: PlanOptions;
  onChange: (options: PlanOptions) => void;
  disabled?: boolean;
}

/** What happens when nobody answers, or nobody any more. */
export function OptionsFields({ type, self, options, onChange, disabled = false }: FieldsProps) {
  const contacts = useContacts();
  const none = { value: '', label: 'Nobody' };
  const people = (contacts.data ?? []).filter((c) => c.ContactArn !== self).map((c) => ({ value: c.ContactArn, label: c.DisplayName || c.Alias, description: described(c) }));
  const set = (part: Partial<PlanOptions>) => onChange({ ...options, ...part });
  return (
    <ColumnLayout columns={hasStages(type) ? 3 : 2} minColumnWidth={200}>
      {hasStages(type) && (
        <FormField label="Repeat" description="How often the plan begins anew when nobody has acknowledged." constraintText="0 to 20 times. Empty: it runs once." errorText={repeatFault(options.repeat)}>
          <Input value={options.repeat} onChange={(e) => set({ repeat: e.detail.value.trim() })} inputMode="numeric" placeholder="0" disabled={disabled} autoComplete={false} />
        </FormField>
      )}
      <FormField label="Fallback" description="Who is engaged when the plan has run dry and nobody has acknowledged.">
        <Select
          selectedOption={people.find((p) => p.value === options.fallback) ?? (options.fallback ? { value: options.fallback, label: `${nameOf(options.fallback)} (gone)` } : none)}
          options={[none, ...people]}
          filteringType={people.length > 8 ? 'auto' : 'none'}
          onChange={(e) => set({ fallback: e.detail.selectedOption.value ?? '' })}
          disabled={disabled}
        />
      </FormField>
      <FormField
        label="Page again after acknowledgment (min)"
        description="So long after the latest acknowledgment the plan begins anew if the incident is still open."
        constraintText="1 to 1440 minutes. Empty: never."
        errorText={ackFault(options.ackMinutes)}
      >
        <Input value={options.ackMinutes} onChange={(e) => set({ ackMinutes: e.detail.value.trim() })} inputMode="numeric" placeholder="never" disabled={disabled} autoComplete={false} />
      </FormField>
    </ColumnLayout>
  );
}

/** What a contact's options come to, in a sentence. */
export function OptionsLine({ contact, otherwise = '-' }: { contact: string; otherwise?: string }) {
  const tags = useContactTags(contact);
  const name = useNames();
  return <>{(tags.data && optionsText(optionsOf(tags.data), name)) || otherwise}</>;
}

/** Contacts that are engaged together, and what happens if nobody of them answers. */
export function EngagedList({ engaged }: { engaged: string[] }) {
  const contacts = useContacts();
  const known = engaged.map((arn) => contacts.data?.find((c) => c.ContactArn === arn)).filter((c): c is ContactSummary => c !== undefined);
  if (known.length === 0) return null;
  return (
    <>
      <Box variant="awsui-key-label">If nobody acknowledges</Box>
      <dl className="engaged">
        {known.map((c) => (
          <div key={c.ContactArn}>
            <dt>
              <Link href={href(pageOf(c.Type), c.Alias)}>{c.DisplayName || c.Alias}</Link>
            </dt>
            <dd>
              <Box variant="small" color="text-body-secondary">
                <OptionsLine contact={c.ContactArn} otherwise="Runs once: no repeat, no fallback" />
              </Box>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
