// From what was measured to what may be said about it: throughput, share of the machine's limits, stamps.
// Pure.

import { assert } from '../engine/index.ts';
import type {
  LatencyReport,
  LedgerReport,
  Limit,
  MachineReport,
  ProcessCost,
  SecondReport,
  Share,
  Stamp,
  ThroughputReport,
} from './result.ts';
import { recordsMaxOf, type Workload } from './workload.ts';

/** Above this coefficient of variation of the throughput by the second, a run is called noisy. */
export const noisyAbove = 0.15;
/** A client that uses this much of a core while the broker has room was the bottleneck itself. */
const clientBusyPercent = 90;
const brokerBusyPercent = 70;
/** A generator that cannot make this many times the result has no headroom. */
const headroom = 2;
/** Lateness of the sends themselves (p99.9) may be this share of the reported p99. */
const latenessShareMax = 0.1;
/** Others may use this much of a core before a run says that it was not alone. */
export const othersAbovePercent = 20;
const secondsForVariation = 3;

/** `lastUs`: when the last record came, for a load that ends with its records and not with the last second. */
export function throughputOf(
  seconds: readonly SecondReport[],
  workload: Workload,
  lastUs = 0,
): ThroughputReport {
  const measured = seconds.filter(({ phase }) => phase === 'measured');
  assert(measured.length > 0, 'a workload measures at least a second');
  if (recordsMaxOf(workload) !== undefined && lastUs > 0) return untilTheLast(measured, lastUs);
  const mean = (of: (second: SecondReport) => number): number =>
    measured.reduce((sum, second) => sum + of(second), 0) / measured.length;
  const load = workload.kind === 'consume' ? undefined : workload.load;
  return {
    recordsPerSecond: mean(({ records }) => records),
    megabytesPerSecond: mean(({ bytes }) => bytes) / 1e6,
    coefficientOfVariation:
      measured.length < secondsForVariation ? null : variation(measured.map(({ records }) => records)),
    offeredRecordsPerSecond: load?.loop === 'open' ? load.recordsPerSecond : null,
  };
}

/** A fixed number of records: the last second is a part of one, and says nothing about how even the load was. */
function untilTheLast(measured: readonly SecondReport[], lastUs: number): ThroughputReport {
  const total = (of: (second: SecondReport) => number): number =>
    measured.reduce((sum, second) => sum + of(second), 0);
  const full = measured.slice(0, Math.floor(lastUs / 1e6)).map(({ records }) => records);
  return {
    recordsPerSecond: total(({ records }) => records) / (lastUs / 1e6),
    megabytesPerSecond: total(({ bytes }) => bytes) / lastUs,
    coefficientOfVariation: full.length < secondsForVariation ? null : variation(full),
    offeredRecordsPerSecond: null,
  };
}

/** Standard deviation of the sample over its mean; 0 for nothing but zeros. */
export function variation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (mean === 0) return 0;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1)) / mean;
}

/** The share of each limit, in their order; one of zero bounds nothing. */
export function sharesOf(megabytesPerSecond: number, limits: readonly Limit[]): Share[] {
  return limits
    .filter((limit) => limit.megabytesPerSecond > 0)
    .map((limit) => ({
      binding: limit.of,
      limitMegabytesPerSecond: limit.megabytesPerSecond,
      share: megabytesPerSecond / limit.megabytesPerSecond,
    }));
}

/** The share of the smallest limit; null without any. */
export function smallestOf(shares: readonly Share[]): Share | null {
  let smallest: Share | null = null;
  for (const share of shares) {
    if (smallest === null || share.limitMegabytesPerSecond < smallest.limitMegabytesPerSecond)
      smallest = share;
  }
  return smallest;
}

export interface Evidence {
  readonly workload: Workload;
  readonly throughput: ThroughputReport;
  readonly ledger: LedgerReport;
  readonly broker: ProcessCost | null;
  readonly client: ProcessCost;
  readonly machine: MachineReport;
  readonly limits: readonly Limit[];
  readonly latencies: readonly LatencyReport[];
}

export function stampsOf(evidence: Evidence): Stamp[] {
  const { workload, throughput, ledger, broker, client, machine, limits, latencies } = evidence;
  const stamps: Stamp[] = [];
  if (!ledger.sound) {
    stamps.push({ name: 'VOID', why: `the ledger has a gap: ${ledger.examples[0] ?? 'see its counts'}` });
  }
  const bound = generatorBound(throughput, broker, client, limits, latencies);
  if (bound.length > 0) stamps.push({ name: 'GENERATOR-BOUND', why: bound.join('; ') });
  if (workload.fsync === 'none') {
    const why = 'nothing was fsynced: the disk is the page cache of this machine, and of its host';
    stamps.push({ name: 'HOST-CACHED-DISK', why });
  }
  // Where faults are the experiment, or a backlog that ends, an even throughput would be the surprise.
  const uneven =
    workload.faults.length > 0 || (workload.kind === 'end-to-end' && workload.backlogRecords > 0);
  const noise = uneven ? null : throughput.coefficientOfVariation;
  if (noise !== null && noise > noisyAbove) {
    const why = `throughput by the second varies by ${percent(noise)}, above ${percent(noisyAbove)}`;
    stamps.push({ name: 'NOISY', why });
  }
  const others = (machine.othersCpuPercent ?? 0) + (machine.stolenCpuPercent ?? 0);
  if (others > othersAbovePercent) {
    const why = `others used ${others.toFixed(0)} % of a core meanwhile, above ${othersAbovePercent} %`;
    stamps.push({ name: 'SHARED-MACHINE', why });
  }
  if (ledger.unfinished + ledger.failed > 0) {
    const { unfinished, failed } = ledger;
    const why = `${unfinished} records were unfinished at the end of the drain, ${failed} failed`;
    stamps.push({ name: 'UNFINISHED', why });
  }
  return stamps;
}

/** Why the generator, not the broker, may have set the result: one sentence for each reason. */
function generatorBound(
  throughput: ThroughputReport,
  broker: ProcessCost | null,
  client: ProcessCost,
  limits: readonly Limit[],
  latencies: readonly LatencyReport[],
): string[] {
  const reasons: string[] = [];
  const clientPercent = client.cpuPercent ?? 0;
  const brokerPercent = broker?.cpuPercent ?? null;
  if (clientPercent >= clientBusyPercent && (brokerPercent === null || brokerPercent < brokerBusyPercent)) {
    const brokers = brokerPercent === null ? 'unknown' : `${brokerPercent.toFixed(0)} %`;
    const clients = `${clientPercent.toFixed(0)} %`;
    reasons.push(`the client used ${clients} of a core, the broker ${brokers}: the broker can do more`);
  }
  const own = limits.find(({ of }) => of === 'null-broker')?.operationsPerSecond;
  if (own !== undefined && own < headroom * throughput.recordsPerSecond) {
    const times = (own / throughput.recordsPerSecond).toFixed(2);
    reasons.push(
      `against a null broker the generator makes ${Math.round(own)} records/s, ${times} times the result ` +
        `and not ${headroom} times`,
    );
  }
  const lateness = latencies.find(({ of }) => of === 'send-lateness')?.whole;
  const reported = latencies.find(
    ({ fromIntendedTime, of }) => fromIntendedTime && of !== 'send-lateness',
  )?.whole;
  const [late, p99] = [lateness?.p999Us ?? null, reported?.p99Us ?? null];
  if (late !== null && p99 !== null && late > latenessShareMax * p99) {
    reasons.push(
      `one send in a thousand was ${Math.round(late)} us late or more, above ${percent(latenessShareMax)} ` +
        `of the p99 of ${Math.round(p99)} us`,
    );
  }
  return reasons;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
