import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import { addRelatedItem, listRelatedItems, removeRelatedItem, type Incident, type RelatedItem } from '../../api/incidents';
import { useMay } from '../../me';
import { Copyable } from '../../parts/facts';
import { AskButton } from '../../parts/feedback';
import { FormDialog } from '../../parts/form';
import { Listing } from '../../parts/listing';

const kinds: Record<string, string> = {
  ANALYSIS: 'Analysis',
  INCIDENT: 'Incident',
  METRIC: 'Metric',
  PARENT: 'Parent item',
  ATTACHMENT: 'Attachment',
  OTHER: 'Other',
  AUTOMATION: 'Automation',
  INVOLVED_RESOURCE: 'Involved resource',
  TASK: 'Task',
};

/** What helps with the incident: resources, links, executions. */
export function RelatedItems({ incident }: { incident: Incident }) {
  const items = useQuery({ queryKey: ['incident', incident.arn, 'related'], queryFn: () => listRelatedItems(incident.arn) });
  const may = useMay('responder');
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Listing
        title="Related items"
        noun="related item"
        items={items.data}
        loading={items.isPending}
        error={items.error}
        id={(i) => i.generatedId ?? i.identifier.type + JSON.stringify(i.identifier.value)}
        actions={
          <Button disabled={!may} onClick={() => setAdding(true)}>
            Add
          </Button>
        }
        columns={[
          { id: 'title', header: 'Title', isRowHeader: true, minWidth: 140, cell: (i) => i.title || '-' },
          { id: 'type', header: 'Type', minWidth: 110, cell: (i) => kinds[i.identifier.type] ?? i.identifier.type },
          { id: 'value', header: 'Item', minWidth: 200, cell: (i) => <Value item={i} /> },
          {
            id: 'remove',
            header: 'Actions',
            cell: (i) => (
              <AskButton inline label="Remove" verb="Remove" title="Remove this item?" disabled={!may} work={() => removeRelatedItem(incident.arn, i)}>
                Only the reference goes; the thing itself stays.
              </AskButton>
            ),
          },
        ]}
      />
      {adding && <AddDialog incident={incident} onClose={() => setAdding(false)} />}
    </>
  );
}

function Value({ item }: { item: RelatedItem }) {
  const { arn, url } = item.identifier.value;
  // Only http addresses become links: a javascript: one would run as the reader.
  if (url && /^https?:\/\//i.test(url)) {
    return (
      <span className="anywhere">
        <Link href={url} external externalIconAriaLabel="Opens in a new tab" rel="noopener noreferrer">
          {url}
        </Link>
      </span>
    );
  }
  return <Copyable text={arn ?? url ?? JSON.stringify(item.identifier.value)} label="the item" />;
}

function AddDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const [title, setTitle] = useState('');
  const [value, setValue] = useState('');
  const isArn = value.trim().startsWith('arn:');
  const work = () =>
    addRelatedItem(incident.arn, {
      title: title.trim(),
      identifier: { type: isArn ? 'INVOLVED_RESOURCE' : 'OTHER', value: isArn ? { arn: value.trim() } : { url: value.trim() } },
    });
  return (
    <FormDialog title="Add related item" verb="Add" ready={title.trim() !== '' && value.trim() !== ''} work={work} onClose={onClose}>
      <FormField label="Title">
        <Input value={title} onChange={(e) => setTitle(e.detail.value)} autoFocus />
      </FormField>
      <FormField label="Address or ARN" constraintText="A link, for instance to a ticket, or the ARN of a resource.">
        <div className="mono">
          <Input value={value} onChange={(e) => setValue(e.detail.value)} placeholder="https://" spellcheck={false} />
        </div>
      </FormField>
    </FormDialog>
  );
}
