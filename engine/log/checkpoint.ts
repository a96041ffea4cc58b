// Kafka's checkpoint files: a version line, a count, and one line for each entry. Pure text in both
// directions; the count and every line are checked, so that a torn file is recognised and never half
// believed.

import type { TopicPartition } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { EpochStart } from '../core/epoch-history.ts';
import { fromUtf8, utf8 } from '../protocol/bytes.ts';

const version = '0';

export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** `recovery-point-offset-checkpoint` and its like: `topic partition offset`. */
export function encodeOffsets(entries: readonly PartitionOffset[]): Uint8Array {
  return encodeLines(entries.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`));
}

export function decodeOffsets(bytes: Uint8Array): Outcome<PartitionOffset[], string> {
  const lines = decodeLines(bytes);
  if (!lines.ok) return lines;
  const entries: PartitionOffset[] = [];
  for (const line of lines.value) {
    const match = /^(\S+) (\d+) (-?\d+)$/.exec(line);
    if (match === null) return failure(`a line that is not 'topic partition offset': '${line}'`);
    entries.push({ topic: match[1] as string, partition: Number(match[2]), offset: Number(match[3]) });
  }
  return success(entries);
}

/** `leader-epoch-checkpoint`: `epoch startOffset`, ascending. */
export function encodeEpochs(entries: readonly EpochStart[]): Uint8Array {
  return encodeLines(entries.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`));
}

export function decodeEpochs(bytes: Uint8Array): Outcome<EpochStart[], string> {
  const lines = decodeLines(bytes);
  if (!lines.ok) return lines;
  const entries: EpochStart[] = [];
  for (const line of lines.value) {
    const match = /^(\d+) (\d+)$/.exec(line);
    if (match === null) return failure(`a line that is not 'epoch offset': '${line}'`);
    const entry = { epoch: Number(match[1]), startOffset: Number(match[2]) };
    const last = entries.at(-1);
    if (last !== undefined && (entry.epoch <= last.epoch || entry.startOffset <= last.startOffset)) {
      return failure(`epochs out of order: '${line}'`);
    }
    entries.push(entry);
  }
  return success(entries);
}

/** `partition.metadata`, which ties a directory to one incarnation of its topic. */
export function encodePartitionMetadata(topicId: string): Uint8Array {
  return utf8(`version: 0\ntopic_id: ${topicId}`);
}

export function decodePartitionMetadata(bytes: Uint8Array): Outcome<string, string> {
  const match = /^version: 0\r?\ntopic_id: ([A-Za-z0-9_-]{22})\s*$/.exec(fromUtf8(bytes));
  return match === null ? failure('not a partition.metadata of version 0') : success(match[1] as string);
}

function encodeLines(lines: readonly string[]): Uint8Array {
  return utf8(`${[version, String(lines.length), ...lines].join('\n')}\n`);
}

function decodeLines(bytes: Uint8Array): Outcome<string[], string> {
  const lines = fromUtf8(bytes).split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines[0] !== version) return failure(`version '${lines[0] ?? ''}' where ${version} is known`);
  const count = Number(lines[1]);
  if (lines[1] === undefined || !/^\d+$/.test(lines[1]) || count !== lines.length - 2) {
    return failure(`${lines.length - 2} entries where '${lines[1] ?? ''}' are announced`);
  }
  return success(lines.slice(2));
}
