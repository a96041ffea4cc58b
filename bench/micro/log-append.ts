// Appending to a log through the host's disk: batches that arrive together, one group, with and without
// fsync. The page cache and the file system are part of it; see the disk probe of `bench` for what they cost
// alone.

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BatchRecord, buildBatch, defaultLogConfig, Log, type Task } from '../../engine/index.ts';
import { SeededRandom } from '../random.ts';
import { ClientNode } from '../tasks.ts';
import type { MicroCase } from './cases.ts';

const groups = [1, 16, 64];
const recordsOfBatch = 15;
const recordBytes = 1024;

/** `close` removes what was written. */
export async function logAppendCases(folder: string): Promise<{ cases: MicroCase[]; close: () => void }> {
  const root = mkdtempSync(join(folder, 'log-append-'));
  const node = new ClientNode(root);
  const batch = sixteenKibibytes();
  const cases: MicroCase[] = [];
  for (const fsync of [false, true]) {
    const log = await node.run('open the log', openLog(node, fsync));
    for (const group of groups) {
      const durable = fsync ? ', fsync' : '';
      cases.push({
        name: `append ${group} x ${(batch.length / 1024).toFixed(0)} KiB${durable}, per batch`,
        operations: group,
        bytes: batch.length,
        run: () => node.run('append', appendGroup(node, log, batch, group)),
      });
    }
  }
  const close = (): void => {
    node.close();
    rmSync(root, { recursive: true, force: true });
  };
  return { cases, close };
}

function* openLog(node: ClientNode, fsync: boolean): Task<Log> {
  const directory = fsync ? 'synced-0' : 'plain-0';
  const opened = yield* Log.open(node.runtime, {
    directory,
    topic: 'bench',
    partition: 0,
    topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
    config: { ...defaultLogConfig, ...(fsync ? { flushMessages: 1 } : {}) },
    logStartOffset: 0,
    recoveryPoint: 0,
    cleanShutdown: false,
    onFailure: ({ detail }) => {
      throw new Error(detail);
    },
  });
  if (!opened.ok) throw new Error(opened.error.detail);
  return opened.value;
}

/** Returns the offset of the last record, once everything is written. */
function* appendGroup(node: ClientNode, log: Log, batch: Uint8Array, group: number): Task<number> {
  const nowMs = node.runtime.clock.wallMs();
  // A log keeps the bytes it is given: each append gets its own, as each request brings its own.
  const appended = Array.from({ length: group }, () => log.append(batch.slice(), { leaderEpoch: 0, nowMs }));
  for (const { written } of appended) {
    const outcome = yield* written.wait();
    if (!outcome.ok) throw new Error(outcome.error.detail);
  }
  return (appended.at(-1) as { lastOffset: number }).lastOffset;
}

function sixteenKibibytes(): Uint8Array {
  const random = new SeededRandom('log append');
  const records: BatchRecord[] = Array.from({ length: recordsOfBatch }, () => {
    const value = new Uint8Array(recordBytes);
    random.fill(value);
    return { timestamp: 1_700_000_000_000, key: null, value };
  });
  return buildBatch({ records });
}
