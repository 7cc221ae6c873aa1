// The shapes of EventBridge that the console uses.
// Reference: https://docs.aws.amazon.com/eventbridge/latest/APIReference/
import { all, op } from './call';

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

export interface Rule {
  Name: string;
  Arn: string;
  EventPattern?: string;
  ScheduleExpression?: string;
  State: RuleState;
  Description?: string;
  RoleArn?: string;
  EventBusName?: string;
  ManagedBy?: string;
}

export interface Target {
  Id: string;
  Arn: string;
  RoleArn?: string;
  [member: string]: unknown;
}

const service = 'events' as const;

export const listRules = () => all<Rule>(service, 'ListRules', { Limit: 100 }, 'Rules');
export const describeRule = (Name: string) => op<Rule>(service, 'DescribeRule', { Name });
export const listTargets = (Rule: string) => all<Target>(service, 'ListTargetsByRule', { Rule }, 'Targets');
export const putRule = (input: Partial<Rule> & { Name: string }) => op<{ RuleArn: string }>(service, 'PutRule', input);
export const enableRule = (Name: string) => op(service, 'EnableRule', { Name });
export const disableRule = (Name: string) => op(service, 'DisableRule', { Name });

interface Failures {
  FailedEntryCount: number;
  FailedEntries: { TargetId?: string; ErrorCode?: string; ErrorMessage?: string }[];
}

function refuseFailures(o: Failures): void {
  const first = o.FailedEntries?.[0];
  if (first) throw new Error(`${first.TargetId}: ${first.ErrorMessage ?? first.ErrorCode}`);
}

/** Makes the rule's targets those of `want`, given those it has. */
export async function changeTargets(rule: string, have: Target[], want: Target[]): Promise<void> {
  const gone = have.filter((h) => !want.some((w) => w.Id === h.Id)).map((t) => t.Id);
  if (want.length > 0) refuseFailures(await op<Failures>(service, 'PutTargets', { Rule: rule, Targets: want }));
  if (gone.length > 0) refuseFailures(await op<Failures>(service, 'RemoveTargets', { Rule: rule, Ids: gone }));
}

/** Deletes a rule together with its targets. */
export async function deleteRule(name: string): Promise<void> {
  await changeTargets(name, await listTargets(name), []);
  await op(service, 'DeleteRule', { Name: name });
}
