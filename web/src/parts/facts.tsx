import type { ReactNode } from 'react';
import Badge from '@cloudscape-design/components/badge';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useNow } from '../now';
import { impactName } from '../words/impact';
import { ago, duration, instant } from '../words/time';
import { pretty } from '../words/story';
import type { Epoch } from '../api/incidents';

/** Impact as a coloured badge; the words carry the meaning, the colour only helps. */
export function Impact({ value }: { value: number }) {
  const colour = (['severity-critical', 'severity-high', 'severity-medium', 'severity-low', 'severity-neutral'] as const)[value - 1];
  return (
    <span className="unbroken">
      <Badge color={colour ?? 'severity-neutral'}>{impactName(value)}</Badge>
    </span>
  );
}

/** From start to end, or to now, ticking. */
export function Duration({ from, to }: { from: Epoch; to?: Epoch | null }) {
  const now = useNow();
  return <>{duration((to || now) - from)}</>;
}

/** How long ago, with the exact time on hover and for screen readers. */
export function Ago({ time }: { time: Epoch | null | undefined }) {
  const now = useNow();
  if (!time) return <>-</>;
  return (
    <time dateTime={new Date(time * 1000).toISOString()} title={instant(time)}>
      {ago(time, now)}
    </time>
  );
}

export function Status({ status }: { status: string }) {
  return status === 'OPEN' ? (
    <StatusIndicator type="error">Open</StatusIndicator>
  ) : (
    <StatusIndicator type="success">Resolved</StatusIndicator>
  );
}

/** JSON text set out readably, with a button that copies it. */
export function Json({ text, label }: { text: string; label: string }) {
  const shown = pretty(text);
  return (
    <div>
      <CopyToClipboard variant="inline" textToCopy={shown} textToDisplay="" copyButtonAriaLabel={`Copy ${label}`} copySuccessText="Copied" copyErrorText="Could not copy" />
      <pre className="json" tabIndex={0} aria-label={label}>
        {shown}
      </pre>
    </div>
  );
}

/** A name that people copy, such as an ARN. */
export function Copyable({ text, label }: { text: string; label: string }): ReactNode {
  return (
    <span className="anywhere">
      <CopyToClipboard variant="inline" textToCopy={text} copyButtonAriaLabel={`Copy ${label}`} copySuccessText="Copied" copyErrorText="Could not copy" />
    </span>
  );
}
