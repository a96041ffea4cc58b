// The judge: a history in, a verdict out. Its answers are those of Jepsen's checker for Kafka-like logs;
// README.md lists where it says more.

import { type AnomalyType, anomalyRows, type Judged } from './anomalies.ts';
import { type ConsumeCounts, consumeCounts } from './consume-counts.ts';
import { judgeCycles, type SearchLimits } from './cycles.ts';
import { dataEdges } from './dependencies.ts';
import { Facts } from './facts.ts';
import { type Lag, worstLag } from './lag.ts';
import { type Ledger, ok, outcomes } from './ledger.ts';
import { judgeLogs } from './logs.ts';
import { Orders } from './orders.ts';
import { judgePositions } from './positions.ts';
import { type Sighting, Sightings } from './sightings.ts';
import { judgeVisibility } from './visibility.ts';
import { type Witness, witnessOf } from './witness.ts';

export interface JudgeOptions {
  /**
   * Whether readers subscribed, so that rebalances may move them; by default, whether any operation says so.
   */
  readonly subscribed?: boolean | undefined;
  /** Whether the log order makes edges from write to write; default true. */
  readonly ww?: boolean | undefined;
  /** Told and counted, but not held against the history. */
  readonly ignore?: readonly AnomalyType[] | undefined;
  /** For tests: how long cycles are looked for. */
  readonly search?: SearchLimits | undefined;
}

export type Standing = 'bad' | 'allowed' | 'ignored' | 'unknown';

export interface Anomaly {
  readonly type: AnomalyType;
  readonly count: number;
  readonly standing: Standing;
  /** The worst first, at most `witnessesMax`. */
  readonly witnesses: readonly Witness[];
}

export interface ClientVerdict {
  /**
   * unknown: nothing bad was found, but the history does not hold what a verdict needs; `reasons` say what.
   */
  readonly valid: true | false | 'unknown';
  readonly reasons: readonly string[];
  readonly subscribed: boolean;
  readonly ww: boolean;
  readonly badTypes: readonly AnomalyType[];
  /** Found, and not held against it. */
  readonly infoTypes: readonly AnomalyType[];
  readonly anomalies: readonly Anomaly[];
  /** Operations by action and outcome: `send ok`. */
  readonly operations: Readonly<Record<string, number>>;
  readonly sends: number;
  readonly reads: number;
  readonly keys: number;
  readonly processes: number;
  readonly worstRealtimeLag: Lag | null;
  readonly consumeCounts: ConsumeCounts | null;
}

export function judgeHistory(ledger: Ledger, options: JudgeOptions = {}): ClientVerdict {
  const ww = options.ww ?? true;
  const operations = countOperations(ledger);
  const subscribed =
    options.subscribed ?? Object.keys(operations).some((name) => name.startsWith('subscribe '));
  const found = new Sightings();
  const { facts, orders } = judgeWithoutCycles(ledger, found);
  judgeCycles(ledger, dataEdges(ledger, facts, orders, ww), found, options.search);
  const ignored = new Set(options.ignore);
  const anomalies = [...found.all()].map(({ type, count, worst }): Anomaly => {
    const standing = ignored.has(type) ? 'ignored' : standings[judgedOf(type)]({ subscribed, ww });
    return { type, count, standing, witnesses: witnessesOf(ledger, orders, type, worst) };
  });
  const typesOf = (...wanted: Standing[]) =>
    anomalies.filter(({ standing }) => wanted.includes(standing)).map(({ type }) => type);
  const badTypes = typesOf('bad');
  const reasons = reasonsOf(operations, anomalies, ledger, facts);
  return {
    valid: badTypes.length > 0 ? false : reasons.length > 0 ? 'unknown' : true,
    reasons,
    subscribed,
    ww,
    badTypes,
    infoTypes: typesOf('allowed', 'ignored'),
    anomalies,
    operations,
    sends: ledger.sends,
    reads: ledger.reads,
    keys: ledger.keys.count,
    processes: ledger.processes.count,
    worstRealtimeLag: worstLag(ledger),
    consumeCounts: consumeCounts(ledger),
  };
}

/** Everything but cycles: linear, and enough where no operation both sends and reads. */
export function judgeWithoutCycles(ledger: Ledger, found: Sightings): { facts: Facts; orders: Orders } {
  const facts = new Facts(ledger);
  const orders = new Orders(ledger, facts);
  judgeLogs(ledger, orders, found);
  judgeVisibility(ledger, facts, orders, found);
  judgePositions(ledger, orders, found);
  return { facts, orders };
}

export function witnessesOf(
  ledger: Ledger,
  orders: Orders,
  type: AnomalyType,
  worst: readonly Sighting[],
): Witness[] {
  return worst.map((sighting) => witnessOf(ledger, orders, type, sighting));
}

const judgements = new Map(anomalyRows.map(({ type, judged }) => [type, judged]));

function judgedOf(type: AnomalyType): Judged {
  return judgements.get(type) as Judged;
}

const standings: Readonly<Record<Judged, (how: { subscribed: boolean; ww: boolean }) => Standing>> = {
  bad: () => 'bad',
  'bad-without-subscribe': ({ subscribed }) => (subscribed ? 'allowed' : 'bad'),
  'bad-without-ww': ({ ww }) => (ww ? 'allowed' : 'bad'),
  allowed: () => 'allowed',
  unknown: () => 'unknown',
};

function reasonsOf(
  operations: Readonly<Record<string, number>>,
  anomalies: readonly Anomaly[],
  ledger: Ledger,
  facts: Facts,
): string[] {
  const reasons: string[] = [];
  if (facts.sentTwice >= 0) {
    const key = ledger.keys.name(ledger.keyOf(facts.sentTwice));
    const value = ledger.nameOf(facts.sentTwice);
    reasons.push(
      `the value ${value} was sent twice to key ${key}: without unique values nothing can be told`,
    );
  }
  const any = (...names: string[]) => names.some((name) => (operations[`${name} ok`] ?? 0) > 0);
  if (!any('send', 'txn') || ledger.sends === 0) reasons.push('no send was ok: there is nothing to judge');
  else if (!any('poll', 'txn') || ledger.reads === 0) {
    reasons.push('no poll was ok and read anything: there is nothing to judge');
  }
  for (const { type, count, standing } of anomalies) {
    if (standing !== 'unknown') continue;
    reasons.push(`${type}: values were read that no operation sent (${count}); the history is not whole`);
  }
  return reasons;
}

function countOperations(ledger: Ledger): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let operation = 0; operation < ledger.operations; operation++) {
    const name = `${ledger.action(operation)} ${outcomes[ledger.outcome(operation)] ?? ok}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
