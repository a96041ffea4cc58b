// Where logs start: that a log start goes back only as far as a death permits (contract/log-starts.ts), that what was
// acknowledged as deleted stays deleted, and what the rules on log starts saw while the run went on.

import { evidenceOf } from '../contract/because.ts';
import { type Material, scanName } from '../material.ts';
import type { WentBack } from '../monitor/log-start.ts';
import type { DeletionLost } from '../monitor/log-start-facts.ts';
import type { PartitionState } from '../monitor/partition-state.ts';
import { logStartRules } from '../monitor/rules/index.ts';
import type { Scan } from '../record/history.ts';
import { checker, type Report } from '../verdict.ts';
import { tellWatched } from './cluster.ts';

export const logStarts = checker({
  name: 'log-starts',
  doc: 'logs begin later and later; records that were deleted stay deleted',
  invariants: {
    'log-start-regression': 'the log start of a replica went back, while it ran or over a restart',
    'acked-delete-lost':
      'a leader began, or told that its log begins, below what DeleteRecords was acknowledged for',
    ...Object.fromEntries(logStartRules.map(({ invariant, doc }) => [invariant, doc])),
  },

  check(material: Material, report: Report): void {
    for (const partition of material.parts.monitor?.cluster.partitions() ?? []) {
      const { wentBack, lost, compared } = partition.starts;
      report.judged(compared);
      for (const back of wentBack) tellBack(material, report, partition, back);
      for (const one of lost) tellLost(material, report, partition, one);
    }
    for (const [key, scan] of material.scans) {
      for (const one of [scan, ...(material.replicaScans.get(key) ?? [])]) tellScan(material, report, one);
    }
    for (const { invariant } of logStartRules) tellWatched(material, report, invariant);
  },
});

function tellBack(material: Material, report: Report, partition: PartitionState, back: WentBack): void {
  const { topic, partition: index, name } = partition;
  const { node, way, from, to, at } = back;
  const excuse = material.logStarts.wentBack(topic, index, back);
  const prose =
    `the log of ${name} on ${node} began at ${from}, and ${way === 'restart' ? 'after a restart' : 'now'} at ${to};` +
    ` ${inWords(excuse)}`;
  const facts = { topic, partition: index, node, way, from, to };
  report.found(excuse.lawful, 'log-start-regression', at, prose, { ...facts, ...evidenceOf(excuse.because) });
}

function tellLost(material: Material, report: Report, partition: PartitionState, lost: DeletionLost): void {
  const { topic, partition: index, name } = partition;
  const { node, leaderEpoch, offset, deletion, at } = lost;
  const excuse = material.logStarts.deletionLost(topic, index, lost);
  const prose =
    `${node} leads ${name} from epoch ${leaderEpoch} on with a log that begins at ${offset}, but ${deletion.node} had` +
    ` acknowledged at step ${deletion.step} that all below ${deletion.offset} is deleted; ${inWords(excuse)}`;
  const facts = { topic, partition: index, node, leaderEpoch, offset, deleted: deletion.offset };
  report.found(excuse.lawful, 'acked-delete-lost', at, prose, { ...facts, ...evidenceOf(excuse.because) });
}

/** What a leader tells its clients, beside what its own events say. Scans begin when all operators are done. */
function tellScan(material: Material, report: Report, scan: Scan): void {
  const { topic, partition: index, logStartOffset, at } = scan;
  const deletion = material.parts.monitor?.cluster.known(topic, index)?.starts.acked;
  if (deletion === undefined || logStartOffset < 0) return;
  report.judged(1);
  if (logStartOffset >= deletion.offset) return;
  const prose =
    `the ${scanName(scan)} was told that ${topic}/${index} begins at ${logStartOffset}, but ${deletion.node} had` +
    ` acknowledged at step ${deletion.step} that all below ${deletion.offset} is deleted`;
  const facts = { topic, partition: index, offset: logStartOffset, deleted: deletion.offset };
  report.violated('acked-delete-lost', at, prose, facts);
}

function inWords(excuse: ReturnType<Material['logStarts']['wentBack']>): string {
  return `${excuse.lawful ? 'lawful' : 'unlawful'}: ${excuse.because.prose}`;
}
