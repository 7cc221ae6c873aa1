// What starts incidents by itself, and how the console tells of it: sources, checks, findings.
// The real server, a real browser, and events that are really posted.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { inspect, openBrowser } from './browser.mjs';
import { call, startServer } from './server.mjs';
import { operate, responsePlan } from './world.mjs';

const widths = [1280, 768, 375];
const secret = 'sixteen characters';
const sources = [
  { kind: 'webhook', name: 'eventbridge', token: secret, header: 'X-Api-Key' },
  { kind: 'webhook', name: 'edr', token: secret, eventSource: 'edr', detailType: '$.kind' },
  // Nothing listens there.
  { kind: 'sqs', name: 'trail-queue', url: 'http://127.0.0.1:9/111122223333/trail-logs', endpoint: 'http://127.0.0.1:9', region: 'us-east-1', accessKeyId: 'AKIDE2E', secretAccessKey: secret },
];

// A store with one bucket, which everybody may read while `open` is true.
const store = { open: true };
const xml = (text) => `<?xml version="1.0" encoding="UTF-8"?>${text}`;
const grant = '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>';
const s3 = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://s3');
  const missing = { policy: 'NoSuchBucketPolicy', publicAccessBlock: 'NoSuchPublicAccessBlockConfiguration', ownershipControls: 'OwnershipControlsNotFoundError' };
  const none = Object.entries(missing).find(([name]) => searchParams.has(name));
  response.writeHead(none ? 404 : 200, { 'Content-Type': 'application/xml' });
  if (none) response.end(xml(`<Error><Code>${none[1]}</Code></Error>`));
  else if (pathname === '/') response.end(xml('<ListAllMyBucketsResult><Buckets><Bucket><Name>exports</Name></Bucket></Buckets></ListAllMyBucketsResult>'));
  else response.end(xml(`<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>${store.open ? grant : ''}</AccessControlList></AccessControlPolicy>`));
});

let server, browser, page, faults;

const link = (name) => page.getByRole('link', { name, exact: true });
const button = (name) => page.getByRole('button', { name, exact: true });
const heading = (name) => page.getByRole('heading', { name });
const seen = (text) => page.getByText(text).first().waitFor();
const go = async (hash) => {
  await page.goto(`${server.url}/#/${hash}`);
};

async function signIn() {
  await page.goto(server.link);
  await button('Sign in').click();
  await page.getByLabel('New password').fill('correct horse battery');
  await page.getByRole('button', { name: /Set password/ }).click();
  await heading('Incidents').waitFor();
}

before(async () => {
  await new Promise((resolve) => s3.listen(0, '127.0.0.1', resolve));
  // A day passes before it looks again by itself.
  const watch = { s3: { endpoint: `http://127.0.0.1:${s3.address().port}`, region: 'us-east-1', accessKeyId: 'AKIDE2E', secretAccessKey: secret, interval: '24h' } };
  server = await startServer({ TOCSIN_SOURCES: JSON.stringify(sources), TOCSIN_WATCH: JSON.stringify(watch) });
  ({ browser, page, faults } = await openBrowser(server.url));
  await signIn();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  s3.closeAllConnections();
  s3.close();
});

/** Posts to a source as its sender does. */
const post = (name, headers, body) => fetch(`http://127.0.0.1:${server.port}/ingest/${name}`, { method: 'POST', headers, body });

const cards = () => page.getByRole('list', { name: 'Sources' }).getByRole('listitem');
const card = (name) => cards().filter({ has: page.getByRole('heading', { name, exact: true }) });
/** Waits until a source's card says something under a label. */
const says = (name, label, text) => card(name).locator('dt', { hasText: new RegExp(`^${label}$`) }).locator('xpath=..').getByText(text).first().waitFor();

test('each source shows how it does, and the page follows by itself', async () => {
  await go('sources');
  await heading('Sources').waitFor();
  await card('eventbridge').getByText('Quiet: nothing has come since the server started').waitFor();
  await card('trail-queue').getByText(/^In trouble for/).waitFor();
  assert.equal(await cards().getByRole('heading').first().textContent(), 'trail-queue', 'trouble stands first');
  await card('eventbridge').getByText(`${server.url}/ingest/eventbridge`).waitFor();
  assert.equal(await card('trail-queue').getByText('Senders post to').count(), 0, 'nobody posts to what fetches');

  const happened = new Date(Date.now() - 3600_000).toISOString();
  const event = { version: '0', id: 'one', source: 'aws.signin', 'detail-type': 'AWS Console Sign In via CloudTrail', account: '111122223333', region: 'us-east-1', time: happened, resources: [], detail: { eventID: 'one' } };
  assert.equal((await post('eventbridge', { 'X-Api-Key': secret }, JSON.stringify(event))).status, 200);
  await card('eventbridge').getByText('Well', { exact: true }).waitFor();
  await says('eventbridge', 'Received', '1');
  await says('eventbridge', 'Rate', '1/min');
  await says('eventbridge', 'Lag', /^1 h/);
  await inspect(page, 'sources', faults, widths);
});

test('what a source could not read is one click away', async () => {
  assert.equal((await post('edr', { Authorization: `Bearer ${secret}` }, '{"no": "kind"}')).status, 400);
  await go('sources');
  await says('edr', 'Refused', '1');
  await card('edr').getByRole('link', { name: 'One dead letter' }).click();
  await heading('Dead letters').waitFor();
  await link('source edr').waitFor();
  await button('Show message of edr').click();
  await page.getByRole('dialog').getByText('"no": "kind"').waitFor();
  await page.keyboard.press('Escape');
  await inspect(page, 'dead-letters-of-source', faults, widths);
  await go('dead-letters?source=eventbridge');
  await seen('All it brought could be read.');
  await link('Show all').click();
  await link('source edr').waitFor();
});

const config = (operation, input) => call(server, 'config', `StarlingDoveService.${operation}`, input);
const inTable = (table, text) => page.getByRole('grid', { name: table }).getByText(text).first().waitFor();

test('checks tell what is open, and are evaluated on demand', async () => {
  await go('checks');
  await heading('No checks yet').waitFor();
  await inspect(page, 'checks-none', faults, widths);

  await config('PutConfigurationRecorder', { ConfigurationRecorder: { name: 'default', roleARN: 'arn:aws:iam::000000000000:role/config' } });
  await config('PutConfigRule', { ConfigRule: { ConfigRuleName: 's3-bucket-public-read-prohibited', Source: { Owner: 'AWS', SourceIdentifier: 'S3_BUCKET_PUBLIC_READ_PROHIBITED' } } });
  await config('PutConfigRule', { ConfigRule: { ConfigRuleName: 'trails', Source: { Owner: 'AWS', SourceIdentifier: 'CLOUD_TRAIL_ENABLED' } } });
  await config('PutConfigRule', { ConfigRule: { ConfigRuleName: 'disks', Description: 'Disks are encrypted', Source: { Owner: 'CUSTOM_LAMBDA', SourceIdentifier: 'arn:aws:lambda:us-east-1:000000000000:function:disks', SourceDetails: [{ EventSource: 'aws.config', MessageType: 'ConfigurationItemChangeNotification' }] } } });
  await config('PutEvaluations', { ResultToken: 'disks', Evaluations: [{ ComplianceResourceType: 'AWS::EC2::Volume', ComplianceResourceId: 'vol-1', ComplianceType: 'COMPLIANT', OrderingTimestamp: Date.now() / 1000 }] });

  // It comes up on the page that is open.
  await inTable('Not compliant', 'exports');
  await inTable('Not compliant', 'The S3 bucket ACL allows public read access.');
  await inTable('Rules', '1 not compliant');
  await inTable('Rules', 'Nothing evaluates this rule: tocsin.yaml has no watch "cloudtrail"');
  await inTable('Rules', 'Judged from outside');
  await inspect(page, 'checks', faults, widths);

  store.open = false;
  await button('Evaluate now: s3-bucket-public-read-prohibited').click();
  await seen('Nothing breaks a rule');
  await page.getByRole('grid', { name: 'Rules' }).getByText('Compliant', { exact: true }).nth(1).waitFor(); // of two rules
  store.open = true;
  await button('Evaluate all now').click();
  await inTable('Not compliant', 'exports');
});

const open = async () => {
  const { incidentRecordSummaries } = await operate(page, 'ssm-incidents', 'ListIncidentRecords', { filters: [{ key: 'status', condition: { equals: { stringValues: ['OPEN'] } } }] });
  return incidentRecordSummaries;
};

test('a finding leads to its incident, and is archived', async () => {
  await go('findings');
  await heading('No findings yet').waitFor();
  await inspect(page, 'findings-none', faults, widths);

  await operate(page, 'ssm-incidents', 'CreateReplicationSet', { regions: { 'us-east-1': {} } });
  await responsePlan(page, 'drill');
  await call(server, 'events', 'AWSEvents.PutRule', { Name: 'drill', EventPattern: '{"source": ["aws.guardduty"], "detail": {"severity": [{"numeric": [">=", 7]}]}}' });
  await call(server, 'events', 'AWSEvents.PutTargets', { Rule: 'drill', Targets: [{ Id: 'plan', Arn: 'arn:aws:ssm-incidents::000000000000:response-plan/drill' }] });
  const { detectorId } = await operate(page, 'guardduty', 'CreateDetector', { enable: true });
  const types = ['AttackSequence:S3/CompromisedData', 'Recon:EC2/Portscan', 'CryptoCurrency:EC2/BitcoinTool.B'];
  await operate(page, 'guardduty', 'CreateSampleFindings', { detectorId, findingTypes: types });

  // They come up on the page that is open; those from 7 have an incident.
  const row = (type) => page.getByRole('row').filter({ hasText: type });
  await row(types[0]).getByText('9 Critical').waitFor();
  await row(types[1]).getByText('Instance in 000000000000, us-east-1').first().waitFor();
  await row(types[0]).getByRole('link', { name: 'Open incident' }).waitFor();
  assert.equal(await row(types[1]).getByRole('link', { name: 'Open incident' }).count(), 0);
  await inspect(page, 'findings', faults, widths);
  await row(types[2]).getByRole('button').first().click();
  await page.getByRole('dialog').getByText('"instanceId": "i-99999999"').waitFor();
  await page.keyboard.press('Escape');
  await row(types[2]).getByRole('link', { name: 'Open incident' }).click();
  const { title } = (await open()).find((i) => page.url().endsWith(i.arn.split('/').pop()));
  await heading(title).waitFor();
  await seen(types[2]);

  await go('findings');
  await row(types[1]).getByRole('button', { name: /^Archive/ }).click();
  await row(types[1]).waitFor({ state: 'detached' });
  await button('Archived').click();
  await row(types[1]).getByText('Medium').waitFor();
  await row(types[1]).getByRole('button', { name: /^Unarchive/ }).click();
  await seen('Nothing is archived');
});

test('nothing was asked elsewhere, nothing broke, nothing stuck out', () => {
  assert.deepEqual(faults, []);
});
