import { useEffect, useRef, useState, type ReactNode } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { passkeysWork, registerPasskey, setPassword, signInByLink, signInByPasskey, signInByPassword } from './api/session';
import { useAct } from './act';
import { useMe } from './me';
import { Problem } from './parts/feedback';
import { go } from './route';

function Card({ title, description, children }: { title: string; description?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} - Tocsin`;
  }, [title]);
  return (
    <main className="sign-in">
      <SpaceBetween size="l">
        <div className="brand">
          <img src="/tocsin.svg" alt="" />
          <Box variant="h1" fontSize="heading-xl">
            Tocsin
          </Box>
        </div>
        <Container
          header={
            <Header variant="h2" description={description}>
              {title}
            </Header>
          }
        >
          {children}
        </Container>
      </SpaceBetween>
    </main>
  );
}

/** Name and password, or a passkey. */
export function SignIn() {
  const me = useMe();
  const act = useAct();
  const [name, setName] = useState('');
  const [word, setWord] = useState('');
  const send = async (work: () => Promise<unknown>) => {
    if (await act.run(work)) {
      if (!window.location.hash || window.location.hash.startsWith('#/link')) go('#/');
      await me.reload();
    }
  };
  return (
    <Card title="Sign in" description="See who is paged, acknowledge, and resolve.">
      <SpaceBetween size="l">
        <form
          onSubmit={(e) => {
            e.preventDefault();
            void send(() => signInByPassword(name.trim(), word));
          }}
        >
          <SpaceBetween size="m">
            <FormField label="Name">
              <Input value={name} onChange={(e) => setName(e.detail.value)} name="username" autoComplete="username" autoFocus spellcheck={false} />
            </FormField>
            <FormField label="Password">
              <Input type="password" value={word} onChange={(e) => setWord(e.detail.value)} name="password" autoComplete="current-password" />
            </FormField>
            <Problem error={act.error} />
            <Button variant="primary" fullWidth formAction="submit" loading={act.busy} disabled={name.trim() === '' || word === ''}>
              Sign in
            </Button>
          </SpaceBetween>
        </form>
        {passkeysWork(me) && (
          <Button fullWidth iconName="key" disabled={act.busy} onClick={() => void send(signInByPasskey)}>
            Sign in with a passkey
          </Button>
        )}
        <ExpandableSection headerText="First time here, or locked out?">
          <Box variant="p">
            Use a sign-in link: an administrator makes one under Settings, and whoever runs the server can print one with{' '}
            <Box variant="code" display="inline">
              tocsin sign-in-link
            </Box>
            . The server prints the first one when it starts.
          </Box>
        </ExpandableSection>
      </SpaceBetween>
    </Card>
  );
}

/**
 * Where a sign-in link leads. Opening it changes nothing, so that a mail
 * scanner that follows links does not use it up: the button does. Only the
 * link that a demonstration prints on its own terminal goes in at once.
 */
export function LinkLanding({ token, atOnce }: { token: string; atOnce: boolean }) {
  const me = useMe();
  const act = useAct();
  const send = async () => {
    if (await act.run(() => signInByLink(token))) {
      await me.reload(); // first: until then nobody is known to be here, and the page for that would be shown
      // The token leaves the address bar and the history.
      window.history.replaceState(null, '', '#/');
      window.dispatchEvent(new HashChangeEvent('hashchange'));
    }
  };
  const begun = useRef(false);
  useEffect(() => {
    if (atOnce && token !== '' && !begun.current) {
      begun.current = true;
      void send();
    }
  });
  return (
    <Card title="Welcome" description="This link signs you in once.">
      <SpaceBetween size="m">
        {token === '' && <Problem error="The link is not whole. Copy all of it, up to its last letter." />}
        <Problem error={act.error} />
        <Button variant="primary" fullWidth disabled={token === ''} loading={act.busy} onClick={() => void send()}>
          Sign in
        </Button>
        {act.error && (
          <Button fullWidth href="#/">
            Sign in another way
          </Button>
        )}
      </SpaceBetween>
    </Card>
  );
}

/** After a link: choose how to sign in from now on. */
export function Credential({ onLater }: { onLater: () => void }) {
  const me = useMe();
  return (
    <Card title="Keep your access" description={`Hello ${me.person?.name ?? ''}. The link worked once; choose how you will sign in next time.`}>
      <SpaceBetween size="l">
        <CredentialForms onDone={() => void me.reload()} />
        <Button variant="link" onClick={onLater}>
          Later
        </Button>
      </SpaceBetween>
    </Card>
  );
}

/** The forms that make a passkey or set a password for the signed-in person. */
export function CredentialForms({ onDone }: { onDone: () => void }) {
  const act = useAct();
  const me = useMe();
  const [word, setWord] = useState('');
  const [tried, setTried] = useState(false);
  const short = [...word].length < 12;
  const send = async (work: () => Promise<unknown>, done: string) => {
    if (await act.run(work)) {
      me.flash('success', done);
      setWord('');
      setTried(false);
      onDone();
    }
  };
  return (
    <SpaceBetween size="l">
      {passkeysWork(me) && (
        <Button variant="primary" iconName="key" fullWidth disabled={act.busy} onClick={() => void send(registerPasskey, 'Passkey added')}>
          Use a passkey on this device
        </Button>
      )}
      <form
        onSubmit={(e) => {
          e.preventDefault();
          setTried(true);
          if (!short) void send(() => setPassword(word), 'Password set');
        }}
      >
        <SpaceBetween size="m">
          <input type="text" name="username" autoComplete="username" value={me.person?.name ?? ''} readOnly hidden />
          <FormField label="New password" constraintText="At least 12 characters." errorText={tried && short ? 'Too short.' : undefined}>
            <Input type="password" value={word} onChange={(e) => setWord(e.detail.value)} name="new-password" autoComplete="new-password" />
          </FormField>
          <Button fullWidth formAction="submit" loading={act.busy}>
            Set password
          </Button>
        </SpaceBetween>
      </form>
      <Problem error={act.error} />
    </SpaceBetween>
  );
}
