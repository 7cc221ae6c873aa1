import { useState } from 'react';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { startIncident } from '../../api/incidents';
import { token } from '../../api/call';
import { useMe } from '../../me';
import { usePlans } from '../../queries';
import { go, href } from '../../route';
import { impacts } from '../../words/impact';
import { idOf, planOfIncident } from '../../words/arn';
import { FormDialog } from '../../parts/form';

/** Starts an incident by hand. */
export function StartDialog({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const plans = usePlans();
  const [plan, setPlan] = useState<string>();
  const [title, setTitle] = useState('');
  const [impact, setImpact] = useState('');
  // One token for as long as the dialog is open: a second press starts nothing twice.
  const [once] = useState(token);
  const options = (plans.data ?? []).map((p) => ({ value: p.arn, label: p.displayName || p.name, description: p.displayName ? p.name : undefined }));
  const chosen = options.find((o) => o.value === plan) ?? (options.length === 1 ? options[0] : undefined);
  const levels = [{ value: '', label: 'As the response plan says' }, ...impacts.map((i) => ({ value: String(i.value), label: `${i.value} ${i.name}`, description: i.meaning }))];
  const start = async () => {
    const out = await startIncident({
      responsePlanArn: chosen!.value,
      clientToken: once,
      ...(title.trim() ? { title: title.trim() } : {}),
      ...(impact ? { impact: Number(impact) } : {}),
    });
    me.flash('success', 'Incident started');
    go(href('incidents', planOfIncident(out.incidentRecordArn), idOf(out.incidentRecordArn)));
  };
  return (
    <FormDialog title="Start incident" verb="Start" ready={chosen !== undefined} work={start} onClose={onClose}>
      <FormField label="Response plan" description="Its people are engaged at once.">
        <Select
          selectedOption={chosen ?? null}
          options={options}
          onChange={(e) => setPlan(e.detail.selectedOption.value)}
          placeholder="Choose a response plan"
          empty="There is no response plan yet"
          statusType={plans.isPending ? 'loading' : 'finished'}
        />
      </FormField>
      <FormField label={<>Title <i>(optional)</i></>}>
        <Input value={title} onChange={(e) => setTitle(e.detail.value)} placeholder="As the response plan says" />
      </FormField>
      <FormField label={<>Impact <i>(optional)</i></>}>
        <Select
          selectedOption={levels.find((l) => l.value === impact) ?? null}
          options={levels}
          onChange={(e) => setImpact(e.detail.selectedOption.value ?? '')}
        />
      </FormField>
    </FormDialog>
  );
}
