// Where a finding is mended: the page of the thing it is about.
import type { ContactSummary } from '../api/contacts';
import type { Finding, Severity } from '../api/tocsin';
import { href } from '../route';
import { pageOf } from './contact';

export const severities: { severity: Severity; title: string; meaning: string }[] = [
  { severity: 'ERROR', title: 'Would fail', meaning: 'Somebody would not be paged. Mend these today.' },
  { severity: 'WARNING', title: 'Could fail', meaning: 'It works as long as nothing else goes wrong.' },
  { severity: 'NOTE', title: 'Good to know', meaning: 'As it is meant, perhaps. Have a look once.' },
];

/** The signs of severities, as StatusIndicator calls them. */
export const signs: Record<Severity, 'error' | 'warning' | 'info'> = { ERROR: 'error', WARNING: 'warning', NOTE: 'info' };

/** The findings by kind, in the order they come in. */
export function kindsOf(findings: Finding[]): Finding[][] {
  const kinds = new Map<string, Finding[]>();
  for (const f of findings) kinds.set(f.Kind, [...(kinds.get(f.Kind) ?? []), f]);
  return [...kinds.values()];
}

export interface Place {
  name: string;
  /** Left out where the console has no page for it: another region, or something new. */
  href?: string;
}

/** What a finding is about; contacts tell people from plans. */
export function placeOf(arn: string, contacts: ContactSummary[], region: string | undefined): Place {
  const [, , service, at = '', , ...rest] = arn.split(':');
  const [kind = '', name = '', ...more] = rest.join(':').split('/');
  if (arn.startsWith('source:')) return { name: `source ${arn.slice('source:'.length)}`, href: href('sources') };
  if (name === '') return { name: arn };
  if (service === 'ssm-incidents' && kind === 'response-plan') return { name: `response plan ${name}`, href: href('plans', name) };
  if (at !== region) return { name: `${kind} ${name} in ${at}` };
  if (service === 'config') return { name: kind === 'watch' ? `watch ${name}` : 'the checks', href: href('checks') };
  if (service === 'events' && kind === 'rule' && more.length === 0) return { name: `rule ${name}`, href: href('rules', name) };
  if (service === 'ssm-contacts' && kind === 'contact-channel') return { name: `a channel of ${shown(contacts, name)}`, href: href('contacts', name) };
  if (service === 'ssm-contacts' && kind === 'contact') {
    const contact = contacts.find((c) => c.ContactArn === arn);
    return { name: shown(contacts, name), href: href(pageOf(contact?.Type ?? 'PERSONAL'), name) };
  }
  if (service === 'ssm-contacts' && kind === 'rotation') return { name: 'the rotation', href: href('oncall', '~', 'rotations', name) };
  return { name: `${kind} ${name}` };
}

const shown = (contacts: ContactSummary[], alias: string): string => contacts.find((c) => c.Alias === alias)?.DisplayName || alias;

/** The response plan that a finding is about, if it can be simulated to see why. */
export const planToSimulate = (f: Finding): string | undefined =>
  /^plan-(reaches-nobody|sometimes-reaches-nobody|runs-dry)$/.test(f.Kind) ? f.ResourceArn.split(':response-plan/')[1] : undefined;
