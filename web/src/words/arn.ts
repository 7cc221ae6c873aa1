/** The part of a name after the resource's kind: "alice" of …:contact/alice. */
export function nameOf(arn: string | null | undefined): string {
  if (!arn) return '-';
  const resource = arn.split(':').slice(5).join(':');
  if (resource === '') return arn;
  const parts = resource.split('/');
  // A channel, page or engagement is best known by the contact that stands in its name.
  return parts[1] ?? resource;
}

/** The response plan an incident came from; its ARN carries the name. */
export const planOfIncident = (arn: string): string => arn.split('/')[1] ?? '-';

/** The last part of a name, for instance an incident's id. */
export const idOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
