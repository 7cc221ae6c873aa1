// Live updates: the server tells which topics changed, and what is shown of them is fetched anew.
import { useEffect } from 'react';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';

/** The first part of a query's key: what it is about. */
export const topics = [
  'incident',
  'engagement',
  'contact',
  'rotation',
  'plan',
  'rule',
  'outbox',
  'job',
  'audit',
  'dead-letter',
  'source',
  'config',
  'finding',
  'replication',
  'key',
  'person',
] as const;
export type Topic = (typeof topics)[number];

const known = new Set<string>(topics);

// The server tells these apart; what is shown of them is fetched with something else.
const within: Record<string, Topic[]> = { timeline: ['incident'], tag: ['incident', 'plan', 'contact'] };

/** Fetches anew what is on screen of these topics; a topic we do not know stands for all. */
export function refresh(client: QueryClient, changed: Iterable<string>): void {
  const list = new Set([...changed].flatMap((t) => within[t] ?? [t]));
  const everything = [...list].some((t) => !known.has(t));
  void client.invalidateQueries({
    predicate: (q) => known.has(String(q.queryKey[0])) && (everything || list.has(String(q.queryKey[0]))),
  });
}

/** Listens to the server while the component is shown. */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    const pending = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lost = false;
    const flush = () => {
      timer = undefined;
      refresh(client, pending);
      pending.clear();
    };
    let source: EventSource;
    let again: ReturnType<typeof setTimeout> | undefined;
    const listen = () => {
      source = new EventSource('/api/live');
      source.addEventListener('change', (event) => {
        try {
          const { topics: changed } = JSON.parse((event as MessageEvent<string>).data) as { topics: string[] };
          changed.forEach((t) => pending.add(t));
        } catch {
          pending.add('*');
        }
        // A storm of commits becomes a few fetches.
        timer ??= setTimeout(flush, 250);
      });
      source.addEventListener('error', () => {
        lost = true;
        // Browsers try again by themselves, but not after an answer such as 503.
        if (source.readyState !== EventSource.CLOSED) return;
        again = setTimeout(listen, 3000);
        void client.invalidateQueries({ queryKey: ['session'] });
      });
      source.addEventListener('open', () => {
        // What happened while the connection was down was not told.
        if (lost) refresh(client, ['*']);
        lost = false;
      });
    };
    listen();
    return () => {
      clearTimeout(again);
      clearTimeout(timer);
      source.close();
    };
  }, [client]);
}
