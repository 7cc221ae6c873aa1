import type { ReactNode } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAct } from '../act';
import { go } from '../route';
import { Problem } from './feedback';

interface DialogProps {
  title: string;
  verb: string;
  work: () => Promise<unknown>;
  onClose: () => void;
  onDone?: () => void;
  /** False while the form cannot be sent yet. */
  ready?: boolean;
  size?: 'small' | 'medium' | 'large';
  children: ReactNode;
}

/** A form in a dialog; Enter sends it. */
export function FormDialog({ title, verb, work, onClose, onDone, ready = true, size = 'medium', children }: DialogProps) {
  const act = useAct();
  const send = async () => {
    if (!ready || act.busy) return;
    if (await act.run(work)) {
      onClose();
      onDone?.();
    }
  };
  return (
    <Modal
      visible
      size={size}
      header={title}
      onDismiss={onClose}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={act.busy} disabled={!ready} onClick={() => void send()}>
              {verb}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void send();
        }}
      >
        <SpaceBetween size="l">
          {children}
          <Problem error={act.error} />
        </SpaceBetween>
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Modal>
  );
}

interface PageProps {
  verb: string;
  work: () => Promise<unknown>;
  /** Where to go when it is done or given up. */
  back: string;
  onDone?: () => void;
  ready?: boolean;
  children: ReactNode;
}

/** A form that is a page of its own. */
export function FormPage({ verb, work, back, onDone, ready = true, children }: PageProps) {
  const act = useAct();
  const send = async () => {
    if (!ready || act.busy) return;
    if (await act.run(work)) {
      if (onDone) onDone();
      else go(back);
    }
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button formAction="none" variant="link" onClick={() => go(back)}>
              Cancel
            </Button>
            <Button variant="primary" loading={act.busy} disabled={!ready} formAction="submit">
              {verb}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          {children}
          <Problem error={act.error} />
        </SpaceBetween>
      </Form>
    </form>
  );
}
