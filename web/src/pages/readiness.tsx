import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Finding } from '../api/tocsin';
import { useMe } from '../me';
import { useContacts, useReadiness } from '../queries';
import { kindsOf, placeOf, planToSimulate, severities, signs } from '../words/finding';
import { simulateHref } from '../words/scenario';
import { sentence } from '../words/sentence';
import { Ago } from '../parts/facts';
import { Problem } from '../parts/feedback';
import { useTitle } from '../parts/title';

/** What would fail at three in the morning, the worst first. */
export default function Readiness() {
  useTitle('Readiness');
  const readiness = useReadiness(true);
  const findings = readiness.data?.Findings;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          <>
            What would fail if it were needed now. {readiness.data && (
              <>
                Looked <Ago time={readiness.data.ExaminedAt} />.
              </>
            )}
          </>
        }
        actions={
          <Button iconName="refresh" loading={readiness.isFetching} onClick={() => void readiness.refetch()}>
            Look again
          </Button>
        }
      >
        Readiness
      </Header>
      <Problem error={readiness.error} />
      {!findings && !readiness.error && <Spinner size="large" />}
      {findings?.length === 0 && (
        <Container>
          <StatusIndicator type="success">
            <span className="words">Nothing found. Plans reach people, people can be reached, and nothing names what is gone.</span>
          </StatusIndicator>
        </Container>
      )}
      {severities.map(({ severity, title, meaning }) => {
        const of = findings?.filter((f) => f.Severity === severity) ?? [];
        return (
          of.length > 0 && (
            <Container
              key={severity}
              header={
                <Header variant="h2" counter={`(${of.length})`} description={meaning}>
                  {title}
                </Header>
              }
            >
              {kindsOf(of).map((alike) => (
                <Alike key={alike[0]!.Kind} findings={alike} />
              ))}
            </Container>
          )
        );
      })}
    </SpaceBetween>
  );
}

/** Findings of one kind: the first ones, and the rest on demand. */
function Alike({ findings }: { findings: Finding[] }) {
  const most = findings.length > 4 ? 3 : 4;
  const list = (some: Finding[]) => (
    <ul className="findings">
      {some.map((f) => (
        <Found key={`${f.ResourceArn} ${f.Message}`} finding={f} />
      ))}
    </ul>
  );
  return (
    <div className="alike">
      {list(findings.slice(0, most))}
      {findings.length > most && <ExpandableSection headerText={`${findings.length - most} more of this kind`}>{list(findings.slice(most))}</ExpandableSection>}
    </div>
  );
}

function Found({ finding }: { finding: Finding }) {
  const me = useMe();
  const contacts = useContacts();
  const place = placeOf(finding.ResourceArn, contacts.data ?? [], me.region);
  const plan = planToSimulate(finding);
  const message = sentence(finding.Message);
  return (
    <li>
      <SpaceBetween size="xxs">
        <StatusIndicator type={signs[finding.Severity]} iconAriaLabel={finding.Severity.toLowerCase()}>
          <span className="words finding">{message}</span>
        </StatusIndicator>
        <div className="mend">
          <Box color="text-body-secondary" display="inline">
            To do:{' '}
          </Box>
          <span className="anywhere">{finding.Recommendation}</span>
        </div>
        <div className="mend">
          {place.href ? <Link href={place.href}>Open {place.name}</Link> : place.name}
          {plan && (
            <>
              {' · '}
              <Link href={simulateHref({ plan })}>Simulate {plan}</Link>
            </>
          )}
        </div>
      </SpaceBetween>
    </li>
  );
}
