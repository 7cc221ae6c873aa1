import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { CredentialForms } from '../signin';
import { useMay, useMe } from '../me';
import { useTitle } from '../parts/title';
import { Keys } from './settings/keys';
import { People } from './settings/people';
import { Regions } from './settings/regions';

/** The server, its keys and people, and your own sign-in. */
export default function Settings() {
  useTitle('Settings');
  const me = useMe();
  const admin = useMay('admin');
  return (
    <SpaceBetween size="l">
      <Header variant="h1">Settings</Header>
      <Container header={<Header variant="h2">This server</Header>}>
        <KeyValuePairs
          columns={4}
          minColumnWidth={140}
          items={[
            { label: 'Account', value: me.account },
            { label: 'Region', value: me.region },
            { label: 'Version', value: me.version },
            { label: 'Mail', value: me.mail === 'smtp' ? 'Sent by SMTP' : 'Not sent: outbox only' },
          ]}
        />
      </Container>
      <Regions />
      {admin && <People />}
      {admin && <Keys />}
      <Container
        header={
          <Header variant="h2" description={`You are ${me.person?.name ?? ''} and may: ${me.person?.rights.join(', ') ?? ''}.`}>
            How you sign in
          </Header>
        }
      >
        <div className="narrow">
          <CredentialForms onDone={() => void me.reload()} />
        </div>
      </Container>
    </SpaceBetween>
  );
}
