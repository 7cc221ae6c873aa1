// Starts the real server for a test, calls it as an AWS client does, and reads
// what it would have sent.
import { spawn } from 'node:child_process';
import { createHash, createHmac, randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = process.env.TOCSIN_BIN ?? fileURLToPath(new URL('../../bin/tocsin', import.meta.url));
const region = 'us-east-1';

// Below the ports that systems give to outgoing connections, so that nobody takes it before the server does.
const freePort = (tries = 100) =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', (e) => (tries > 1 ? resolve(freePort(tries - 1)) : reject(e)));
    probe.listen(randomInt(10_000, 30_000), '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** Starts a server on an empty folder, without a mail server, and waits until it is ready; `more` is added to its environment. */
export async function startServer(more = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-e2e-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const key = { id: 'AKIDE2E', secret: randomBytes(24).toString('hex') };
  const env = { PATH: process.env.PATH, HOME: folder, TOCSIN_ACCESS_KEY_ID: key.id, TOCSIN_SECRET_ACCESS_KEY: key.secret, ...more };
  const child = spawn(bin, ['serve', '--listen', `127.0.0.1:${port}`, '--url', url, '--data', join(folder, 'data')], { env, cwd: folder });
  let said = '';
  child.stdout.on('data', (d) => (said += d));
  child.stderr.on('data', (d) => (said += d));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const link = () => said.match(/http:\/\/\S+#\/link\?token=\S+(?=\s)/)?.[0]; // once it is there as a whole
  for (let tries = 0; ; tries++) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then((r) => r.ok, () => false);
    if (ready && link()) break;
    if (child.exitCode !== null || tries > 1200) {
      await stop();
      throw new Error(`the server did not get ready:\n${said}`);
    }
    await new Promise((r) => setTimeout(r, 100));
  }
  return { url, port, key, link: link(), stop, log: () => said };
}

const hash = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/** Calls an awsJson 1.1 operation, signed with the server's first key. */
export async function call(server, service, target, input) {
  const body = JSON.stringify(input);
  const host = `127.0.0.1:${server.port}`;
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const day = stamp.slice(0, 8);
  const headers = { 'content-type': 'application/x-amz-json-1.1', host, 'x-amz-date': stamp, 'x-amz-target': target };
  const names = Object.keys(headers).sort();
  const canonical = ['POST', '/', '', ...names.map((n) => `${n}:${headers[n]}`), '', names.join(';'), hash(body)].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const secret = scope.split('/').reduce((k, part) => hmac(k, part), `AWS4${server.key.secret}`);
  const signature = hmac(secret, ['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n')).toString('hex');
  const { host: _, ...sent } = headers;
  const response = await fetch(`http://${host}/`, {
    method: 'POST',
    body,
    headers: { ...sent, Authorization: `AWS4-HMAC-SHA256 Credential=${server.key.id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}` },
  });
  const answer = JSON.parse((await response.text()) || '{}'); // an operation may answer with nothing
  if (!response.ok) throw new Error(`${target}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** The newest message of a kind to an address, once it is in the outbox. */
export async function message(server, kind, to, after = 0) {
  for (let tries = 0; tries < 600; tries++) {
    const { Messages } = await call(server, 'tocsin', 'Tocsin.ListOutbox', {});
    const found = Messages.find((m) => m.Kind === kind && m.To === to && m.Time > after);
    if (found) return found;
    await new Promise((r) => setTimeout(r, 100));
  }
  throw new Error(`no ${kind} to ${to} came:\n${server.log()}`);
}
