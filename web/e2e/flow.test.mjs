// The whole flow in a real browser against the real server: signing in every
// way there is, getting prepared without a terminal, and scenario A from the
// event to the resolved incident.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, openBrowser } from './browser.mjs';
import { call, message, startServer } from './server.mjs';

let server, browser, page, faults;

before(async () => {
  server = await startServer();
  ({ browser, page, faults } = await openBrowser(server.url));
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const button = (name) => page.getByRole('button', { name, exact: true });
const heading = (name) => page.getByRole('heading', { name });
const seen = (text) => page.getByText(text).first().waitFor();
const go = async (hash) => {
  await page.goto(`${server.url}/#/${hash}`);
};

async function signOut() {
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading('Sign in').waitFor();
}

test('a person signs in by link, passkey and password', async () => {
  // A passkey of the browser's own, as a phone or a laptop has one.
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });

  await page.goto(server.url);
  await heading('Sign in').waitFor();
  await inspect(page, 'sign-in', faults);

  await page.goto(server.link);
  await heading('Welcome').waitFor();
  const { signedIn } = await page.evaluate(() => fetch('/api/session').then((r) => r.json()));
  assert.equal(signedIn, false, 'opening a link must not use it');
  await button('Sign in').click();
  await heading('Keep your access').waitFor();
  assert.ok(!page.url().includes('token'), 'the token must leave the address bar');
  await button('Use a passkey on this device').click();
  await heading('Incidents').waitFor();

  await go('settings');
  await page.getByLabel('New password').fill('correct horse battery');
  await button('Set password').click();
  await seen('Password set');

  await signOut();
  await button('Sign in with a passkey').click();
  await heading('Incidents').waitFor();
  await signOut();
  await page.getByLabel('Name').fill('admin');
  await page.getByLabel('Password').fill('not the password');
  await button('Sign in').click();
  await seen('The name or the password is wrong.');
  await page.getByLabel('Password').fill('correct horse battery');
  await button('Sign in').click();
  await heading('Incidents').waitFor();

  // The link is used up.
  const status = await page.evaluate(
    (token) => fetch('/api/session/link', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }) }).then((r) => r.status),
    server.link.split('token=')[1],
  );
  assert.equal(status, 401);
});

test('everything is prepared without a terminal', async () => {
  await go('prepare');
  await seen('0 of 5 done');
  await inspect(page, 'prepare', faults);
  await button('Create in us-east-1').click();
  await seen('1 of 5 done');

  await button('Add contact').click();
  await page.getByLabel('Name', { exact: true }).fill('Ann Lee');
  await page.getByLabel('E-mail address').fill('ann@example.org');
  await page.getByLabel(/Mobile number/).fill('+15550100');
  await button('Create contact').click();
  await heading('Ann Lee').waitFor();
  for (const [name, to] of [['E-mail', 'ann@example.org'], ['SMS', '+15550100']]) {
    const { Code } = await message(server, 'activation', to);
    await button(`Enter the code for ${name}`).click();
    await page.getByPlaceholder('123456').fill(Code);
    await button('Activate').click();
    await seen(`${name} is active`);
  }
  await inspect(page, 'contact', faults);

  await button('Send test page').click();
  const test = await message(server, 'page', 'ann@example.org');
  await button('Acknowledge the page to Ann Lee').first().click();
  await page.getByPlaceholder('123456').fill(test.Code);
  await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
  await seen('Acknowledged:');

  await go('prepare');
  await seen('3 of 5 done');
  await button('Create response plan').click();
  await page.getByLabel('Name', { exact: true }).fill('root-activity');
  await page.getByLabel('Title').fill('Root user activity');
  await page.getByRole('button', { name: /^Engage/ }).click();
  await page.getByRole('option', { name: /Ann Lee/ }).click();
  await page.keyboard.press('Escape');
  await inspect(page, 'plan', faults);
  await button('Create response plan').click();
  await seen('Response plan created');

  await go('prepare');
  await button('Create event rule').click();
  await page.getByRole('radio', { name: /^Root user activity/ }).click();
  await seen('The sample event matches');
  await page.getByLabel('Pattern (JSON)').fill('{"source": [{"nonsense": 1}]}');
  await seen('Event pattern is not valid');
  // What is probably not meant so is told, and mended at a click.
  await page.getByLabel('Pattern (JSON)').fill('{"source": ["aws.guarduty"],\n "detail-type": ["GuardDuty Finding"]}');
  await seen('Line 1: AWS sends no events from aws.guarduty');
  await seen('the pattern is about events from elsewhere');
  await inspect(page, 'rule-slip', faults);
  await page.getByRole('button', { name: /^Write aws.guardduty: / }).click();
  await page.getByText('AWS sends no events from').waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Pattern (JSON)').inputValue(), '{"source": ["aws.guardduty"],\n "detail-type": ["GuardDuty Finding"]}');
  await page.getByLabel('Pattern (JSON)').fill('{"source": ["aws.signin"], "detail": {"userIdentity": {"type": ["IAMUser"]}}}');
  await seen('The sample event does not match: detail.userIdentity.type "Root" is not in ["IAMUser"]');
  await page.getByRole('radio', { name: /^Your own pattern/ }).click();
  await page.getByRole('radio', { name: /^Root user activity/ }).click();
  await seen('The sample event matches');
  await page.getByRole('button', { name: /^Response plans/ }).click();
  await page.getByRole('option', { name: /root-activity/ }).click();
  await page.keyboard.press('Escape');
  await inspect(page, 'rule', faults);
  await button('Create event rule').click();
  await seen('Event rule created');

  // A rule is not written over by a new one of its name.
  await go('rules/new');
  await page.getByRole('radio', { name: /^Root user activity/ }).click();
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'root-activity-2');
  await page.getByLabel('Name', { exact: true }).fill('root-activity');
  await seen('There is an event rule of this name already');
  assert.equal(await button('Create event rule').isDisabled(), true);

  await go('prepare');
  await seen('You are prepared');
});

const signIn = (id) => ({
  Source: 'aws.signin',
  DetailType: 'AWS Console Sign In via CloudTrail',
  Detail: JSON.stringify({
    eventID: id,
    eventName: 'ConsoleLogin',
    eventSource: 'signin.amazonaws.com',
    awsRegion: 'us-east-1',
    sourceIPAddress: '198.51.100.7',
    userIdentity: { type: 'Root', arn: 'arn:aws:iam::111122223333:root', accountId: '111122223333' },
    additionalEventData: { MFAUsed: 'No' },
    responseElements: { ConsoleLogin: 'Success' },
  }),
});

test('a root sign-in pages, is acknowledged, is resolved', async () => {
  await go('incidents');
  await seen('No open incidents');
  const start = Date.now() / 1000 - 1;
  const put = await call(server, 'events', 'AWSEvents.PutEvents', { Entries: [signIn('one')] });
  assert.equal(put.FailedEntryCount, 0, JSON.stringify(put));

  // It comes up by itself, on the page that is open.
  const title = 'Root user activity: root-activity';
  await page.getByRole('link', { name: title }).waitFor();
  await seen('Not acknowledged; paged Ann Lee');
  await inspect(page, 'incidents', faults);
  const sent = await message(server, 'page', 'ann@example.org', start);
  await button(`Acknowledge ${title}`).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByPlaceholder('123456').fill(sent.Code === '000000' ? '000001' : '000000');
  await dialog.getByRole('button', { name: 'Acknowledge' }).click();
  await dialog.getByText('That did not work').waitFor();
  await dialog.getByPlaceholder('123456').fill(sent.Code);
  await dialog.getByRole('button', { name: 'Acknowledge' }).click();
  await seen('Acknowledged by Ann Lee');

  await page.getByRole('link', { name: title }).click();
  await heading(title).waitFor();
  await seen('198.51.100.7');
  await seen('"eventName": "ConsoleLogin"');
  await inspect(page, 'incident', faults);

  // The same again folds into the open incident, and is seen at once.
  await call(server, 'events', 'AWSEvents.PutEvents', { Entries: [signIn('two')] });
  await seen('Triggered again; added to this incident');

  await page.getByLabel('New note').fill('Called the owner.');
  await button('Add note').click();
  await seen('Called the owner.');
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await seen('Acknowledged by Ann Lee');
  await inspect(page, 'timeline', faults);
  await page.getByRole('tab', { name: 'Engagements' }).click();
  await page.getByRole('table', { name: 'Pages of Ann Lee' }).waitFor();
  await inspect(page, 'engagements', faults);

  await button('Resolve').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
  await seen('Incident resolved');
  await go('incidents');
  await seen('No open incidents');
  await page.getByRole('link', { name: title }).waitFor();
});

test('what is behind can be looked at', async () => {
  for (const [hash, name] of [['outbox', 'Outbox'], ['jobs', 'Pending jobs'], ['dead-letters', 'Dead letters'], ['audit', 'Audit'], ['settings', 'Settings'], ['contacts', 'Contacts'], ['escalation', 'Escalation plans'], ['plans', 'Response plans'], ['rules', 'Event rules']]) {
    await go(hash);
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    assert.equal(await page.getByText('That did not work').count(), 0, `${name} shows an error`);
    await inspect(page, hash, faults);
  }
});

test('nothing was asked elsewhere, nothing broke, nothing stuck out', () => {
  assert.deepEqual(faults, []);
});
