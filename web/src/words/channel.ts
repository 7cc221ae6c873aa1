import type { ChannelType } from '../api/contacts';

/** The channels as people call them. */
export const channelKinds: Record<ChannelType, string> = { EMAIL: 'E-mail', SMS: 'SMS', VOICE: 'Voice call' };

/** Why an address will not do for a kind of channel, or undefined when it will. */
export function addressFault(type: ChannelType, address: string): string | undefined {
  if (address === '') return undefined;
  if (type === 'EMAIL') return /^[^\s@]+@[^\s@]+$/.test(address) ? undefined : 'That is no e-mail address.';
  return /^\+\d{6,15}$/.test(address) ? undefined : 'Write the number with + and the country code, digits only: +15550100.';
}

/** A fitting alias for a name: "Ann Lee" gives "ann-lee". */
export const aliasOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 255);
