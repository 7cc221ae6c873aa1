// The shapes of GuardDuty that the console uses.
// Reference: https://docs.aws.amazon.com/guardduty/latest/APIReference/
import { all, op } from './call';

/** A finding; what stands in resource and service depends on its type. */
export interface GuardDutyFinding {
  id: string;
  type: string;
  /** 1.0 to 10.0 */
  severity: number;
  title?: string;
  description?: string;
  accountId: string;
  region: string;
  /** ISO 8601, as all times at this level. */
  updatedAt: string;
  resource?: Record<string, unknown>;
  service?: { archived?: boolean; count?: number; detectorId?: string; eventLastSeen?: string; [member: string]: unknown };
}

const service = 'guardduty' as const;
const page = 50; // the most that the lists give and GetFindings takes

/** How many findings of a detector are shown at most, the ones that were updated last. */
export const mostFindings = 200;

export const listDetectors = () => all<string>(service, 'ListDetectors', { maxResults: page }, 'detectorIds');

async function findingsOf(detectorId: string, archived: boolean): Promise<GuardDutyFinding[]> {
  const findingCriteria = { criterion: { 'service.archived': { equals: [String(archived)] } } };
  const ids = await all<string>(service, 'ListFindings', { detectorId, maxResults: page, findingCriteria }, 'findingIds', mostFindings);
  const out: GuardDutyFinding[] = [];
  for (let i = 0; i < ids.length; i += page) {
    const { findings } = await op<{ findings: GuardDutyFinding[] }>(service, 'GetFindings', { detectorId, findingIds: ids.slice(i, i + page) });
    out.push(...findings.map((f) => ({ ...f, service: { ...f.service, detectorId } })));
  }
  return out;
}

/** The findings of some detectors, of each the ones that were updated last. */
export const listFindings = async (detectors: string[], archived: boolean): Promise<GuardDutyFinding[]> =>
  (await Promise.all(detectors.map((d) => findingsOf(d, archived)))).flat().sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));

/** Archives a finding here, or takes it out again; AWS is not told. */
export const archive = (f: GuardDutyFinding, away: boolean) =>
  op(service, away ? 'ArchiveFindings' : 'UnarchiveFindings', { detectorId: f.service?.detectorId, findingIds: [f.id] });
