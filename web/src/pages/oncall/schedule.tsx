import { useState } from 'react';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { token } from '../../api/call';
import { changeContact, createContact, deleteContact, type Contact } from '../../api/contacts';
import type { Rotation, Shift } from '../../api/oncall';
import type { Duty } from '../../api/tocsin';
import { useAct } from '../../act';
import { useMay, useMe } from '../../me';
import { useNames } from '../../names';
import { useContactTags } from '../../queries';
import { go, href } from '../../route';
import { idOf, nameOf } from '../../words/arn';
import { aliasOf } from '../../words/channel';
import { optionsFine, optionsOf, tagsOfOptions } from '../../words/options';
import { recurrenceText } from '../../words/rotation';
import { simulateHref } from '../../words/scenario';
import { ago } from '../../words/time';
import { momentIn } from '../../words/zone';
import { useNow } from '../../now';
import { Calendar, weeks, type Lane } from '../../parts/calendar';
import { CalendarFeed } from '../../parts/feed';
import { Copyable } from '../../parts/facts';
import { AskButton, Loud, Nothing, Problem } from '../../parts/feedback';
import { FormPage } from '../../parts/form';
import { Listing } from '../../parts/listing';
import { OptionsFields } from '../../parts/options';
import { useTitle } from '../../parts/title';
import { zone } from '../../parts/when';
import { peopleOf, useLanes, useOnCall, useRotations, useSchedule, useSpan } from './data';
import { OverrideDialog } from './override';
import { Overrides } from './overrides';

/** One schedule: who is on call now and next, the calendar, its rotations. */
export function SchedulePage({ alias }: { alias: string }) {
  const me = useMe();
  const arn = `arn:aws:ssm-contacts:${me.region}:${me.account}:contact/${alias}`;
  const schedule = useSchedule(arn);
  const tags = useContactTags(arn);
  useTitle(schedule.data?.DisplayName || alias);
  if (schedule.error && !schedule.data) return <Problem error={schedule.error} />;
  if (!schedule.data) return <Spinner size="large" />;
  const s = schedule.data;
  return (
    <SpaceBetween size="l">
      <BreadcrumbGroup
        items={[
          { text: 'On-call schedules', href: '#/oncall' },
          { text: s.DisplayName || alias, href: href('oncall', alias) },
        ]}
      />
      <Top schedule={s} />
      <Turns schedule={s} />
      <CalendarFeed contact={s.ContactArn} of="the schedule" />
      {tags.data && <Options key={JSON.stringify([s.DisplayName, tags.data])} schedule={s} tags={tags.data} />}
    </SpaceBetween>
  );
}

function Top({ schedule }: { schedule: Contact }) {
  const me = useMe();
  const may = useMay('admin');
  const name = schedule.DisplayName || schedule.Alias;
  return (
    <Header
      variant="h1"
      description={<Copyable text={schedule.ContactArn} label="the ARN" />}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button href={simulateHref({ contact: schedule.Alias })}>Simulate</Button>
          <AskButton
            label="Delete"
            verb="Delete"
            title={`Delete ${name}?`}
            disabled={!may}
            work={() => deleteContact(schedule.ContactArn)}
            onDone={() => {
              me.flash('success', 'On-call schedule deleted');
              go('#/oncall');
            }}
          >
            Plans that name it keep the name and skip it. Its rotations stay.
          </AskButton>
        </SpaceBetween>
      }
    >
      {name}
    </Header>
  );
}

function Turns({ schedule }: { schedule: Contact }) {
  const may = useMay('admin');
  const { today } = useSpan();
  const ids = schedule.Plan.RotationIds ?? [];
  const { rotations, missing, pending } = useRotations(ids);
  const { lanes, error, pending: looking } = useLanes(rotations);
  const [chosen, setChosen] = useState<{ rotation: Rotation; shift?: Shift }>();
  const choose = (lane: Lane, shift: Shift) => setChosen({ rotation: rotations.find((r) => r.RotationArn === lane.id)!, shift });
  if (pending || looking) return <Spinner size="large" />;
  return (
    <>
      <SpaceBetween size="l">
        <Problem error={error} />
        {missing.length > 0 && <Problem error={`The schedule names rotations that are gone: ${missing.map(idOf).join(', ')}.`} />}
        {ids.length > 0 && <OnDuty schedule={schedule.ContactArn} />}
        {rotations.length > 0 && (
          <Container
            header={
              <Header
                variant="h2"
                description={may ? 'Choose a shift to have somebody stand in. Striped: an override.' : 'Striped: an override.'}
                actions={
                  <Button disabled={!may} onClick={() => setChosen({ rotation: rotations[0]! })}>
                    Create override
                  </Button>
                }
              >
                The next {weeks} weeks
              </Header>
            }
          >
            <Calendar lanes={lanes} from={today} onShift={may ? choose : undefined} />
          </Container>
        )}
        <Rotations alias={schedule.Alias} rotations={rotations} />
        {rotations.length > 0 && <Overrides rotations={rotations} />}
      </SpaceBetween>
      {chosen && <OverrideDialog rotations={rotations} {...chosen} onClose={() => setChosen(undefined)} />}
    </>
  );
}

function OnDuty({ schedule }: { schedule: string }) {
  const at = useNow();
  const name = useNames();
  const turns = useOnCall(schedule);
  const turn = turns.data?.find((t) => t.ContactArn === schedule);
  if (!turn) return <Problem error={turns.error} />;
  const next = turn.NextTime ? `${peopleOf(turn.Next).map(name).join(', ') || 'nobody'}, from ${momentIn(turn.NextTime, zone)} (${ago(turn.NextTime, at)})` : undefined;
  if (peopleOf(turn.OnCall).length === 0) {
    return <Loud title="Nobody is on call now">{next ? `The next is ${next}.` : 'Nor in the coming weeks.'}</Loud>;
  }
  return (
    <Container>
      <ColumnLayout columns={2} minColumnWidth={220}>
        <Turn title="On call now" duties={turn.OnCall} when={turn.NextTime ? `until ${momentIn(turn.NextTime, zone)} (${ago(turn.NextTime, at)})` : 'and nobody else in the coming weeks'} />
        {turn.NextTime ? <Turn title="Next" duties={turn.Next} when={`from ${momentIn(turn.NextTime, zone)} (${ago(turn.NextTime, at)})`} /> : <div />}
      </ColumnLayout>
    </Container>
  );
}

function Turn({ title, duties, when }: { title: string; duties: Duty[] | undefined; when: string }) {
  const name = useNames();
  const people = peopleOf(duties);
  const by = (duties ?? []).map((d) => (d.Type === 'OVERRIDDEN' ? `${d.RotationName}, override in place of ${(d.OverriddenContactArns ?? []).map(name).join(', ') || 'nobody'}` : d.RotationName));
  return (
    <div role="group" aria-label={title}>
      <Box variant="awsui-key-label">{title}</Box>
      <Box variant="h2" tagOverride="div">
        {people.length === 0 && <StatusIndicator type="warning">Nobody</StatusIndicator>}
        {people.map((p, i) => (
          <span key={p}>
            {i > 0 && ', '}
            <Link href={href('contacts', nameOf(p))} fontSize="heading-m">
              {name(p)}
            </Link>
          </span>
        ))}
      </Box>
      <Box>{when}</Box>
      {by.length > 0 && (
        <Box variant="small" color="text-body-secondary">
          By {by.join('; ')}
        </Box>
      )}
    </div>
  );
}

function Rotations({ alias, rotations }: { alias: string; rotations: Rotation[] }) {
  const may = useMay('admin');
  const name = useNames();
  return (
    <Listing
      title="Rotations"
      noun="rotation"
      items={rotations}
      loading={false}
      id={(r) => r.RotationArn}
      actions={
        <Button variant={rotations.length === 0 ? 'primary' : 'normal'} disabled={!may || rotations.length >= 8} onClick={() => go(href('oncall', alias, 'rotations', 'new'))}>
          Create rotation
        </Button>
      }
      empty={<Nothing title="No rotations yet">Until there is one, nobody is on call by this schedule.</Nothing>}
      columns={[
        { id: 'name', header: 'Name', isRowHeader: true, minWidth: 120, cell: (r) => <Link href={href('oncall', alias, 'rotations', idOf(r.RotationArn))}>{r.Name}</Link> },
        { id: 'people', header: 'In turn', minWidth: 160, cell: (r) => r.ContactIds.map(name).join(', ') },
        { id: 'when', header: 'When', minWidth: 200, cell: (r) => recurrenceText(r.Recurrence) },
        { id: 'zone', header: 'Time zone', minWidth: 130, cell: (r) => r.TimeZoneId },
      ]}
    />
  );
}

/** The schedule's name, and what happens when whoever is on call does not answer. */
function Options({ schedule, tags }: { schedule: Contact; tags: Record<string, string> }) {
  const me = useMe();
  const may = useMay('admin');
  const act = useAct();
  const [draft, setDraft] = useState({ name: schedule.DisplayName ?? '', options: optionsOf(tags) });
  const save = async () => {
    const want = tagsOfOptions({ ...draft.options, repeat: '' }, undefined);
    if (await act.run(() => changeContact({ ContactId: schedule.ContactArn, DisplayName: draft.name.trim() }, tags, want))) me.flash('success', 'On-call schedule saved');
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button disabled={!may || !optionsFine(draft.options)} loading={act.busy} onClick={() => void save()}>
              Save
            </Button>
          }
        >
          Name, and if nobody answers
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FormField label="Name">
          <Input value={draft.name} onChange={(e) => setDraft({ ...draft, name: e.detail.value })} disabled={!may} autoComplete={false} />
        </FormField>
        <OptionsFields type="ONCALL_SCHEDULE" self={schedule.ContactArn} options={draft.options} onChange={(options) => setDraft({ ...draft, options })} disabled={!may} />
        <Problem error={act.error} />
      </SpaceBetween>
    </Container>
  );
}

/** The form for a new schedule; its rotations come after. */
export function NewSchedule() {
  useTitle('Create on-call schedule');
  const me = useMe();
  const may = useMay('admin');
  const [name, setName] = useState('');
  const [alias, setAlias] = useState<string>();
  const [once] = useState(token);
  const shownAlias = alias ?? aliasOf(name);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="A name first; then who takes turns.">
        Create on-call schedule
      </Header>
      <FormPage
        verb="Create"
        back="#/oncall"
        ready={may && /^[a-z0-9_-]{1,255}$/.test(shownAlias) && shownAlias !== 'new'}
        work={() => createContact({ Alias: shownAlias, DisplayName: name.trim(), Type: 'ONCALL_SCHEDULE', Plan: { RotationIds: [] }, IdempotencyToken: once })}
        onDone={() => {
          me.flash('success', 'On-call schedule created');
          go(href('oncall', shownAlias));
        }}
      >
        <Container>
          <SpaceBetween size="l">
            <FormField label="Name">
              <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus placeholder="Security nights" autoComplete={false} />
            </FormField>
            <FormField label="Alias" constraintText="Stands in the ARN and cannot be changed later.">
              <Input value={shownAlias} onChange={(e) => setAlias(e.detail.value)} spellcheck={false} autoComplete={false} />
            </FormField>
          </SpaceBetween>
        </Container>
      </FormPage>
    </SpaceBetween>
  );
}
