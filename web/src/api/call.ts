// One call of an operation: the console speaks the same operations, with the
// same members, as the AWS protocol; the session stands for the signature.

/** The services by their signing names. */
export type Service = 'ssm-incidents' | 'ssm-contacts' | 'events' | 'config' | 'guardduty' | 'tocsin';

/** A refusal by the server; `type` is AWS's exception name. */
export class CallError extends Error {
  readonly status: number;
  readonly type: string;
  readonly detail: Record<string, unknown>;

  constructor(status: number, type: string, message: string, detail: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.detail = detail;
  }
}

/** What a person reads when something went wrong. */
export function explain(error: unknown): string {
  if (error instanceof CallError) return error.message;
  if (error instanceof TypeError) return 'The server could not be reached. Check your connection and try again.';
  return error instanceof Error ? error.message : String(error);
}

let signedOut: () => void = () => undefined;

/** Registers what is done when the server says that the session has ended. */
export function onSignedOut(f: () => void): void {
  signedOut = f;
}

async function answer<T>(response: Response, path: string): Promise<T> {
  const body = await response.text();
  let value: unknown = {};
  try {
    if (body !== '') value = JSON.parse(body);
  } catch {
    // Not JSON: a proxy's page, perhaps. The status says enough.
  }
  if (response.ok) return value as T;
  if (response.status === 401 && !path.startsWith('/api/session') && !path.startsWith('/api/passkey')) signedOut();
  const members = (value ?? {}) as Record<string, unknown>;
  const type = typeof members['__type'] === 'string' ? members['__type'] : `HTTP ${response.status}`;
  const message = members['message'] ?? members['Message'];
  throw new CallError(
    response.status,
    type,
    typeof message === 'string' && message !== '' ? message : `The server answered ${response.status} (${type}).`,
    members,
  );
}

/** Posts JSON to a path of this server. */
export async function post<T>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'same-origin',
    signal: signal ?? null,
  });
  return answer<T>(response, path);
}

/** Gets JSON from a path of this server. */
export async function get<T>(path: string): Promise<T> {
  return answer<T>(await fetch(path, { credentials: 'same-origin', headers: { Accept: 'application/json' } }), path);
}

/** Calls one operation of a service. */
export function op<T>(service: Service, operation: string, input: unknown = {}, signal?: AbortSignal): Promise<T> {
  return post<T>(`/api/op/${service}/${operation}`, input, signal);
}

/** Follows the paging token of a list operation to its end, or to `most` items. */
export async function all<T>(
  service: Service,
  operation: string,
  input: Record<string, unknown>,
  items: string,
  most = 1000,
): Promise<T[]> {
  const token = service === 'ssm-incidents' || service === 'guardduty' ? 'nextToken' : 'NextToken';
  const out: T[] = [];
  let next: unknown;
  do {
    const page = await op<Record<string, unknown>>(service, operation, next ? { ...input, [token]: next } : input);
    out.push(...((page[items] as T[] | undefined) ?? []));
    next = page[token];
  } while (next && out.length < most);
  return out;
}

/** A fresh idempotency token. */
export function token(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}
