// Hash routes: the server needs to know one page only, and links survive any proxy.
import { useSyncExternalStore } from 'react';

export interface Route {
  /** The parts of the path, decoded: "#/contacts/alice" gives ["contacts", "alice"]. */
  path: string[];
  query: URLSearchParams;
}

/** Reads a hash such as "#/incidents/plan/id?tab=timeline". */
export function parseHash(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The hash of a path; every part is escaped. */
export function href(...parts: string[]): string {
  return '#/' + parts.map(encodeURIComponent).join('/');
}

/** Goes to another page of the console. */
export function go(hash: string): void {
  window.location.hash = hash;
}

const subscribe = (changed: () => void) => {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
};

/** The current hash; the component renders anew when it changes. */
export function useRoute(): Route {
  return parseHash(useSyncExternalStore(subscribe, () => window.location.hash));
}
