/** AWS's scale of impact. */
export const impacts = [
  { value: 1, name: 'Critical', meaning: 'Full failure that affects many to all customers' },
  { value: 2, name: 'High', meaning: 'Partial failure that affects many customers' },
  { value: 3, name: 'Medium', meaning: 'Reduced service for customers' },
  { value: 4, name: 'Low', meaning: 'Customers are not affected yet' },
  { value: 5, name: 'No impact', meaning: 'Nobody is affected, but it is urgent' },
] as const;

/** "1 Critical" and so on. */
export function impactName(value: number): string {
  const found = impacts.find((i) => i.value === value);
  return found ? `${found.value} ${found.name}` : String(value);
}
