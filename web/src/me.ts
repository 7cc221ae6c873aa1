import { createContext, useContext } from 'react';
import type { Right, Session } from './api/session';

export interface Me extends Session {
  /** Asks the server anew who is signed in. */
  reload: () => Promise<void>;
  /** Shows a message at the top of the page. */
  flash: (kind: 'success' | 'error' | 'info', text: string) => void;
}

export const MeContext = createContext<Me>({ signedIn: false, reload: async () => undefined, flash: () => undefined });

/** Who is signed in. */
export const useMe = (): Me => useContext(MeContext);

/** Whether the signed-in person has a right; an admin may do what a responder may. */
export function useMay(right: Right): boolean {
  const rights = useMe().person?.rights ?? [];
  return rights.includes(right) || ((right === 'responder' || right === 'read') && rights.includes('admin'));
}
