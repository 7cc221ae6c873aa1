import { useState } from 'react';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import Textarea from '@cloudscape-design/components/textarea';
import { updateIncident, type Incident } from '../../api/incidents';
import { impacts } from '../../words/impact';
import { FormDialog } from '../../parts/form';

/** Changes an incident's title, impact and summary; only what was changed is sent. */
export function EditDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const [title, setTitle] = useState(incident.title);
  const [impact, setImpact] = useState(incident.impact);
  const [summary, setSummary] = useState(incident.summary ?? '');
  const levels = impacts.map((i) => ({ value: String(i.value), label: `${i.value} ${i.name}`, description: i.meaning }));
  const work = () =>
    updateIncident(incident.arn, {
      ...(title.trim() !== incident.title ? { title: title.trim() } : {}),
      ...(impact !== incident.impact ? { impact } : {}),
      ...(summary !== (incident.summary ?? '') ? { summary } : {}),
    });
  return (
    <FormDialog title="Edit incident" verb="Save" size="large" ready={title.trim() !== ''} work={work} onClose={onClose}>
      <FormField label="Title" constraintText="At most 200 characters.">
        <Input value={title} onChange={(e) => setTitle(e.detail.value)} />
      </FormField>
      <FormField label="Impact">
        <Select
          selectedOption={levels.find((l) => l.value === String(impact)) ?? null}
          options={levels}
          onChange={(e) => setImpact(Number(e.detail.selectedOption.value))}
        />
      </FormField>
      <FormField label="Summary" description="What is known so far. Whoever saves last wins.">
        <Textarea value={summary} onChange={(e) => setSummary(e.detail.value)} rows={8} />
      </FormField>
    </FormDialog>
  );
}
