import { lazy, Suspense, useState, type ComponentType } from 'react';
import AppLayout from '@cloudscape-design/components/app-layout';
import Badge from '@cloudscape-design/components/badge';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import ErrorBoundary from '@cloudscape-design/components/error-boundary';
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import Link from '@cloudscape-design/components/link';
import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import Spinner from '@cloudscape-design/components/spinner';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { signOut } from './api/session';
import { useLive } from './live';
import { useMay, useMe } from './me';
import { useReadiness } from './queries';
import { go, type Route } from './route';
import { setTheme, theme, type Theme } from './theme';

interface Place {
  part: string;
  text: string;
  page: ComponentType<{ route: Route }>;
  admin?: boolean;
}

// Each page is fetched when it is first opened.
const Incidents = lazy(() => import('./pages/incidents'));
const Prepare = lazy(() => import('./pages/prepare'));
const groups: { title?: string; places: Place[] }[] = [
  {
    places: [
      { part: 'incidents', text: 'Incidents', page: Incidents },
      { part: 'prepare', text: 'Get prepared', page: Prepare },
      { part: 'readiness', text: 'Readiness', page: lazy(() => import('./pages/readiness')) },
      { part: 'simulate', text: 'Simulate', page: lazy(() => import('./pages/simulate')) },
    ],
  },
  {
    title: 'Who is paged',
    places: [
      { part: 'contacts', text: 'Contacts', page: lazy(() => import('./pages/contacts')) },
      { part: 'oncall', text: 'On-call schedules', page: lazy(() => import('./pages/oncall')) },
      { part: 'escalation', text: 'Escalation plans', page: lazy(() => import('./pages/escalation')) },
    ],
  },
  {
    title: 'What starts it',
    places: [
      { part: 'plans', text: 'Response plans', page: lazy(() => import('./pages/plans')) },
      { part: 'rules', text: 'Event rules', page: lazy(() => import('./pages/rules')) },
      { part: 'sources', text: 'Sources', page: lazy(() => import('./pages/sources')) },
      { part: 'checks', text: 'Checks', page: lazy(() => import('./pages/checks')) },
      { part: 'findings', text: 'Findings', page: lazy(() => import('./pages/findings')) },
    ],
  },
  {
    title: 'Look behind',
    places: [
      { part: 'outbox', text: 'Outbox', page: lazy(() => import('./pages/outbox')), admin: true },
      { part: 'jobs', text: 'Pending jobs', page: lazy(() => import('./pages/jobs')) },
      { part: 'dead-letters', text: 'Dead letters', page: lazy(() => import('./pages/deadletters')) },
      { part: 'audit', text: 'Audit', page: lazy(() => import('./pages/audit')), admin: true },
      { part: 'settings', text: 'Settings', page: lazy(() => import('./pages/settings')) },
    ],
  },
];

// Where it matters that mail does not leave.
const told = new Set(['incidents', 'prepare', 'contacts']);

/** The frame around every page: navigation, messages, the page itself. */
export function Shell({ route, flashes }: { route: Route; flashes: FlashbarProps.MessageDefinition[] }) {
  useLive();
  const me = useMe();
  const admin = useMay('admin');
  const wide = window.matchMedia('(min-width: 1000px)').matches;
  const [open, setOpen] = useState(wide);
  const errors = useReadiness().data?.Findings.filter((f) => f.Severity === 'ERROR').length ?? 0;
  const part = route.path[0] ?? 'incidents';
  const place = groups.flatMap((g) => g.places).find((p) => p.part === part);
  const Page = place?.page;

  const items: SideNavigationProps.Item[] = groups.flatMap((g): SideNavigationProps.Item[] => {
    const links = g.places
      .filter((p) => !p.admin || admin)
      .map((p): SideNavigationProps.Link => ({ type: 'link', text: p.text, href: `#/${p.part}`, ...(p.part === 'readiness' && errors > 0 ? { info: <Errors count={errors} /> } : {}) }));
    return g.title ? [{ type: 'section-group', title: g.title, items: links }] : [...links, { type: 'divider' }];
  });

  return (
    <>
      <div id="top">
        <Top />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationOpen={open}
        onNavigationChange={(e) => setOpen(e.detail.open)}
        navigation={
          <SideNavigation
            activeHref={`#/${part}`}
            items={items}
            onFollow={() => {
              if (!wide) setOpen(false);
            }}
          />
        }
        notifications={<Flashbar items={flashes} />}
        content={
          <>
            {me.mail === 'outbox' && admin && told.has(part) && (
              <Box margin={{ bottom: 'm' }}>
                <Alert type="warning">
                  No mail server is set: pages are not sent, they only go to the <Link href="#/outbox">outbox</Link>.
                </Alert>
              </Box>
            )}
            <ErrorBoundary key={window.location.hash.split('?')[0]} onError={() => undefined} suppressNested>
              <Suspense
                fallback={
                  <Box textAlign="center" padding="xxl">
                    <Spinner size="large" />
                  </Box>
                }
              >
                {Page ? <Page route={route} /> : <Box variant="h1">There is no such page</Box>}
              </Suspense>
            </ErrorBoundary>
          </>
        }
      />
    </>
  );
}

/** How many things would fail, beside the link to them. */
function Errors({ count }: { count: number }) {
  return (
    <Badge color="red">
      {count}
      <span className="read-out"> {count === 1 ? 'error' : 'errors'}</span>
    </Badge>
  );
}

function Top() {
  const me = useMe();
  const [chosen, setChosen] = useState<Theme>(theme());
  const choose = (value: Theme) => {
    setTheme(value);
    setChosen(value);
  };
  const leave = async () => {
    await signOut().catch(() => undefined);
    go('#/');
    await me.reload();
  };
  const themes: Theme[] = ['auto', 'light', 'dark'];
  const names = { auto: 'As the system', light: 'Light', dark: 'Dark' };
  return (
    <TopNavigation
      identity={{ href: '#/', title: 'Tocsin', logo: { src: '/tocsin.svg', alt: 'Tocsin logo' } }}
      utilities={[
        {
          type: 'menu-dropdown',
          iconName: 'settings',
          ariaLabel: 'Appearance',
          title: 'Appearance',
          items: themes.map((t) => ({ id: t, text: names[t], itemType: 'checkbox' as const, checked: t === chosen })),
          onItemClick: (e) => choose(e.detail.id as Theme),
        },
        {
          type: 'menu-dropdown',
          iconName: 'user-profile',
          text: me.person?.name ?? '',
          ariaLabel: `Account of ${me.person?.name ?? ''}`,
          description: `${me.account ?? ''} · ${me.region ?? ''} · Tocsin ${me.version ?? ''}`,
          items: [
            { id: 'settings', text: 'Password and passkeys', href: '#/settings' },
            { id: 'out', text: 'Sign out' },
          ],
          onItemClick: (e) => {
            if (e.detail.id === 'out') void leave();
          },
        },
      ]}
    />
  );
}
