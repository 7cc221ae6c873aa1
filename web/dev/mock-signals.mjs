// Sample data of what brings events in by itself.

/** Sources in each state. */
export function sampleSignals(s, now) {
  const source = (Name, Kind, State, rest) => ({ Name, Kind, State, Received: 0, Matched: 0, Repeats: 0, Refused: 0, Late: 0, Missed: 0, Rate: 0, ...rest });
  s.sources = [
    source('eventbridge', 'webhook', 'WELL', { Address: '/ingest/eventbridge', Received: 1204332, Matched: 412, Repeats: 38, Rate: 12.38, LastEventTime: now - 2, LagSeconds: 0.4 }),
    source('alertmanager', 'webhook', 'QUIET', { Address: '/ingest/alertmanager' }),
    source('trail-logs', 'sqs', 'TROUBLE', { Received: 90211, Matched: 12, Late: 3, LastEventTime: now - 5400, LagSeconds: 340, TroubleSince: now - 5300, ErrorTime: now - 14, Error: 'queue https://sqs.us-east-1.amazonaws.com/111122223333/trail-logs: access is denied: the principal needs sqs:ReceiveMessage' }),
    source('audit', 'cloudtrail-files', 'WELL', { Received: 8820113, Matched: 96, Repeats: 91, Refused: 1, Missed: 2, Rate: 0.25, LastEventTime: now - 41, LagSeconds: 760 }),
  ];
  s.letters.push({ Time: now - 9000, TargetArn: 'source:audit', ErrorCode: 'MALFORMED', ErrorMessage: '111122223333_CloudTrail_us-east-1_20261122T0310Z_a.json.gz: unexpected EOF', Event: '{"Records":[{"eventVersion":"1.09",' });
}
