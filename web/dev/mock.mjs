// A stand-in for the server, for work on the console alone: it keeps sample
// data in memory, answers the operations the console uses, and serves the built
// site under the real content security policy. Never shipped.
//
//   node dev/mock.mjs [--empty] [--signed-out]     http://127.0.0.1:8119/
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { operations, sample } from './mock-data.mjs';

const port = Number(process.env.PORT ?? 8119);
const site = fileURLToPath(new URL('../../internal/console/dist/site', import.meta.url));
const types = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', txt: 'text/plain' };
const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const state = sample({ empty: process.argv.includes('--empty') });
let signedIn = !process.argv.includes('--signed-out');
let needsCredential = false;
const listeners = new Set();

const who = () =>
  signedIn
    ? { signedIn, needsCredential, person: { name: 'ann', rights: ['admin', 'responder'] }, account: '000000000000', region: 'us-east-1', version: 'dev', mail: 'outbox', passkeys: true }
    : { signedIn, passkeys: true };

const session = {
  '/api/session/link': () => ((signedIn = needsCredential = true), who()),
  '/api/session/password': (b) => {
    if (b.password !== 'open sesame now') throw { status: 401, __type: 'AccessDeniedException', message: 'The name or the password is wrong.' };
    signedIn = true;
    return who();
  },
  '/api/session/set-password': () => ((needsCredential = false), {}),
  '/api/session/sign-out': () => ((signedIn = false), {}),
};

function operate(path, body) {
  const [, , , service, operation] = path.split('/');
  const run = operations[service]?.[operation];
  if (!run) throw { status: 501, __type: 'NotImplementedException', message: `The mock has no ${service} ${operation}.` };
  const out = run(state, body) ?? {};
  if (!/^(List|Get|Describe|Test)/.test(operation)) for (const l of listeners) l.write('event: change\ndata: {"topics":["*"]}\n\n');
  return out;
}

function file(path, response) {
  const name = path === '/' ? '/index.html' : path;
  const packed = `${site}${name}.gz`;
  if (name.includes('..') || !existsSync(packed)) return response.writeHead(404).end();
  response.writeHead(200, { 'Content-Type': types[name.split('.').pop()] ?? 'application/octet-stream', 'Content-Security-Policy': csp });
  response.end(gunzipSync(readFileSync(packed)));
}

createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://x');
  if (pathname === '/api/live') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(': hello\n\n');
    listeners.add(response);
    request.on('close', () => listeners.delete(response));
    return;
  }
  if (!pathname.startsWith('/api/')) return file(pathname, response);
  let text = '';
  request.on('data', (c) => (text += c));
  request.on('end', () => {
    let out;
    let status = 200;
    try {
      const body = text ? JSON.parse(text) : {};
      if (pathname === '/api/session') out = who();
      else if (session[pathname]) out = session[pathname](body);
      else if (!signedIn) throw { status: 401, __type: 'AccessDeniedException', message: 'Sign in first.' };
      else out = operate(pathname, body);
    } catch (e) {
      status = e.status ?? 500;
      out = { __type: e.__type ?? 'InternalServerException', message: e.message };
    }
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(out));
  });
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`));
