import { useCallback, useEffect, useMemo, useState } from 'react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import Spinner from '@cloudscape-design/components/spinner';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { onSignedOut } from './api/call';
import { session } from './api/session';
import { MeContext, type Me } from './me';
import { useRoute } from './route';
import { Problem } from './parts/feedback';
import { Shell } from './shell';
import { Credential, LinkLanding, SignIn } from './signin';

/** The console: who you are decides what is shown. */
export function App() {
  const client = useQueryClient();
  const route = useRoute();
  const [flashes, setFlashes] = useState<FlashbarProps.MessageDefinition[]>([]);
  const [later, setLater] = useState(() => route.query.has('enter')); // a demonstration's guest stays no longer
  const who = useQuery({ queryKey: ['session'], queryFn: session, staleTime: Infinity });

  const { refetch } = who;
  const reload = useCallback(async () => {
    await refetch();
  }, [refetch]);
  useEffect(() => onSignedOut(() => void refetch()), [refetch]);

  const signedIn = who.data?.signedIn === true;
  useEffect(() => {
    // Nothing of one person's may be left for the next.
    if (!signedIn) client.removeQueries({ predicate: (q) => q.queryKey[0] !== 'session' });
  }, [client, signedIn]);

  const flash = useCallback((kind: 'success' | 'error' | 'info', content: string) => {
    const id = `${Date.now()}-${Math.random()}`;
    const drop = () => setFlashes((all) => all.filter((f) => f.id !== id));
    setFlashes((all) => [{ id, type: kind, content, dismissible: true, dismissLabel: 'Dismiss', onDismiss: drop }, ...all].slice(0, 3));
    if (kind !== 'error') setTimeout(drop, 6000);
  }, []);

  const me: Me = useMemo(() => ({ ...(who.data ?? { signedIn: false }), reload, flash }), [who.data, reload, flash]);

  if (who.isPending) return <Waiting />;
  if (who.error && !who.data) {
    return (
      <div className="sign-in">
        <SpaceBetween size="m">
          <Problem error={who.error} />
          <Button onClick={() => void reload()}>Try again</Button>
        </SpaceBetween>
      </div>
    );
  }
  let page;
  if (route.path[0] === 'link') page = <LinkLanding token={route.query.get('token') ?? ''} atOnce={route.query.has('enter')} />;
  else if (!signedIn) page = <SignIn />;
  else if (me.needsCredential && !later) page = <Credential onLater={() => setLater(true)} />;
  else page = <Shell route={route} flashes={flashes} />;
  return <MeContext value={me}>{page}</MeContext>;
}

function Waiting() {
  return (
    <Box textAlign="center" padding="xxxl">
      <Spinner size="large" />
    </Box>
  );
}
