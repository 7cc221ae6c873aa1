import { useState } from 'react';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { FormDialog } from './form';
import { Nothing } from './feedback';

export interface TagRow {
  key: string;
  value: string;
}

export const rowsOfTags = (tags: Record<string, string> | undefined): TagRow[] =>
  Object.entries(tags ?? {}).map(([key, value]) => ({ key, value }));

export const tagsOfRows = (rows: TagRow[]): Record<string, string> =>
  Object.fromEntries(rows.filter((r) => r.key.trim() !== '').map((r) => [r.key.trim(), r.value]));

/** Edits key-value pairs. */
export function TagRows({ rows, onChange, noun = 'tag' }: { rows: TagRow[]; onChange: (rows: TagRow[]) => void; noun?: string }) {
  const set = (index: number, part: Partial<TagRow>) => onChange(rows.map((r, i) => (i === index ? { ...r, ...part } : r)));
  return (
    <AttributeEditor
      items={rows}
      addButtonText={`Add ${noun}`}
      removeButtonText="Remove"
      removeButtonAriaLabel={(r) => `Remove ${noun} ${r.key}`}
      onAddButtonClick={() => onChange([...rows, { key: '', value: '' }])}
      onRemoveButtonClick={(e) => onChange(rows.filter((_, i) => i !== e.detail.itemIndex))}
      isItemRemovable={() => true}
      disableAddButton={rows.length >= 50}
      empty={`No ${noun}s`}
      definition={[
        { label: 'Key', control: (r, i) => <Input value={r.key} onChange={(e) => set(i, { key: e.detail.value })} ariaLabel={`Key of ${noun} ${i + 1}`} /> },
        { label: 'Value', control: (r, i) => <Input value={r.value} onChange={(e) => set(i, { value: e.detail.value })} ariaLabel={`Value of ${noun} ${i + 1}`} /> },
      ]}
    />
  );
}

/** Shows tags, and edits them in a dialog. */
export function TagsCard({ tags, disabled, save }: { tags: Record<string, string>; disabled: boolean; save: (want: Record<string, string>) => Promise<unknown> }) {
  const [rows, setRows] = useState<TagRow[]>();
  const entries = Object.entries(tags);
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${entries.length})`}
          actions={
            <Button disabled={disabled} onClick={() => setRows(rowsOfTags(tags))}>
              Edit tags
            </Button>
          }
        >
          Tags
        </Header>
      }
    >
      {entries.length === 0 ? <Nothing title="No tags" /> : <KeyValuePairs columns={3} minColumnWidth={150} items={entries.map(([label, value]) => ({ label, value: value || '-' }))} />}
      {rows && (
        <FormDialog title="Edit tags" verb="Save" size="large" work={() => save(tagsOfRows(rows))} onClose={() => setRows(undefined)}>
          <TagRows rows={rows} onChange={setRows} />
        </FormDialog>
      )}
    </Container>
  );
}
