import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useNames } from '../../names';
import { useContacts } from '../../queries';

/** People in the order in which they take their turns. */
export function PeopleOrder({ people, onChange, disabled }: { people: string[]; onChange: (people: string[]) => void; disabled: boolean }) {
  const contacts = useContacts();
  const name = useNames();
  const rest = (contacts.data ?? []).filter((c) => c.Type === 'PERSONAL' && !people.includes(c.ContactArn)).map((c) => ({ value: c.ContactArn, label: c.DisplayName || c.Alias, description: c.Alias }));
  const swap = (i: number, j: number) => onChange(people.map((p, k) => (k === i ? people[j]! : k === j ? people[i]! : p)));
  return (
    <SpaceBetween size="s">
      {people.length > 0 && (
        <ol className="people" aria-label="In this order">
          {people.map((p, i) => (
            <li key={p}>
              <Box color="text-body-secondary">{i + 1}.</Box>
              <span>{name(p)}</span>
              <span className="unbroken">
                <Button formAction="none" variant="icon" iconName="arrow-up" ariaLabel={`Move ${name(p)} up`} disabled={disabled || i === 0} onClick={() => swap(i, i - 1)} />
                <Button formAction="none" variant="icon" iconName="arrow-down" ariaLabel={`Move ${name(p)} down`} disabled={disabled || i === people.length - 1} onClick={() => swap(i, i + 1)} />
                <Button formAction="none" variant="icon" iconName="close" ariaLabel={`Remove ${name(p)}`} disabled={disabled} onClick={() => onChange(people.filter((_, k) => k !== i))} />
              </span>
            </li>
          ))}
        </ol>
      )}
      <Select
        selectedOption={null}
        options={rest}
        placeholder="Add a person"
        filteringType={rest.length > 8 ? 'auto' : 'none'}
        empty={people.length > 0 ? 'Everybody is in it' : 'There are no contacts yet'}
        disabled={disabled || people.length >= 30}
        onChange={(e) => e.detail.selectedOption.value && onChange([...people, e.detail.selectedOption.value])}
        ariaLabel="Add a person"
      />
    </SpaceBetween>
  );
}
