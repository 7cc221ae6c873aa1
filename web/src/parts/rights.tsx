import FormField from '@cloudscape-design/components/form-field';
import Checkbox from '@cloudscape-design/components/checkbox';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Right } from '../api/session';

const meanings: Record<Right, string> = {
  admin: 'Everything: plans, rules, contacts, keys, people',
  responder: 'Start, acknowledge, change and resolve incidents',
  ingest: 'Put events, also those of aws.* sources',
  read: 'Look at everything but keys, people, audit and outbox',
};

/** Which rights somebody gets. */
export function RightsField({ rights, onChange }: { rights: Right[]; onChange: (rights: Right[]) => void }) {
  return (
    <FormField label="May">
      <SpaceBetween size="xs">
        {(Object.keys(meanings) as Right[]).map((r) => (
          <Checkbox
            key={r}
            checked={rights.includes(r)}
            description={meanings[r]}
            onChange={(e) => onChange(e.detail.checked ? [...rights, r] : rights.filter((x) => x !== r))}
          >
            {r}
          </Checkbox>
        ))}
      </SpaceBetween>
    </FormField>
  );
}
