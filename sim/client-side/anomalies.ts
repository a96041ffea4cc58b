// Every anomaly that a history of clients can show, by the name that Jepsen's checker for Kafka-like logs and
// Elle give it; what it means, and when it is bad. Reports, options, tests and the README's table follow from
// these rows.

/** When an anomaly makes a history invalid. */
export type Judged =
  /** Always. */
  | 'bad'
  /** Unless somebody subscribed: then a rebalance, which no client shows, may have moved the position. */
  | 'bad-without-subscribe'
  /** Only while edges from write to write are left out: writes are not isolated in Kafka. */
  | 'bad-without-ww'
  /** Never: it is told, and that is all. */
  | 'allowed'
  /** It says that the history itself is incomplete: no verdict is worth anything. */
  | 'unknown';

interface AnomalyRow {
  readonly type: string;
  readonly judged: Judged;
  readonly doc: string;
  /** Which witnesses are told first: by `Sighting.weight`. */
  readonly worst: 'largest' | 'smallest';
}

const rows = [
  bad('duplicate', 'one value stands at two offsets or more of its key', 'largest'),
  bad('duplicate-nonzero', 'the same, offset 0 left aside: some logs acknowledge with a false 0', 'largest'),
  bad('inconsistent-offsets', 'one offset of a key has two values or more', 'largest'),
  bad('G1a', 'aborted read: a value was read whose send had failed', 'smallest'),
  bad(
    'precommitted-read',
    'an operation read what it sent itself, before that could be committed',
    'smallest',
  ),
  bad('lost-write', 'a value that must be there was never read, although readers went past it', 'smallest'),
  bad('unseen', 'an acknowledged value was never read: lost, or late', 'largest'),
  row('poll-skip', 'bad-without-subscribe', 'a process left out records between two operations', 'largest'),
  row('nonmonotonic-poll', 'bad-without-subscribe', 'a process read again, or backwards', 'smallest'),
  bad('int-poll-skip', 'within one operation, records were left out', 'largest'),
  bad('int-nonmonotonic-poll', 'within one operation, records were read again, or backwards', 'smallest'),
  bad('nonmonotonic-send', 'a process sent later what stands before what it had sent earlier', 'smallest'),
  bad('int-nonmonotonic-send', 'the same within one operation', 'smallest'),
  row('int-send-skip', 'allowed', 'records of others stand between the sends of one operation', 'largest'),
  ...cycle('G0', 'allowed', 'a cycle of writes that overwrite one another'),
  ...cycle('G1c', 'bad-without-ww', 'circular information flow: a cycle of writes and reads'),
  ...exists('PL-1', 'allowed', 'operations lie on a cycle of writes; no short one was found in time'),
  ...exists(
    'PL-2',
    'bad-without-ww',
    'operations lie on a cycle of writes and reads; no short one was found in time',
  ),
  row('no-writer', 'unknown', 'a value was read that no operation of the history sent', 'smallest'),
] as const;

function row<const T extends string>(type: T, judged: Judged, doc: string, worst: AnomalyRow['worst']) {
  return { type, judged, doc, worst };
}

function bad<const T extends string>(type: T, doc: string, worst: AnomalyRow['worst']) {
  return row(type, 'bad', doc, worst);
}

function cycle<const T extends string>(type: T, judged: Judged, doc: string) {
  return [
    row(type, judged, doc, 'smallest'),
    row(`${type}-process` as const, judged, `${doc}, with the order of one process`, 'smallest'),
    row(`${type}-realtime` as const, judged, `${doc}, with the order of real time`, 'smallest'),
  ] as const;
}

function exists<const T extends string>(level: T, judged: Judged, doc: string) {
  return [
    row(`${level}-cycle-exists` as const, judged, doc, 'smallest'),
    row(`strong-session-${level}-cycle-exists` as const, judged, `${doc} (order of processes)`, 'smallest'),
    row(`strong-${level}-cycle-exists` as const, judged, `${doc} (order of real time)`, 'smallest'),
  ] as const;
}

export type AnomalyType = (typeof rows)[number]['type'];

export const anomalyRows: readonly (AnomalyRow & { readonly type: AnomalyType })[] = rows;

export function isAnomalyType(text: string): text is AnomalyType {
  return anomalyRows.some(({ type }) => type === text);
}
