// The names in a log directory: Kafka's own files, partitions, what deletions and crashes left behind. Whatever else is
// there is somebody's, and stops the boot.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { DiskError } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { temporarySuffix } from './files.ts';
import { metaPropertiesFileName } from './meta-properties.ts';

export const recoveryPointsFileName = 'recovery-point-offset-checkpoint';
export const logStartsFileName = 'log-start-offset-checkpoint';
export const highWatermarksFileName = 'replication-offset-checkpoint';
export const cleanShutdownFileName = '.kafka_cleanshutdown';
const knownFileNames = new Set([
  metaPropertiesFileName,
  recoveryPointsFileName,
  logStartsFileName,
  highWatermarksFileName,
  cleanShutdownFileName,
  'cleaner-offset-checkpoint',
  '.lock',
]);
const deletedDirectory = /\.[0-9a-f]{32}-delete$/;
const partitionDirectory = /^([a-zA-Z0-9._-]{1,249})-(\d+)$/;

export interface PartitionDirectory {
  readonly name: string;
  readonly topic: string;
  readonly partition: number;
}

export interface DirectoryContent {
  readonly partitions: PartitionDirectory[];
  readonly leftovers: string[];
}

/** Tells partitions from leftovers of ours; whatever else is there stops the boot. */
export function contentOf(
  directory: string,
  entries: readonly { name: string; kind: 'file' | 'directory' }[],
): Outcome<DirectoryContent, DiskError> {
  const partitions: PartitionDirectory[] = [];
  const leftovers: string[] = [];
  const strangers: string[] = [];
  for (const { name, kind } of entries) {
    const match = partitionDirectory.exec(name);
    if (kind === 'directory' && deletedDirectory.test(name)) leftovers.push(name);
    else if (kind === 'directory' && match !== null) {
      partitions.push({ name, topic: match[1] as string, partition: Number(match[2]) });
    } else if (kind === 'file' && knownFileNames.has(name.replace(/\.tmp$/, ''))) {
      if (name.endsWith(temporarySuffix)) leftovers.push(name);
    } else strangers.push(`${name}${kind === 'directory' ? '/' : ''}`);
  }
  if (strangers.length === 0) return success({ partitions, leftovers });
  const where = directory === '' ? 'the log directory' : directory;
  const detail = `${where} holds what is not Kafka's: ${strangers.join(', ')}; nothing was touched`;
  return failure({ kind: 'io', detail });
}

/**
 * `topic-partition.uniqueId-delete`, the topic shortened where the name would be longer than file systems
 * allow.
 */
export function deletedName(key: string, runtime: Runtime): string {
  let unique = '';
  for (let i = 0; i < 8; i++) unique += runtime.random.below(0x10000).toString(16).padStart(4, '0');
  const suffix = `.${unique}-delete`;
  return key.slice(0, 255 - suffix.length) + suffix;
}
