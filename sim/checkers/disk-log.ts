// The files themselves, as they lie on the simulated disks at the end, and what recovery made of them. The reader of
// batch headers here is written apart from the engine's on purpose: a judge that shares the suspect's eyes sees
// nothing.

import { partitionKey } from '../../engine/index.ts';
import type { LogFile, Material } from '../material.ts';
import { checker, type Report } from '../verdict.ts';
import { batchHeaderBytes, logsOf } from './log-files.ts';

export const diskLog = checker({
  name: 'disk-log',
  doc: 'log files are well-formed, and what fsync confirmed survives',
  invariants: {
    'log-offset-disorder':
      'batches in a log file overlap, go backwards, leave bytes between them, or lie below its name',
    'flushed-data-lost': 'recovery ended below a recovery point that fsync had confirmed',
  },

  check(material: Material, report: Report): void {
    for (const log of logsOf(material.parts.logFiles)) walkLog(material, report, log);
    recoveries(material, report);
  },
});

function walkLog(material: Material, report: Report, files: readonly LogFile[]): void {
  let nextOffset = 0;
  let lastEpoch = 0;
  const damaged = material.losses.anyLossy;
  for (const file of files) {
    const view = new DataView(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
    nextOffset = Math.max(nextOffset, Number(/(\d+)\.log$/.exec(file.path)?.[1] ?? 0));
    const tell = (position: number, what: string) =>
      report.found(
        damaged && hasDamage(material),
        'log-offset-disorder',
        material.parts.end,
        `${file.node} ${file.path} at byte ${position}: ${what}`,
        { node: file.node, path: file.path, position },
      );
    for (let position = 0; position < view.byteLength; ) {
      report.judged(1);
      if (view.byteLength - position < batchHeaderBytes) {
        tell(position, `${view.byteLength - position} bytes are no batch`);
        break;
      }
      const base = Number(view.getBigInt64(position));
      const length = view.getInt32(position + 8);
      const epoch = view.getInt32(position + 12);
      const lastOffset = base + view.getInt32(position + 23);
      if (length < batchHeaderBytes - 12 || position + 12 + length > view.byteLength) {
        tell(position, `a batch of ${length} bytes does not fit in the file`);
        break;
      }
      if (base < nextOffset)
        tell(position, `the batch begins at offset ${base}, expected ${nextOffset} or more`);
      if (lastOffset < base)
        tell(position, `the batch ends at offset ${lastOffset}, below its own base ${base}`);
      if (epoch < lastEpoch) tell(position, `leader epoch ${epoch} after ${lastEpoch}`);
      nextOffset = Math.max(nextOffset, lastOffset + 1);
      lastEpoch = Math.max(lastEpoch, epoch);
      position += 12 + length;
    }
  }
}

/**
 * Whether the device itself changed bytes: then a file may lawfully be damaged. A power loss alone is recovered from.
 */
function hasDamage(material: Material): boolean {
  return material.parts.effects.some((effect) => effect.tookEffect && effect.damage === 'anything-lost');
}

const recoveryKinds: ReadonlySet<string> = new Set([
  'follower-began',
  'log-flushed',
  'log-recovered',
  'log-start-moved',
  'log-truncated',
  'log-deleted',
  'topic-deleted',
]);

function recoveries(material: Material, report: Report): void {
  const confirmed = new Map<string, { recoveryPoint: number; step: number }>();
  const starts = new Map<string, number>();
  /** The last step at which a replica began to follow. */
  const followed = new Map<string, number>();
  for (const { node, step, timeUs, event } of material.parts.events) {
    if (!recoveryKinds.has(event.kind)) continue;
    if (event.kind === 'topic-deleted') {
      for (const key of [...confirmed.keys()]) {
        if (key.startsWith(`${node} ${event['topic']}-`)) confirmed.delete(key);
      }
      continue;
    }
    const key = `${node} ${partitionKey(event['topic'] as string, event['partition'] as number)}`;
    if (event.kind === 'log-deleted') {
      // Moved away: when the partition comes back to this broker, its log begins with nothing.
      confirmed.delete(key);
      continue;
    }
    if (event.kind === 'follower-began') {
      followed.set(key, step);
      continue;
    }
    if (event.kind === 'log-start-moved') {
      starts.set(key, event['logStartOffset'] as number);
      continue;
    }
    if (event.kind === 'log-truncated' && (event['logEndOffset'] as number) === starts.get(key)) {
      // Cut where it starts: all of it was thrown away, for a snapshot or for a leader whose log starts further on, and
      // an empty log is on no disk. A life that ends before anything is written again finds nothing, and starts over.
      confirmed.delete(key);
      continue;
    }
    if (event.kind === 'log-truncated') {
      // A follower cuts what its leader does not have, however durable it was.
      const cut = confirmed.get(key);
      const logEndOffset = event['logEndOffset'] as number;
      if (cut !== undefined && cut.recoveryPoint > logEndOffset)
        confirmed.set(key, { recoveryPoint: logEndOffset, step });
      continue;
    }
    const recoveryPoint = event['recoveryPoint'] as number;
    if (event.kind === 'log-flushed') {
      confirmed.set(key, { recoveryPoint, step });
      continue;
    }
    const before = confirmed.get(key);
    const logEndOffset = event['logEndOffset'] as number;
    if (before === undefined) continue;
    // Who began to follow since may have died while it cut what its leader has not: a cut is told when it is done.
    if ((followed.get(key) ?? -1) > before.step) continue;
    report.judged(1);
    if (logEndOffset >= before.recoveryPoint) continue;
    report.found(
      material.losses.markedCleanAt(before.step) ||
        material.parts.effects.some(
          (effect) => effect.tookEffect && effect.damage === 'anything-lost' && effect.began.step <= step,
        ),
      'flushed-data-lost',
      { step, timeUs },
      `${node} recovered ${event['topic']}/${event['partition']} up to offset ${logEndOffset}, but fsync had` +
        ` confirmed everything below ${before.recoveryPoint} at step ${before.step}`,
      { node, logEndOffset, recoveryPoint: before.recoveryPoint, flushedStep: before.step },
    );
  }
}
