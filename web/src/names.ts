import { useContacts } from './queries';
import { nameOf } from './words/arn';

/** Gives a contact's display name for its ARN, or its alias while there is none. */
export function useNames(): (arn: string | null | undefined) => string {
  const contacts = useContacts();
  return (arn) => contacts.data?.find((c) => c.ContactArn === arn)?.DisplayName || nameOf(arn);
}
