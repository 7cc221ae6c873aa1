import { expect, it } from 'vitest';
import { gistOf, storyOf } from './story';
import { scenarios } from './scenarios';

it('tells a repeat from a start', () => {
  const again = storyOf('SSM Incident Trigger', JSON.stringify({ createdIncident: false, triggerArn: 'arn:aws:events:us-east-1:0:rule/root', rawData: '{"a":1}' }));
  expect(again).toEqual({ kind: 'trigger', title: 'Triggered again; added to this incident', text: 'by root', raw: '{"a":1}' });
});

it('names who acknowledged', () => {
  const data = JSON.stringify({ contactArn: 'arn:aws:ssm-contacts:us-east-1:0:contact/alice', engagementArn: 'x' });
  expect(storyOf('SSM Contacts Page Acknowledgement for Incident', data).title).toBe('Acknowledged by alice');
});

it('tells why a plan begins anew', () => {
  const data = JSON.stringify({ contactArn: 'arn:aws:ssm-contacts:us-east-1:0:contact/team', reason: 'nobody has acknowledged' });
  expect(storyOf('Tocsin Plan Restart for Incident', data)).toEqual({ kind: 'start', title: 'The plan of team begins anew', text: 'nobody has acknowledged' });
});

it('takes a note that is not JSON', () => {
  expect(storyOf('Note', 'plain words').text).toBe('plain words');
  expect(storyOf('Note', '"quoted words"').text).toBe('quoted words');
});

it('does not fall over strange data', () => {
  for (const data of [undefined, '', 'null', '[]', '7', '{"contactsEngage":null}', '{"modifiedAttributes":[{}]}']) {
    for (const type of ['SSM Incident Trigger', 'SSM Incident Start', 'SSM Incident Record Update', 'Else']) {
      expect(storyOf(type, data).title).not.toBe('');
    }
  }
  expect(gistOf('no json')).toEqual([]);
  expect(gistOf('null')).toEqual([]);
});

it('says of a root sign-in who, from where, and whether with MFA', () => {
  const root = scenarios.find((s) => s.id === 'root')!;
  const gist = Object.fromEntries(gistOf(root.event).map((g) => [g.label, g.value]));
  expect(gist).toMatchObject({ What: 'ConsoleLogin', 'MFA used': 'No', From: '198.51.100.7' });
});
