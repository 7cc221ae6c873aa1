// People and plans for a test, made by the API as an AWS client makes them.
import { call, message } from './server.mjs';

export const contactArn = (alias) => `arn:aws:ssm-contacts:us-east-1:000000000000:contact/${alias}`;
const contacts = (server, operation, input) => call(server, 'ssm-contacts', `SSMContacts.${operation}`, input);

/** Runs an operation as the person who is signed in; for the services that speak REST. */
export async function operate(page, service, operation, input) {
  const { status, answer } = await page.evaluate(
    async ([path, body]) => {
      const r = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      return { status: r.status, answer: await r.json() };
    },
    [`/api/op/${service}/${operation}`, JSON.stringify(input)],
  );
  if (status !== 200) throw new Error(`${operation}: ${status} ${JSON.stringify(answer)}`);
  return answer;
}

/** A person with e-mail at once and SMS after ten minutes; both activated. */
export async function person(server, alias, name) {
  const ContactId = contactArn(alias);
  await contacts(server, 'CreateContact', { Alias: alias, DisplayName: name, Type: 'PERSONAL', Plan: { Stages: [] } });
  const Stages = [];
  for (const [Name, Type, SimpleAddress] of [['E-mail', 'EMAIL', `${alias}@example.org`], ['SMS', 'SMS', `+1555${Buffer.from(alias).readUIntBE(0, 2)}`]]) {
    const { ContactChannelArn } = await contacts(server, 'CreateContactChannel', { ContactId, Name, Type, DeliveryAddress: { SimpleAddress } });
    await contacts(server, 'ActivateContactChannel', { ContactChannelId: ContactChannelArn, ActivationCode: (await message(server, 'activation', SimpleAddress)).Code });
    Stages.push({ DurationInMinutes: 10 - 10 * Stages.length, Targets: [{ ChannelTargetInfo: { ContactChannelId: ContactChannelArn, RetryIntervalInMinutes: 1 } }] });
  }
  await contacts(server, 'UpdateContact', { ContactId, Plan: { Stages } });
}

/** An escalation plan: fifteen minutes for each of the people, who are essential. */
export const escalation = (server, Alias, DisplayName, ...people) =>
  contacts(server, 'CreateContact', {
    Alias,
    DisplayName,
    Type: 'ESCALATION',
    Plan: { Stages: people.map((p) => ({ DurationInMinutes: 15, Targets: [{ ContactTargetInfo: { ContactId: contactArn(p), IsEssential: true } }] })) },
  });

/** A response plan that engages contacts. */
export const responsePlan = (page, name, ...engaged) =>
  operate(page, 'ssm-incidents', 'CreateResponsePlan', { name, displayName: name, incidentTemplate: { title: name, impact: 1 }, engagements: engaged.map(contactArn) });
