// A verdict as a person reads it: the answer, the table of anomalies, the witnesses in prose, what is only
// reported.

import { anomalyRows } from './anomalies.ts';
import type { Anomaly, ClientVerdict } from './judge.ts';
import type { LineComplaint } from './parse.ts';

/** Witnesses of each type that are told in text; `--json` has all that were kept. */
const toldMax = 5;

export function verdictText(file: string, verdict: ClientVerdict): string {
  const parts = [
    answer(file, verdict),
    table(verdict.anomalies),
    ...verdict.anomalies.map(witnesses),
    reported(verdict),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

export function complaintText(file: string, { line, field, expected }: LineComplaint): string {
  return `${file}:${line}: ${field}: ${expected}`;
}

function answer(file: string, verdict: ClientVerdict): string {
  const { valid, badTypes, reasons, operations } = verdict;
  const counts = Object.entries(operations).map(([name, count]) => `${count} ${name}`);
  const how = [
    verdict.subscribed ? 'readers subscribed' : 'readers assigned',
    verdict.ww ? 'with ww edges' : 'without ww edges',
  ];
  const answers =
    valid === true
      ? 'valid'
      : valid === false
        ? `not valid: ${badTypes.join(', ')}`
        : 'unknown: nothing bad was found, but that says nothing';
  return [
    `${file}: ${answers}`,
    ...reasons.map((reason) => `  ${reason}`),
    `  ${counts.join(', ') || 'no operations'}`,
    `  ${verdict.sends} sends and ${verdict.reads} reads of ${verdict.keys} keys by` +
      ` ${verdict.processes} processes; judged as: ${how.join(', ')}`,
  ].join('\n');
}

function table(anomalies: readonly Anomaly[]): string {
  if (anomalies.length === 0) return '';
  const rows = [
    ['anomaly', 'count', 'judged', 'what it is'],
    ...anomalies.map(({ type, count, standing }) => {
      const doc = anomalyRows.find((row) => row.type === type)?.doc ?? '';
      return [type, String(count), standing, doc];
    }),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function witnesses({ type, count, witnesses: kept }: Anomaly): string {
  const lines = kept.slice(0, toldMax).map(({ prose }) => `  ${prose}`);
  const untold = count - lines.length;
  if (untold > 0) lines.push(`  and ${untold} more`);
  return [`${type}:`, ...lines].join('\n');
}

function reported({ worstRealtimeLag: lag, consumeCounts: counts }: ClientVerdict): string {
  const lines: string[] = [];
  if (lag !== null) {
    lines.push(
      `process ${lag.process} was at least ${seconds(lag.lagNs)} behind in key ${lag.key} when it polled at` +
        ` ${seconds(lag.timeNs)} (reported, never judged)`,
    );
  }
  if (counts !== null) {
    const distribution = Object.entries(counts.distribution).map(([times, values]) => `${values} x ${times}`);
    lines.push(
      `values consumed so often by one subscribed process: ${distribution.join(', ') || 'none'}` +
        ' (reported, never judged)',
    );
  }
  return lines.join('\n');
}

function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(3)} s`;
}
