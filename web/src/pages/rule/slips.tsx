import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { RuleState } from '../../api/events';
import type { RuleFinding } from '../../api/tocsin';
import { signs } from '../../words/finding';
import { stateNames } from '../../words/rule';
import { sentence } from '../../words/sentence';

/** What the form says itself, beside the choice that it is about. */
const toldElsewhere = ['disabled', 'no-targets'];

interface Props {
  findings: RuleFinding[];
  /** Lines are those of the text on the screen. */
  placed: boolean;
  /** They are about what stands on the screen now, so that mending loses nothing that was typed since. */
  current: boolean;
  onPattern: (text: string) => void;
  onState: (state: RuleState) => void;
}

/** What is probably not meant so in a rule, with what to write instead at a click. */
export function Slips({ findings, placed, current, onPattern, onState }: Props) {
  const shown = findings.filter((f) => !toldElsewhere.includes(f.Id));
  const mend = (f: RuleFinding) => (f.BetterPattern !== undefined ? onPattern(f.BetterPattern) : onState(f.BetterState!));
  return (
    <SpaceBetween size="xxs">
      {shown.map((f) => (
        <div key={[f.Id, f.Line, f.Column, f.Message].join(' ')}>
          <StatusIndicator type={signs[f.Severity]} iconAriaLabel={f.Severity.toLowerCase()}>
            <span className="words">
              {placed && f.Line !== undefined ? `Line ${f.Line}: ${f.Message}` : sentence(f.Message)}
            </span>
          </StatusIndicator>{' '}
          {(f.BetterPattern !== undefined || f.BetterState !== undefined) && (
            <Button variant="inline-link" formAction="none" disabled={!current} onClick={() => mend(f)} ariaLabel={`${mending(f)}: ${f.Message}`}>
              {mending(f)}
            </Button>
          )}
        </div>
      ))}
    </SpaceBetween>
  );
}

const mending = (f: RuleFinding): string => (f.BetterState ? `Choose “${stateNames[f.BetterState]}”` : sentence(f.Advice ?? 'Mend it'));
