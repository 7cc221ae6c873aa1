import { useState } from 'react';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { createChannel, createContact, updateContact, type ChannelType } from '../../api/contacts';
import { token } from '../../api/call';
import { useMe } from '../../me';
import { go, href } from '../../route';
import { addressFault, aliasOf } from '../../words/channel';
import { stagesOf, type PlanRow } from '../../words/plan';
import { FormPage } from '../../parts/form';
import { useTitle } from '../../parts/title';

/** A person with the usual channels and plan in one go: e-mail at once, SMS ten minutes later. */
export function NewContact() {
  useTitle('Create contact');
  const me = useMe();
  const [name, setName] = useState('');
  const [alias, setAlias] = useState<string>();
  const [mail, setMail] = useState('');
  const [phone, setPhone] = useState('');
  // The same tokens for every try, so that a try after a failure makes nothing twice.
  const [once] = useState(() => ({ contact: token(), mail: token(), phone: token() }));
  const shownAlias = alias ?? aliasOf(name);
  const aliasFault = shownAlias !== '' && !/^[a-z0-9_-]{1,255}$/.test(shownAlias) ? 'Small letters a to z, digits, _ and - only.' : undefined;
  const faults = [aliasFault, addressFault('EMAIL', mail.trim()), addressFault('SMS', phone.trim())];

  const create = async () => {
    const { ContactArn } = await createContact({
      Alias: shownAlias,
      DisplayName: name.trim(),
      Type: 'PERSONAL',
      Plan: { Stages: [] },
      IdempotencyToken: once.contact,
    });
    const rows: PlanRow[] = [];
    const add = async (type: ChannelType, label: string, address: string, minute: number, key: string) => {
      const { ContactChannelArn } = await createChannel({
        ContactId: ContactArn,
        Name: label,
        Type: type,
        DeliveryAddress: { SimpleAddress: address },
        DeferActivation: false,
        IdempotencyToken: key,
      });
      rows.push({ channel: ContactChannelArn, minute, retry: 1 });
    };
    if (mail.trim()) await add('EMAIL', 'E-mail', mail.trim(), 0, once.mail);
    if (phone.trim()) await add('SMS', 'SMS', phone.trim(), mail.trim() ? 10 : 0, once.phone);
    if (rows.length > 0) await updateContact({ ContactId: ContactArn, Plan: { Stages: stagesOf({ rows, after: 0 }).stages } });
  };

  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="A code goes to each address. Enter the codes on the next page.">
        Create contact
      </Header>
      <FormPage
        verb="Create contact"
        back="#/contacts"
        ready={shownAlias !== '' && faults.every((f) => f === undefined)}
        work={create}
        onDone={() => {
          me.flash('success', 'Contact created. Enter the codes that were sent.');
          go(href('contacts', shownAlias));
        }}
      >
        <Container header={<Header variant="h2">Person</Header>}>
          <SpaceBetween size="l">
            <FormField label="Name">
              <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus placeholder="Ann Lee" autoComplete={false} />
            </FormField>
            <FormField label="Alias" constraintText="Stands in the contact’s ARN and cannot be changed later." errorText={aliasFault}>
              <Input value={shownAlias} onChange={(e) => setAlias(e.detail.value)} spellcheck={false} autoComplete={false} />
            </FormField>
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2" description="E-mail at once, SMS ten minutes later if nobody has acknowledged. Change it any time.">How to reach them</Header>}>
          <SpaceBetween size="l">
            <FormField label="E-mail address" errorText={faults[1]}>
              <Input value={mail} onChange={(e) => setMail(e.detail.value)} type="email" inputMode="email" placeholder="ann@example.org" autoComplete={false} />
            </FormField>
            <FormField label={<>Mobile number for SMS <i>(optional)</i></>} errorText={faults[2]}>
              <Input value={phone} onChange={(e) => setPhone(e.detail.value)} inputMode="tel" placeholder="+15550100" autoComplete={false} />
            </FormField>
          </SpaceBetween>
        </Container>
      </FormPage>
    </SpaceBetween>
  );
}
