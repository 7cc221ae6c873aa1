import { useState, type ReactNode } from 'react';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { explain } from '../api/call';
import { useAct } from '../act';

/** What went wrong, said so that it is also read out. */
export function Problem({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <Alert type="error" header="That did not work">
      {typeof error === 'string' ? error : explain(error)}
    </Alert>
  );
}

/** What must not be overlooked: nobody would be woken. */
export function Loud({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="loud" role="alert">
      <Box variant="h2" fontSize="heading-xl" color="inherit">
        {title}
      </Box>
      <Box color="inherit">{children}</Box>
    </div>
  );
}

/** A table's or list's text while there is nothing in it. */
export function Nothing({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: 'm' }}>
      <SpaceBetween size="xs">
        <Box variant="strong" color="inherit">
          {title}
        </Box>
        {children && (
          <Box variant="p" color="inherit">
            {children}
          </Box>
        )}
        {action}
      </SpaceBetween>
    </Box>
  );
}

interface AskProps {
  title: string;
  children: ReactNode;
  /** The word on the button that does it. */
  verb: string;
  work: () => Promise<unknown>;
  onClose: () => void;
  onDone?: () => void;
}

/** Asks before something that cannot be taken back. */
export function Ask({ title, children, verb, work, onClose, onDone }: AskProps) {
  const act = useAct();
  const confirm = async () => {
    if (await act.run(work)) {
      onClose();
      onDone?.();
    }
  };
  return (
    <Modal
      visible
      header={title}
      onDismiss={onClose}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={act.busy} onClick={() => void confirm()}>
              {verb}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>{children}</div>
        <Problem error={act.error} />
      </SpaceBetween>
    </Modal>
  );
}

/** A button that asks first. */
export function AskButton({
  label,
  disabled,
  inline,
  ...ask
}: Omit<AskProps, 'onClose'> & { label: string; disabled?: boolean; inline?: boolean }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button variant={inline ? 'inline-link' : 'normal'} disabled={disabled} onClick={() => setAsking(true)}>
        {label}
      </Button>
      {asking && <Ask {...ask} onClose={() => setAsking(false)} />}
    </>
  );
}
