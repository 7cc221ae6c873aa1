// Who is woken, when and why: what the console tells of it before it happens.
// The real server, a real browser; plans and people are made by the API.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { inspect, openBrowser } from './browser.mjs';
import { call, startServer } from './server.mjs';
import { contactArn, escalation, operate, person, responsePlan } from './world.mjs';

let server, browser, page, faults;

const button = (name) => page.getByRole('button', { name, exact: true });
const link = (name) => page.getByRole('link', { name, exact: true });
const heading = (name) => page.getByRole('heading', { name, exact: true });
const seen = (text) => page.getByText(text).first().waitFor();
const go = async (hash) => {
  await page.goto(`${server.url}/#/${hash}`);
};

before(async () => {
  server = await startServer();
  ({ browser, page, faults } = await openBrowser(server.url));
  await page.goto(server.link);
  await button('Sign in').click();
  await page.getByLabel('New password').fill('correct horse battery');
  await page.getByRole('button', { name: /Set password/ }).click();
  await heading('Incidents').waitFor();
  await operate(page, 'ssm-incidents', 'CreateReplicationSet', { regions: { 'us-east-1': {} } });
  await person(server, 'ann', 'Ann Lee');
  await person(server, 'bob', 'Bob Stone');
  await escalation(server, 'team', 'Security team', 'ann', 'bob');
  await escalation(server, 'ghosts', 'Ghosts', 'gone');
  await responsePlan(page, 'root-activity', 'team');
  await responsePlan(page, 'backups', 'ghosts');
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The lines of a simulation, as "+15 min: Bob Stone is paged by E-mail". */
const forecast = () =>
  page.locator('.forecast > li').evaluateAll((items) =>
    items.flatMap((item) => [...item.querySelectorAll('ul > li strong')].map((what) => `${item.querySelector('.when').lastElementChild.textContent}: ${what.textContent}`)),
  );

/** Goes on with the Tab key until what is named has the focus. */
async function tabTo(name) {
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(() => `${document.activeElement.getAttribute('aria-label') ?? ''} ${document.activeElement.textContent}`.trim());
    if (here === name || here.startsWith(`${name} `)) return;
  }
  throw new Error(`the Tab key does not lead to ${name}`);
}

test('a plan is simulated from its page, link for link', async () => {
  await go('plans/root-activity');
  await page.locator('a[href="#/simulate?plan=root-activity"]').click();
  await seen('Runs dry after 30 min');
  await inspect(page, 'simulate', faults);
  assert.deepEqual(await forecast(), [
    'at once: Ann Lee is paged by E-mail',
    '+10 min: Ann Lee is paged by SMS',
    '+15 min: Bob Stone is paged by E-mail',
    '+25 min: Bob Stone is paged by SMS',
    '+30 min: The plan has run dry',
  ]);
  await seen('Security team, stage 2');

  // Ann answers after twelve minutes: Bob sleeps on. By keyboard alone.
  await page.getByRole('button', { name: /^Scenario/ }).focus();
  await tabTo('Add acknowledgment');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /Who acknowledges, 1/ }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('Ann');
  await page.keyboard.press('Enter');
  await tabTo('Minutes after the start, 1');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('12');
  await page.keyboard.press('Enter');
  await seen('Ann Lee acknowledges after 12 min');
  assert.deepEqual(await forecast(), ['at once: Ann Lee is paged by E-mail', '+10 min: Ann Lee is paged by SMS', '+12 min: Ann Lee acknowledges', '+12 min: The plan of Security team ends']);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'What would happen', 'the answer gets the focus');

  // The link alone says the same.
  await page.reload();
  await seen('Ann Lee acknowledges after 12 min');
});

test('what fails is told, and that nobody is reached cannot be overlooked', async () => {
  await go('simulate?contact=team&at=2026-12-25T03:00:00Z&fail=EMAIL&fail=bob%2FSMS');
  await seen('Runs dry after 30 min');
  const lines = await forecast();
  assert.equal(lines[0], 'at once: The page to Ann Lee by E-mail fails');
  assert.ok(lines.includes('+10 min: Ann Lee is paged by SMS'), lines.join('\n'));
  assert.ok(lines.includes('+25 min: The page to Bob Stone by SMS fails'), lines.join('\n'));

  await go('simulate?plan=backups');
  await page.getByRole('alert').getByText('Nobody would be reached').waitFor();
  await inspect(page, 'simulate-nobody', faults);

  await go('simulate?plan=no-such-plan');
  await seen('That did not work');
});

test('readiness tells what would fail and leads to where it is mended', async () => {
  await go('readiness');
  await seen('Stage 1 of ghosts names gone, which does not exist');
  await seen('An incident of backups would reach nobody');
  await inspect(page, 'readiness', faults);
  await button('Open side navigation').click(); // it went when the window was narrow
  await page.getByRole('navigation', { name: 'Side navigation' }).first().getByText(/^\d+\s+errors?$/).waitFor();
  await go('incidents');
  await seen(/things would fail at three in the morning/);
  await link('What to mend').click();
  await link('Simulate backups').click();
  await seen('Nobody would be reached');

  await go('readiness');
  await link('Open Ghosts').first().click();
  await heading('Ghosts').waitFor();
  await page.getByRole('button', { name: /Contact 1 of stage 1/ }).click();
  await page.getByRole('option', { name: /Bob Stone/ }).click();
  await button('Save').click();
  await seen('Escalation plan saved');
  await go('readiness');
  await seen('Looked just now');
  await page.getByText('names gone').waitFor({ state: 'detached' });
  assert.equal(await page.getByText('An incident of backups would reach nobody').count(), 0);
});

const onCall = async () => (await call(server, 'tocsin', 'Tocsin.ListOnCall', { ContactId: 'security-nights' })).Schedules[0];

const tagsOf = async (alias) => {
  const { Tags } = await call(server, 'ssm-contacts', 'SSMContacts.ListTagsForResource', { ResourceARN: contactArn(alias) });
  return Object.fromEntries(Tags.map((t) => [t.Key, t.Value]));
};

// The words of an earlier saving may still stand on the page, so what was saved is waited for.
const tagsBecome = async (alias, want) => {
  for (let i = 0; i < 600 && !isDeepStrictEqual(await tagsOf(alias), want); i++) await page.waitForTimeout(100);
  assert.deepEqual(await tagsOf(alias), want);
};

test('plan options are tags, and the plan follows them', async () => {
  await call(server, 'ssm-contacts', 'SSMContacts.TagResource', { ResourceARN: contactArn('team'), Tags: [{ Key: 'owner', Value: 'me' }] });
  await go('escalation/team');
  await heading('Security team').waitFor();
  await page.getByLabel('Minutes until the next stage').first().fill('45');
  await page.getByLabel('Repeat').fill('21');
  await seen('0 to 20, or empty.');
  assert.ok(await button('Save').isDisabled());
  await page.getByLabel('Repeat').fill('1');
  await page.getByRole('button', { name: /^Fallback/ }).click();
  await page.getByRole('option', { name: /^Ghosts/ }).click();
  await page.getByLabel('Page again after acknowledgment (min)').fill('90');
  await inspect(page, 'escalation-options', faults);
  await button('Save').click();
  await seen('Escalation plan saved');
  await tagsBecome('team', {
    owner: 'me',
    'tocsin/repeat': '1',
    'tocsin/fallback': contactArn('ghosts'),
    'tocsin/ack-minutes': '90',
    'tocsin/stage-minutes': '45 15',
  });
  await seen('Repeats once, then pages Ghosts, begins anew 1 h 30 min after an acknowledgment');
  await go('plans/root-activity');
  await seen('Repeats once, then pages Ghosts, begins anew 1 h 30 min after an acknowledgment');
  await go('simulate?plan=root-activity');
  await seen('The plan of Security team begins anew');
  assert.ok((await forecast()).includes('+45 min: Bob Stone is paged by E-mail'), 'the second stage begins after 45 minutes');

  // A person's plan: the step after an hour, and what comes after the last.
  await go('contacts/ann');
  await page.getByLabel('Minutes from the start of step 2').fill('60');
  await page.getByLabel('Repeat').fill('2');
  await page.getByLabel('Wait after the last step (min)').fill('20');
  await button('Save plan').click();
  await seen('Engagement plan saved');
  await tagsBecome('ann', { 'tocsin/repeat': '2', 'tocsin/stage-minutes': '60 20' });
  await inspect(page, 'contact-options', faults);
  await page.getByLabel('Minutes from the start of step 2').fill('10');
  await page.getByLabel('Wait after the last step (min)').fill('0');
  await page.getByLabel('Repeat').fill('');
  await button('Save plan').click();
  await tagsBecome('ann', {});
});

// A day before or after this one in New York, as the form takes it.
const day = (offset) => new Date(Date.now() + offset * 86400_000).toLocaleDateString('sv-SE', { timeZone: 'America/New_York' }).replaceAll('-', '/');
const bars = (name) => page.locator('.bar > .shift').and(page.getByRole('button', { name }));

test('a schedule is made and its turns are previewed', async () => {
  await go('oncall');
  await seen('No on-call schedules yet');
  await button('Create on-call schedule').click();
  await page.getByLabel('Name', { exact: true }).fill('Security nights');
  await button('Create').click();
  await heading('Security nights').waitFor();
  await seen('No rotations yet');

  await button('Create rotation').click();
  await page.getByLabel('Name', { exact: true }).fill('Days');
  for (const name of ['Ann Lee', 'Bob Stone']) {
    await page.getByRole('button', { name: /Add a person/ }).click();
    await page.getByRole('option', { name }).click();
  }
  await button('Move Bob Stone up').focus();
  await page.keyboard.press('Enter');
  assert.deepEqual(await page.locator('.people > li > span:nth-child(2)').allTextContents(), ['Bob Stone', 'Ann Lee']);
  await page.getByRole('button', { name: /^Time zone/ }).click();
  await page.getByPlaceholder('Find a zone').fill('New_York');
  await page.getByRole('option', { name: 'America/New_York' }).click();
  await page.getByRole('radio', { name: 'Daily' }).click();
  await page.getByRole('group', { name: 'Hand-off times' }).getByRole('textbox').fill('08:30');
  await page.getByRole('textbox', { name: 'The first shift begins Date' }).fill(day(-2));
  await page.getByRole('textbox', { name: 'The first shift begins Time' }).fill('08:30');
  await seen('No gaps in 4 weeks');
  await button('Add hours').click();
  await seen(/gaps: nobody is on call then/);
  await page.getByRole('img', { name: /^Nobody is on call, / }).first().waitFor();
  await inspect(page, 'rotation', faults);
  await page.getByRole('button', { name: /^Remove the hours/ }).click();
  await seen('No gaps in 4 weeks');
  await button('Create rotation').last().click();
  await seen('Rotation created');
  await seen('Hands off every day, 08:30');
});

test('the calendar shows turns by both clocks, and somebody stands in', async () => {
  await go('oncall/security-nights');
  // Berlin is six hours ahead of New York, five or seven around changes of the clocks.
  await bars(/^Ann Lee, Days, .*, 1[345]:30 to .*, 1[345]:30$/).first().waitFor();
  await page.getByRole('button', { name: 'America/New_York' }).click();
  await bars(/^Ann Lee, Days, .*, 08:30 to .*, 08:30$/).first().waitFor();
  assert.ok((await bars(/, 08:30 to .*, 08:30$/).count()) >= 28, 'four weeks of turns');

  // Who is on call now gives the turn away.
  const { OnCall } = await onCall();
  const [now, other] = OnCall[0].ContactNames[0] === 'Ann Lee' ? ['Ann Lee', 'Bob Stone'] : ['Bob Stone', 'Ann Lee'];
  const turn = page.getByRole('group', { name: 'On call now' });
  await turn.getByRole('link', { name: now }).waitFor();
  await inspect(page, 'schedule', faults);
  await bars(new RegExp(`^${now}, Days`)).first().focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Planned:').waitFor();
  await dialog.getByText('nobody is on call by this rotation then').waitFor();
  await page.getByRole('button', { name: /^On call instead/ }).click();
  await page.getByRole('option', { name: other }).click();
  await page.keyboard.press('Escape');
  // From the first turn that is shown to the day after tomorrow: it holds now.
  await dialog.getByRole('textbox', { name: 'To Date' }).fill(day(2));
  await dialog.getByRole('button', { name: 'Create override' }).click();
  await seen('Override created');
  await turn.getByRole('link', { name: other }).waitFor();
  await turn.getByText(`Days, override in place of`).waitFor();
  await bars(new RegExp(`^${other}, Days, .*override in place of`)).first().waitFor();
  assert.equal((await onCall()).OnCall[0].Type, 'OVERRIDDEN');

  await button('Delete').last().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await seen('Override deleted');
  await turn.getByRole('link', { name: now }).waitFor();
});

test('a gap is loud, and a calendar program follows', async () => {
  await go('oncall/security-nights');
  await link('Days').click();
  await page.getByRole('radio', { name: 'Weekly' }).click();
  await button('Add hours').click();
  await page.getByRole('button', { name: /Days of hours 1/ }).click();
  // Duty on one day of the week only, three days from now: nobody is on call today.
  const on = new Date(Date.now() + 3 * 86400_000).toLocaleDateString('en-US', { timeZone: 'America/New_York', weekday: 'long' });
  for (const name of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']) {
    const option = page.getByRole('option', { name });
    const chosen = (await option.getAttribute('aria-selected')) === 'true';
    if (chosen !== (name === on)) await option.click();
  }
  await page.keyboard.press('Escape');
  await button('Save').click();
  await seen('Rotation saved');
  await page.getByRole('alert').getByText('Nobody is on call now').waitFor();
  await seen(/^\d gaps: nobody is on call then/);
  await inspect(page, 'schedule-gap', faults);
  const url = await page.getByText(/^http\S+\.ics/).textContent();
  const feed = await fetch(url);
  assert.match(await feed.text(), /^BEGIN:VCALENDAR\r\n[^]*SUMMARY:/);
  await button('New address').click();
  await button('Make a new address').click();
  await seen('The old calendar address does not work any more');
  assert.notEqual((await fetch(url)).status, 200);

  await go('oncall');
  await page.getByRole('row', { name: /Security nights.*Nobody/ }).waitFor();
  await inspect(page, 'schedules', faults);
  await go('simulate?contact=security-nights');
  await seen('Skipped: Security nights');
  await seen('Nobody would be reached');
});

test('nothing was asked elsewhere, nothing broke, nothing stuck out', () => {
  assert.deepEqual(faults, []);
});
