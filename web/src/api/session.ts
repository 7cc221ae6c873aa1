import { get, post } from './call';

export type Right = 'admin' | 'responder' | 'ingest' | 'read';

export interface Session {
  signedIn: boolean;
  person?: { name: string; rights: Right[] };
  account?: string;
  region?: string;
  version?: string;
  /** How mail leaves: "outbox" means that nothing is really sent. */
  mail?: 'smtp' | 'outbox';
  /** True when the person signed in by link and has neither password nor passkey. */
  needsCredential?: boolean;
  /** Whether passkeys work at the address this page came from. */
  passkeys?: boolean;
}

export const session = (): Promise<Session> => get('/api/session');
export const signInByLink = (token: string): Promise<Session> => post('/api/session/link', { token });
export const signInByPassword = (name: string, password: string): Promise<Session> =>
  post('/api/session/password', { name, password });
export const setPassword = (password: string): Promise<void> => post('/api/session/set-password', { password });
export const signOut = (): Promise<void> => post('/api/session/sign-out');

/** Whether this browser, on this address, can use passkeys at all. */
export const passkeysWork = (s: Session): boolean => s.passkeys === true && window.isSecureContext && 'PublicKeyCredential' in window;

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

interface Descriptor {
  id: string;
  type: 'public-key';
  transports?: AuthenticatorTransport[];
}
const known = (list: Descriptor[] | undefined) => (list ?? []).map((d) => ({ ...d, id: bytes(d.id) }));

/** Makes a passkey on this device and registers it for the signed-in person. */
export async function registerPasskey(): Promise<void> {
  const { publicKey } = await post<{ publicKey: any }>('/api/passkey/register/begin');
  const made = (await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: known(publicKey.excludeCredentials),
    },
  })) as PublicKeyCredential | null;
  if (!made) throw new Error('No passkey was made.');
  const response = made.response as AuthenticatorAttestationResponse;
  await post('/api/passkey/register/finish', {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
    clientExtensionResults: made.getClientExtensionResults(),
  });
}

/** Signs in with a passkey of this device; the passkey says who it is. */
export async function signInByPasskey(): Promise<Session> {
  const { publicKey } = await post<{ publicKey: any }>('/api/passkey/sign-in/begin');
  const got = (await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: known(publicKey.allowCredentials),
    },
  })) as PublicKeyCredential | null;
  if (!got) throw new Error('No passkey was chosen.');
  const response = got.response as AuthenticatorAssertionResponse;
  return post('/api/passkey/sign-in/finish', {
    id: got.id,
    rawId: text(got.rawId),
    type: got.type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : undefined,
    },
    clientExtensionResults: got.getClientExtensionResults(),
  });
}
