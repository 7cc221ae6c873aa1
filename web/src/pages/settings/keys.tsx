import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { createKey, deleteKey, listKeys } from '../../api/tocsin';
import type { Right } from '../../api/session';
import { useMe } from '../../me';
import { Ago, Copyable } from '../../parts/facts';
import { AskButton, Nothing } from '../../parts/feedback';
import { FormDialog } from '../../parts/form';
import { Listing } from '../../parts/listing';
import { RightsField } from '../../parts/rights';

/** Access keys, for the aws CLI, SDKs and Terraform. */
export function Keys() {
  const me = useMe();
  const keys = useQuery({ queryKey: ['key'], queryFn: listKeys });
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [rights, setRights] = useState<Right[]>(['read']);
  const [made, setMade] = useState<{ AccessKeyId: string; SecretAccessKey: string }>();
  const exports = made && `export AWS_ACCESS_KEY_ID=${made.AccessKeyId}\nexport AWS_SECRET_ACCESS_KEY=${made.SecretAccessKey}\nexport AWS_REGION=${me.region}\nexport AWS_ENDPOINT_URL=${window.location.origin}`;
  return (
    <>
      <Listing
        title="Access keys"
        noun="access key"
        description="For the aws CLI, SDKs and Terraform."
        items={keys.data}
        loading={keys.isPending}
        error={keys.error}
        id={(k) => k.AccessKeyId}
        actions={
          <Button
            onClick={() => {
              setName('');
              setRights(['read']);
              setOpen(true);
            }}
          >
            Create access key
          </Button>
        }
        empty={<Nothing title="No access keys" />}
        columns={[
          { id: 'name', header: 'Name', isRowHeader: true, minWidth: 100, sortingField: 'Name', cell: (k) => k.Name },
          { id: 'id', header: 'Access key ID', minWidth: 200, cell: (k) => <span className="mono">{k.AccessKeyId}</span> },
          { id: 'rights', header: 'May', minWidth: 110, cell: (k) => k.Rights.join(', ') },
          { id: 'made', header: 'Created', minWidth: 90, sortingField: 'CreatedAt', cell: (k) => <Ago time={k.CreatedAt} /> },
          {
            id: 'delete',
            header: 'Actions',
            cell: (k) => (
              <AskButton inline label="Delete" verb="Delete" title={`Delete the key ${k.Name}?`} work={() => deleteKey(k.AccessKeyId)}>
                Whoever uses it is refused from now on.
              </AskButton>
            ),
          },
        ]}
      />
      {open && (
        <FormDialog
          title="Create access key"
          verb="Create"
          ready={name.trim() !== '' && rights.length > 0}
          work={async () => setMade(await createKey(name.trim(), rights))}
          onClose={() => setOpen(false)}
        >
          <FormField label="Name">
            <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus autoComplete={false} placeholder="terraform" />
          </FormField>
          <RightsField rights={rights} onChange={setRights} />
        </FormDialog>
      )}
      {made && exports && (
        <Modal visible header="Access key created" onDismiss={() => setMade(undefined)} closeAriaLabel="Close">
          <SpaceBetween size="m">
            <Alert type="warning">The secret is shown this once. Copy it now.</Alert>
            <div className="lines mono">
              <Copyable text={exports} label="the lines" />
            </div>
          </SpaceBetween>
        </Modal>
      )}
    </>
  );
}
