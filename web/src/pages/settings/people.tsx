import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { createPerson, createSignInLink, listPeople } from '../../api/tocsin';
import type { Right } from '../../api/session';
import { useAct } from '../../act';
import { Ago, Copyable } from '../../parts/facts';
import { Nothing, Problem } from '../../parts/feedback';
import { FormDialog } from '../../parts/form';
import { Listing } from '../../parts/listing';
import { RightsField } from '../../parts/rights';

/** Who may sign in here. */
export function People() {
  const act = useAct();
  const people = useQuery({ queryKey: ['person'], queryFn: listPeople });
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [rights, setRights] = useState<Right[]>(['responder']);
  const [link, setLink] = useState<{ person: string; url: string }>();
  const makeLink = async (person: string) => setLink({ person, url: (await createSignInLink(person)).Url });
  const add = async () => setLink({ person: name.trim(), url: (await createPerson(name.trim(), rights)).SignInLink });
  return (
    <>
      <Problem error={act.error} />
      <Listing
        title="People"
        noun="person"
        description="Who may sign in to this console."
        items={people.data}
        loading={people.isPending}
        error={people.error}
        id={(p) => p.Name}
        actions={
          <Button
            onClick={() => {
              setName('');
              setRights(['responder']);
              setOpen(true);
            }}
          >
            Add person
          </Button>
        }
        empty={<Nothing title="Nobody yet" />}
        columns={[
          { id: 'name', header: 'Name', isRowHeader: true, minWidth: 100, sortingField: 'Name', cell: (p) => p.Name },
          { id: 'rights', header: 'May', minWidth: 110, cell: (p) => p.Rights.join(', ') },
            { id: 'since', header: 'Since', minWidth: 100, sortingField: 'CreatedAt', cell: (p) => <Ago time={p.CreatedAt} /> },
          {
            id: 'actions',
            header: 'Actions',
            minWidth: 170,
            cell: (p) => (
              <Button variant="inline-link" onClick={() => void act.run(() => makeLink(p.Name))} ariaLabel={`Sign-in link for ${p.Name}`}>
                Sign-in link
              </Button>
            ),
          },
        ]}
      />
      {open && (
        <FormDialog
          title="Add person"
          verb="Add and make a sign-in link"
          ready={name.trim() !== '' && rights.length > 0}
          work={add}
          onClose={() => setOpen(false)}
        >
          <FormField label="Name" constraintText="What they type to sign in.">
            <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus autoComplete={false} />
          </FormField>
          <RightsField rights={rights} onChange={setRights} />
        </FormDialog>
      )}
      {link && (
        <Modal visible header={`Sign-in link for ${link.person}`} onDismiss={() => setLink(undefined)} closeAriaLabel="Close">
          <SpaceBetween size="m">
            <Alert type="info">Works once, for 15 minutes. Hand it over in a way you trust.</Alert>
            <div className="mono">
              <Copyable text={link.url} label="the link" />
            </div>
          </SpaceBetween>
        </Modal>
      )}
    </>
  );
}
