import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { evaluate, type Check, type EvaluationResult } from '../api/config';
import { useAct } from '../act';
import { useMay, useMe } from '../me';
import { useChecks } from '../queries';
import { aboutOf, brokenOf, evaluatedHere, failure, kindOf, verdict } from '../words/check';
import { Ago, Json } from '../parts/facts';
import { Nothing, Problem } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';

/** Rules of AWS Config: what they say of live resources, and what breaks them. */
export default function Checks() {
  useTitle('Checks');
  const me = useMe();
  const checks = useChecks();
  const act = useAct();
  const ask = async (names: string[]) => {
    if (await act.run(() => evaluate(names))) me.flash('info', names.length === 1 ? `${names[0]} is being evaluated; the page follows` : 'The rules are being evaluated; the page follows');
  };
  const own = checks.data?.filter(evaluatedHere).map((c) => c.rule.ConfigRuleName) ?? [];
  const may = useMay('responder') && !act.busy;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="What rules of AWS Config say of live resources: is something open that must not be?"
        actions={
          own.length > 0 && (
            <Button disabled={!may} onClick={() => void ask(own)}>
              Evaluate all now
            </Button>
          )
        }
      >
        Checks
      </Header>
      <Problem error={checks.error ?? act.error} />
      {checks.isPending && <Spinner size="large" />}
      {checks.data?.length === 0 && <NoChecks />}
      {checks.data && checks.data.length > 0 && (
        <SpaceBetween size="l">
          <Broken checks={checks.data} />
          <Rules checks={checks.data} may={may} ask={ask} />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

const what = (r: EvaluationResult) => r.EvaluationResultIdentifier.EvaluationResultQualifier;

function Broken({ checks }: { checks: Check[] }) {
  return (
    <Listing
      title="Not compliant"
      noun="resource"
      items={brokenOf(checks)}
      loading={false}
      id={(r) => `${what(r).ConfigRuleName} ${what(r).ResourceType} ${what(r).ResourceId}`}
      empty={<Nothing title="Nothing breaks a rule" />}
      columns={[
        { id: 'resource', header: 'Resource', isRowHeader: true, minWidth: 130, cell: (r) => <Named name={what(r).ResourceId} about={kindOf(what(r).ResourceType)} /> },
        { id: 'why', header: 'Why', minWidth: 180, cell: (r) => <span className="anywhere">{r.Annotation ?? '-'}</span> },
        { id: 'since', header: 'Since', minWidth: 100, sortingField: 'ResultRecordedTime', cell: (r) => <Ago time={r.ResultRecordedTime} /> },
        { id: 'rule', header: 'Rule', minWidth: 160, cell: (r) => <span className="anywhere">{what(r).ConfigRuleName}</span> },
      ]}
    />
  );
}

function Rules({ checks, may, ask }: { checks: Check[]; may: boolean; ask: (names: string[]) => Promise<void> }) {
  return (
    <Listing
      title="Rules"
      noun="rule"
      items={checks}
      loading={false}
      id={(c) => c.rule.ConfigRuleArn}
      columns={[
        { id: 'name', header: 'Rule', isRowHeader: true, minWidth: 140, cell: (c) => <Named name={c.rule.ConfigRuleName} about={aboutOf(c)} /> },
        { id: 'compliance', header: 'Compliance', minWidth: 170, cell: (c) => <State check={c} /> },
        { id: 'evaluated', header: 'Evaluated', minWidth: 100, cell: (c) => <Ago time={c.status.LastSuccessfulEvaluationTime} /> },
        {
          id: 'evaluate',
          header: 'Actions',
          minWidth: 130,
          cell: (c) =>
            evaluatedHere(c) ? (
              <Button variant="inline-link" disabled={!may} ariaLabel={`Evaluate now: ${c.rule.ConfigRuleName}`} onClick={() => void ask([c.rule.ConfigRuleName])}>
                Evaluate now
              </Button>
            ) : c.rule.Source.Owner === 'AWS' ? (
              '-'
            ) : (
              'Judged from outside'
            ),
        },
      ]}
    />
  );
}

function Named({ name, about }: { name: string; about?: string | undefined }) {
  return (
    <div className="anywhere">
      {name}
      {about && (
        <Box variant="small" display="block">
          {about}
        </Box>
      )}
    </div>
  );
}

function State({ check }: { check: Check }) {
  const { type, text } = verdict(check);
  const why = failure(check);
  return (
    <SpaceBetween size="xxs">
      <StatusIndicator type={type}>{text}</StatusIndicator>
      {why && (
        <StatusIndicator type="warning">
          <span className="words">
            {why}
            {check.status.LastFailedEvaluationTime && (
              <>
                {' '}
                (<Ago time={check.status.LastFailedEvaluationTime} />)
              </>
            )}
          </span>
        </StatusIndicator>
      )}
    </SpaceBetween>
  );
}

const example = `# tocsin.yaml
watch:
  s3: {endpoint: "https://s3.example.org", region: us-east-1, interval: 60s}

# then, at the shell
aws configservice put-configuration-recorder --configuration-recorder name=default,roleARN=arn:aws:iam::000000000000:role/config
aws configservice put-config-rule --config-rule '{"ConfigRuleName": "s3-bucket-public-read-prohibited",
  "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_PUBLIC_READ_PROHIBITED"}}'`;

function NoChecks() {
  return (
    <Container header={<Header variant="h2">No checks yet</Header>}>
      <SpaceBetween size="s">
        <div>
          A check is a rule of AWS Config that is evaluated here: is a bucket public, has root no second factor, is CloudTrail off? Name a watch in <code>tocsin.yaml</code>, start
          the server anew, and put rules as below. All kinds, and what each needs, stand in <code>docs/watches.md</code>.
        </div>
        <Json text={example} label="the example" />
      </SpaceBetween>
    </Container>
  );
}
