import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { changeContact, createContact, deleteContact, getContact, tagList, type Contact } from '../api/contacts';
import { token } from '../api/call';
import { useMay, useMe } from '../me';
import { useContacts, useContactTags } from '../queries';
import { go, href, type Route } from '../route';
import { nameOf } from '../words/arn';
import { aliasOf } from '../words/channel';
import { described } from '../words/contact';
import { longestOption, optionsFine, optionsOf, taggedMinutes, tagsOfOptions } from '../words/options';
import { longestStage, minutesOf, timed, type Stage } from '../words/plan';
import { simulateHref } from '../words/scenario';
import { AskButton, Nothing, Problem } from '../parts/feedback';
import { FormPage } from '../parts/form';
import { Listing } from '../parts/listing';
import { OptionsFields, OptionsLine } from '../parts/options';
import { useTitle } from '../parts/title';

/** Escalation plans: who is paged after whom. */
export default function EscalationPlans({ route }: { route: Route }) {
  const alias = route.path[1];
  if (alias === 'new') return <PlanForm key="new" />;
  if (alias) return <Existing key={alias} alias={alias} />;
  return <List />;
}

function List() {
  useTitle('Escalation plans');
  const contacts = useContacts();
  const may = useMay('admin');
  return (
    <Listing
      variant="full-page"
      title="Escalation plans"
      noun="escalation plan"
      description="Stages of people: when the first do not acknowledge in time, the next are paged."
      items={contacts.data?.filter((c) => c.Type === 'ESCALATION')}
      loading={contacts.isPending}
      error={contacts.error}
      id={(c) => c.ContactArn}
      actions={
        <Button variant="primary" disabled={!may} onClick={() => go('#/escalation/new')}>
          Create escalation plan
        </Button>
      }
      empty={<Nothing title="No escalation plans yet">Optional: a response plan can also engage a contact directly.</Nothing>}
      columns={[
        { id: 'name', header: 'Name', isRowHeader: true, minWidth: 140, sortingField: 'DisplayName', cell: (c) => <Link href={href('escalation', c.Alias)}>{c.DisplayName || c.Alias}</Link> },
        { id: 'alias', header: 'Alias', minWidth: 100, sortingField: 'Alias', cell: (c) => c.Alias },
        { id: 'options', header: 'If nobody answers', minWidth: 200, cell: (c) => <OptionsLine contact={c.ContactArn} /> },
      ]}
    />
  );
}

function Existing({ alias }: { alias: string }) {
  const me = useMe();
  const arn = `arn:aws:ssm-contacts:${me.region}:${me.account}:contact/${alias}`;
  const contact = useQuery({ queryKey: ['contact', arn], queryFn: () => getContact(arn) });
  const tags = useContactTags(arn);
  const error = contact.error ?? tags.error;
  if (error && !(contact.data && tags.data)) return <Problem error={error} />;
  if (!contact.data || !tags.data) return <Spinner size="large" />;
  return <PlanForm contact={contact.data} tags={tags.data} />;
}

interface Draft {
  minutes: string;
  people: { contact: string; essential: boolean }[];
}

function draftOf(stages: Stage[], tags: Record<string, string>): Draft[] {
  const minutes = minutesOf(stages, taggedMinutes(tags));
  return stages.map((s, i) => ({
    minutes: String(minutes[i]),
    people: s.Targets.flatMap((t) => (t.ContactTargetInfo?.ContactId ? [{ contact: t.ContactTargetInfo.ContactId, essential: t.ContactTargetInfo.IsEssential }] : [])),
  }));
}

const stagesOfDraft = (draft: Draft[]) =>
  timed(
    draft.map((d) => ({
      minutes: Number(d.minutes),
      targets: d.people.map((p) => ({ ContactTargetInfo: { ContactId: p.contact, IsEssential: p.essential } })),
    })),
  );

function minutesFault(d: Draft): string | undefined {
  const n = Number(d.minutes);
  if (!/^\d{1,4}$/.test(d.minutes) || n > longestOption) return `0 to ${longestOption} minutes.`;
  return n === 0 && d.people.length === 0 ? 'A stage without people must last at least a minute.' : undefined;
}

function PlanForm({ contact, tags = {} }: { contact?: Contact; tags?: Record<string, string> }) {
  useTitle(contact ? contact.DisplayName || contact.Alias : 'Create escalation plan');
  const me = useMe();
  const may = useMay('admin');
  const [name, setName] = useState(contact?.DisplayName ?? '');
  const [alias, setAlias] = useState<string>();
  const [stages, setStages] = useState<Draft[]>(contact ? draftOf(contact.Plan.Stages ?? [], tags) : [{ minutes: '10', people: [] }]);
  const [options, setOptions] = useState(() => optionsOf(tags));
  const [once] = useState(token);
  const shownAlias = contact?.Alias ?? alias ?? aliasOf(name);
  const set = (index: number, part: Partial<Draft>) => setStages(stages.map((s, i) => (i === index ? { ...s, ...part } : s)));
  const ready = may && optionsFine(options) && /^[a-z0-9_-]{1,255}$/.test(shownAlias) && stages.every((s) => !minutesFault(s) && s.people.every((p) => p.contact !== ''));
  const work = () => {
    const { stages: Stages, minutes } = stagesOfDraft(stages);
    const want = tagsOfOptions(options, minutes);
    const DisplayName = name.trim();
    return contact
      ? changeContact({ ContactId: contact.ContactArn, DisplayName, Plan: { Stages } }, tags, want)
      : createContact({ Alias: shownAlias, DisplayName, Type: 'ESCALATION', Plan: { Stages }, Tags: tagList(want), IdempotencyToken: once });
  };
  const done = (text: string) => {
    me.flash('success', text);
    go('#/escalation');
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          contact && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button href={simulateHref({ contact: contact.Alias })}>Simulate</Button>
              <AskButton label="Delete" verb="Delete" title={`Delete ${contact.DisplayName || contact.Alias}?`} disabled={!may} work={() => deleteContact(contact.ContactArn)} onDone={() => done('Escalation plan deleted')}>
                Response plans that name it keep the name and skip it.
              </AskButton>
            </SpaceBetween>
          )
        }
      >
        {contact ? contact.DisplayName || contact.Alias : 'Create escalation plan'}
      </Header>
      <FormPage verb={contact ? 'Save' : 'Create'} back="#/escalation" ready={ready} work={work} onDone={() => done('Escalation plan saved')}>
        <Container header={<Header variant="h2">Name</Header>}>
          <SpaceBetween size="l">
            <FormField label="Name">
              <Input value={name} onChange={(e) => setName(e.detail.value)} placeholder="Security on-call" autoComplete={false} />
            </FormField>
            {!contact && (
              <FormField label="Alias" constraintText="Stands in the ARN and cannot be changed later.">
                <Input value={shownAlias} onChange={(e) => setAlias(e.detail.value)} spellcheck={false} autoComplete={false} />
              </FormField>
            )}
          </SpaceBetween>
        </Container>
        {stages.map((s, i) => (
          <StageCard key={i} index={i} stage={s} onChange={(part) => set(i, part)} onRemove={() => setStages(stages.filter((_, k) => k !== i))} />
        ))}
        <Button formAction="none" iconName="add-plus" disabled={!may} onClick={() => setStages([...stages, { minutes: '10', people: [] }])}>
          Add stage
        </Button>
        <Container header={<Header variant="h2" description="Beyond what AWS knows; kept as tags of the plan.">If nobody answers</Header>}>
          <OptionsFields type="ESCALATION" self={contact?.ContactArn} options={options} onChange={setOptions} disabled={!may} />
        </Container>
      </FormPage>
    </SpaceBetween>
  );
}

function StageCard({ index, stage, onChange, onRemove }: { index: number; stage: Draft; onChange: (part: Partial<Draft>) => void; onRemove: () => void }) {
  const contacts = useContacts();
  const options = (contacts.data ?? [])
    .filter((c) => c.Type !== 'ESCALATION')
    .map((c) => ({ value: c.ContactArn, label: c.DisplayName || c.Alias, description: described(c) }));
  const set = (at: number, part: Partial<Draft['people'][number]>) => onChange({ people: stage.people.map((p, i) => (i === at ? { ...p, ...part } : p)) });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button formAction="none" onClick={onRemove} ariaLabel={`Remove stage ${index + 1}`}>
              Remove stage
            </Button>
          }
        >
          Stage {index + 1}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <FormField label="Minutes until the next stage" constraintText={Number(stage.minutes) > longestStage ? 'Longer than AWS’s 30 minutes: kept in the tag tocsin/stage-minutes.' : undefined} errorText={minutesFault(stage)}>
          <Input value={stage.minutes} onChange={(e) => onChange({ minutes: e.detail.value.trim() })} inputMode="numeric" />
        </FormField>
        <AttributeEditor
          items={stage.people}
          addButtonText="Add contact"
          removeButtonText="Remove"
          removeButtonAriaLabel={(p) => `Remove ${nameOf(p.contact)} from stage ${index + 1}`}
          onAddButtonClick={() => onChange({ people: [...stage.people, { contact: '', essential: true }] })}
          onRemoveButtonClick={(e) => onChange({ people: stage.people.filter((_, i) => i !== e.detail.itemIndex) })}
          isItemRemovable={() => true}
          empty="Nobody is paged in this stage"
          definition={[
            {
              label: 'Contact',
              control: (p, i) => (
                <Select
                  selectedOption={options.find((o) => o.value === p.contact) ?? (p.contact ? { value: p.contact, label: `${nameOf(p.contact)} (gone)` } : null)}
                  options={options}
                  placeholder="Choose a contact"
                  empty="There are no contacts yet"
                  onChange={(e) => set(i, { contact: e.detail.selectedOption.value ?? '' })}
                  ariaLabel={`Contact ${i + 1} of stage ${index + 1}`}
                />
              ),
            },
            {
              label: 'When acknowledged',
              control: (p, i) => (
                <Checkbox checked={p.essential} onChange={(e) => set(i, { essential: e.detail.checked })}>
                  Acknowledgment stops plan progression
                </Checkbox>
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}
