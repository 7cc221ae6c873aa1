// The shapes of AWS Config that the console uses.
// Reference: https://docs.aws.amazon.com/config/latest/APIReference/
import { all, op } from './call';
import type { Epoch } from './incidents';

export type Compliance = 'COMPLIANT' | 'NON_COMPLIANT' | 'INSUFFICIENT_DATA' | 'NOT_APPLICABLE';

export interface ConfigRule {
  ConfigRuleName: string;
  ConfigRuleArn: string;
  ConfigRuleId: string;
  Description?: string;
  Source: { Owner: 'AWS' | 'CUSTOM_LAMBDA'; SourceIdentifier?: string };
}

/** How evaluating a rule went. */
export interface RuleStatus {
  ConfigRuleName: string;
  LastSuccessfulEvaluationTime?: Epoch;
  LastFailedEvaluationTime?: Epoch;
  LastErrorCode?: string;
  LastErrorMessage?: string;
}

interface RuleCompliance {
  ConfigRuleName: string;
  Compliance: { ComplianceType: Compliance };
}

/** What a rule said last of a resource. */
export interface EvaluationResult {
  ComplianceType: Compliance;
  Annotation?: string;
  /** When it said so first. */
  ResultRecordedTime: Epoch;
  EvaluationResultIdentifier: { EvaluationResultQualifier: { ConfigRuleName: string; ResourceType: string; ResourceId: string } };
}

/** A rule with what it says and how evaluating it went. */
export interface Check {
  rule: ConfigRule;
  compliance: Compliance;
  status: RuleStatus;
  /** What breaks it. */
  broken: EvaluationResult[];
}

const service = 'config' as const;

const breaking = (ConfigRuleName: string) =>
  all<EvaluationResult>(service, 'GetComplianceDetailsByConfigRule', { ConfigRuleName, ComplianceTypes: ['NON_COMPLIANT'], Limit: 100 }, 'EvaluationResults');

/** All rules of the Region, by name. */
export async function listChecks(): Promise<Check[]> {
  const [rules, compliances, statuses] = await Promise.all([
    all<ConfigRule>(service, 'DescribeConfigRules', {}, 'ConfigRules'),
    all<RuleCompliance>(service, 'DescribeComplianceByConfigRule', {}, 'ComplianceByConfigRules'),
    all<RuleStatus>(service, 'DescribeConfigRuleEvaluationStatus', {}, 'ConfigRulesEvaluationStatus'),
  ]);
  return Promise.all(
    rules.map(async (rule) => {
      const of = <T extends { ConfigRuleName: string }>(list: T[]) => list.find((x) => x.ConfigRuleName === rule.ConfigRuleName);
      const compliance = of(compliances)?.Compliance.ComplianceType ?? 'INSUFFICIENT_DATA';
      const broken = compliance === 'NON_COMPLIANT' ? await breaking(rule.ConfigRuleName) : [];
      return { rule, compliance, status: of(statuses) ?? { ConfigRuleName: rule.ConfigRuleName }, broken };
    }),
  );
}

const most = 25; // rules a call may name

/** Has rules evaluated now; what they say then comes by itself. */
export async function evaluate(names: string[]): Promise<void> {
  for (let i = 0; i < names.length; i += most) await op(service, 'StartConfigRulesEvaluation', { ConfigRuleNames: names.slice(i, i + most) });
}
