import { useState } from 'react';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { changeRegion, createReplicationSet } from '../../api/incidents';
import { useMay, useMe } from '../../me';
import { useReplicationSet } from '../../queries';
import { instant } from '../../words/time';
import { AskButton, Nothing } from '../../parts/feedback';
import { FormDialog } from '../../parts/form';
import { Listing } from '../../parts/listing';

/** The replication set: its regions, and making it. */
export function Regions() {
  const me = useMe();
  const may = useMay('admin');
  const set = useReplicationSet();
  const [open, setOpen] = useState(false);
  const [region, setRegion] = useState(me.region ?? '');
  const regions = Object.entries(set.data?.regionMap ?? {}).map(([name, r]) => ({ name, ...r }));
  const arn = set.data?.arn;
  return (
    <>
      <Listing
        title="Replication set"
        noun="region"
        description="Incident Manager’s regions, as scripts for AWS expect them. All of them are this server."
        items={set.isPending ? undefined : regions}
        loading={set.isPending}
        error={set.error}
        filter={false}
        id={(r) => r.name}
        actions={
          <Button
            variant={set.data ? 'normal' : 'primary'}
            disabled={!may || regions.length >= 3}
            onClick={() => {
              setRegion(set.data ? '' : (me.region ?? ''));
              setOpen(true);
            }}
          >
            {set.data ? 'Add region' : 'Create replication set'}
          </Button>
        }
        empty={<Nothing title="No replication set yet">Until there is one, contacts and response plans cannot be made.</Nothing>}
        columns={[
          { id: 'name', header: 'Region', isRowHeader: true, minWidth: 120, cell: (r) => r.name },
          { id: 'status', header: 'Status', minWidth: 110, cell: (r) => <StatusIndicator type={r.status === 'ACTIVE' ? 'success' : 'in-progress'}>{r.status.toLowerCase()}</StatusIndicator> },
          { id: 'since', header: 'Since', minWidth: 150, cell: (r) => instant(r.statusUpdateDateTime) },
          {
            id: 'remove',
            header: 'Actions',
            cell: (r) =>
              regions.length > 1 && arn ? (
                <AskButton inline label="Remove" verb="Remove" title={`Remove ${r.name}?`} disabled={!may} work={() => changeRegion(arn, 'delete', r.name)}>
                  Its contacts and rules stay on this server.
                </AskButton>
              ) : (
                '-'
              ),
          },
        ]}
      />
      {open && (
        <FormDialog
          title={arn ? 'Add region' : 'Create replication set'}
          verb={arn ? 'Add' : 'Create'}
          ready={/^[a-z0-9-]+$/.test(region)}
          work={() => (arn ? changeRegion(arn, 'add', region) : createReplicationSet([region]))}
          onClose={() => setOpen(false)}
        >
          <FormField label="Region" constraintText="As AWS names it, for instance eu-central-1.">
            <Input value={region} onChange={(e) => setRegion(e.detail.value.trim())} spellcheck={false} autoFocus autoComplete={false} />
          </FormField>
        </FormDialog>
      )}
    </>
  );
}
