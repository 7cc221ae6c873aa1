import { useCallback, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { explain } from './api/call';
import { refresh } from './live';

export interface Act {
  busy: boolean;
  error: string | undefined;
  /** Does the work; answers true when it went well. Everything shown is fetched anew then. */
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

/** One thing a person asked for: whether it is under way, and what went wrong. */
export function useAct(): Act {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const run = useCallback(
    async (work: () => Promise<unknown>) => {
      setBusy(true);
      setError(undefined);
      try {
        await work();
        return true;
      } catch (e) {
        setError(explain(e));
        return false;
      } finally {
        setBusy(false);
        // Also after a failure: some of it may have been done.
        refresh(client, ['*']);
      }
    },
    [client],
  );
  const clear = useCallback(() => setError(undefined), []);
  return { busy, error, run, clear };
}
