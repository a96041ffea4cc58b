// A stored run as text for a terminal: one block for each workload, the doubts before the numbers. Pure.

import { comparisonText } from './compare/text.ts';
import { faultLines } from './faults/text.ts';
import { kneeLines } from './knee/text.ts';
import type { BenchResult, BrokerCounts, LatencyReport, Limit, ProcessCost, WorkloadRun } from './result.ts';
import { sweepLines } from './sweeps/text.ts';

export function summaryOf(result: BenchResult): string {
  const { environment, target } = result;
  const lines = [
    `${environment.processor}, ${environment.cores} cores, ${environment.kernel}, Node ${environment.node}`,
    `disk ${environment.disk ?? 'unknown'}, commit ${environment.commit ?? 'unknown'}, seed ${result.seed}`,
    `broker: ${target.address}`,
  ];
  for (const run of result.runs) lines.push('', ...blockOf(run));
  for (const knee of result.knees) lines.push('', ...kneeLines(knee));
  for (const sweep of result.sweeps) lines.push('', ...sweepLines(sweep));
  for (const comparison of result.comparisons) lines.push('', ...comparisonText(comparison));
  return lines.join('\n');
}

function blockOf(run: WorkloadRun): string[] {
  const { throughput, ledger, share } = run;
  const offered = throughput.offeredRecordsPerSecond;
  const loop = offered === null ? '' : ` (offered ${whole(offered)})`;
  const lines = [
    `${run.name}  [${run.durability}]`,
    ...run.stamps.map(({ name, why }) => `  ${name}: ${why}`),
    row(
      'throughput',
      `${whole(throughput.recordsPerSecond)} records/s${loop}, ${mega(throughput.megabytesPerSecond)}`,
    ),
    ...run.latencies.map((latency) => row(latency.of, percentiles(latency))),
  ];
  lines.push(...faultLines(run).map(([name, text]) => row(name, text)));
  for (const limit of run.limits) {
    lines.push(row(limit.of, limitText(limit)));
  }
  if (share !== null) {
    const others = run.shares.filter(({ binding }) => binding !== share.binding);
    const beside = others.map((each) => `${percent(each.share)} of ${each.binding}`).join(', ');
    const text = `${percent(share.share)} of the smallest limit, ${share.binding}`;
    lines.push(row('share', beside === '' ? text : `${text}; ${beside}`));
  }
  lines.push(row('broker', run.broker === null ? 'cost not available' : cost(run.broker)));
  if (run.brokerCounts !== null) lines.push(row('counts', counts(run.brokerCounts)));
  if (run.startToFirstAcknowledgedMs !== null) {
    const ms = run.startToFirstAcknowledgedMs.toFixed(0);
    lines.push(row('start', `${ms} ms from the start of the process to the first acknowledged record`));
  }
  lines.push(row('client', cost(run.client)));
  const { intended, acknowledged, failed, unfinished, acknowledgedReadBack } = ledger;
  const account = `${intended} intended = ${acknowledged} acknowledged + ${failed} failed + ${unfinished} unfinished`;
  lines.push(
    row(
      'ledger',
      `${account}; ${acknowledgedReadBack} acknowledged read back${ledger.sound ? '' : ': A GAP'}`,
    ),
  );
  for (const example of ledger.examples) lines.push(row('', example));
  for (const note of run.notes) lines.push(row('note', note));
  return lines;
}

function percentiles({ whole: of, fromIntendedTime }: LatencyReport): string {
  const parts: [string, number | null][] = [
    ['p50', of.p50Us],
    ['p90', of.p90Us],
    ['p99', of.p99Us],
    ['p99.9', of.p999Us],
    ['max', of.maxUs],
  ];
  const values = parts.map(([name, us]) => `${name} ${us === null ? '-' : milliseconds(us)}`).join('  ');
  const from = fromIntendedTime ? 'from the intended time' : 'service time only';
  const censored = of.censored === 0 ? '' : `, ${of.censored} given up`;
  return `${values}  (${of.count} samples, ${from}${censored})`;
}

function cost({ userUsPerRecord, systemUsPerRecord, cpuPercent, rssMaxBytes }: ProcessCost): string {
  const each = (us: number | null): string => (us === null ? '-' : us.toFixed(2));
  const busy = cpuPercent === null ? '-' : cpuPercent.toFixed(0);
  const rss = rssMaxBytes === null ? '-' : `${(rssMaxBytes / 1e6).toFixed(0)} MB`;
  const time = `${each(userUsPerRecord)} us user + ${each(systemUsPerRecord)} us system per record`;
  return `${time}, ${busy} % of a core, ${rss}`;
}

function limitText({ megabytesPerSecond, pattern, cpuUsPerRecord, operationsPerSecond }: Limit): string {
  const records =
    cpuUsPerRecord === null
      ? ''
      : `, ${whole(operationsPerSecond)} records/s at ${cpuUsPerRecord.toFixed(2)} us of its processor each`;
  return `limit ${mega(megabytesPerSecond)}${records}: ${pattern}`;
}

/** Each with its unit; a dash is a count that could not be had. */
function counts(of: BrokerCounts): string {
  const text = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '-';
  const calls = `${text(of.readCallsPerThousandRecords, 1)} reads + ${text(of.writeCallsPerThousandRecords, 1)} writes`;
  return [
    `${text(of.requests, 0)} requests`,
    `${text(of.fsyncs, 0)} fsyncs (${text(of.produceRequestsPerFsync, 1)} produce requests each)`,
    `${calls} per 1000 records`,
    `${text(of.bytesWrittenPerByteReceived, 2)} B written per B received`,
    `${text(of.garbageCollections, 0)} garbage collections in ${text(of.garbageCollectionMs, 0)} ms`,
  ].join(', ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(14)} ${text}`;
}

function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

function mega(value: number): string {
  return `${value.toFixed(1)} MB/s`;
}

function milliseconds(us: number): string {
  return us < 10_000 ? `${(us / 1000).toFixed(2)} ms` : `${(us / 1000).toFixed(0)} ms`;
}
