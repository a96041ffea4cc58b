// A log on a memory node, for the tests of the log room: batches of a given size, and the log opened again
// after each kind of end.

import { assert } from '../base/assert.ts';
import { Log, type LogOptions } from '../log/log.ts';
import { defaultLogConfig, type LogConfig } from '../log/log-config.ts';
import type { Appended } from '../log/log-end.ts';
import { type RecordBatch, wholeBatchesOf } from '../protocol/record-batch.ts';
import { buildBatch } from '../protocol/record-batch-builder.ts';
import { MemoryNode } from './memory-node.ts';

export const logDirectory = 'orders-0';

export interface BatchFacts {
  readonly records?: number;
  /** Of the first record; each one after it is 1 ms younger. */
  readonly timestampMs?: number;
  /** Bytes of each record's value. */
  readonly valueBytes?: number;
  readonly producerId?: number;
  readonly baseSequence?: number;
}

export function makeBatch({
  records = 1,
  timestampMs = 1_700_000_000_000,
  valueBytes = 10,
  producerId,
  baseSequence,
}: BatchFacts = {}): Uint8Array {
  return buildBatch({
    producerId,
    producerEpoch: producerId === undefined ? undefined : 0,
    baseSequence,
    records: Array.from({ length: records }, (_, index) => ({
      timestamp: timestampMs + index,
      key: null,
      value: new Uint8Array(valueBytes).fill(index),
    })),
  });
}

export class LogFixture {
  readonly node = new MemoryNode();
  readonly failures: string[] = [];
  config: LogConfig;
  log: Log;

  constructor(config: Partial<LogConfig> = {}) {
    this.config = { ...defaultLogConfig, ...config };
    this.log = this.open({ cleanShutdown: false });
    const named = this.node.run(this.node.runtime.syncDir(''));
    assert(named.ok, 'the directory becomes durable, as the log manager does it');
  }

  open(known: Partial<LogOptions>): Log {
    const opened = this.node.run(Log.open(this.node.runtime, this.options(known)));
    assert(opened.ok, `the log opens: ${JSON.stringify(opened)}`);
    this.log = opened.value;
    return opened.value;
  }

  options(known: Partial<LogOptions>): LogOptions {
    return {
      directory: logDirectory,
      topic: 'orders',
      partition: 0,
      topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      config: this.config,
      logStartOffset: 0,
      recoveryPoint: 0,
      cleanShutdown: false,
      onFailure: (error) => this.failures.push(error.detail),
      ...known,
    };
  }

  /** Appends and does not wait. */
  plan(facts: BatchFacts = {}, leaderEpoch = 0): Appended {
    return this.log.append(makeBatch(facts), { leaderEpoch, nowMs: this.node.nowMs });
  }

  append(facts: BatchFacts = {}, leaderEpoch = 0): Appended {
    const appended = this.plan(facts, leaderEpoch);
    const outcome = this.node.run(appended.written.wait());
    assert(outcome.ok, 'the batch is written');
    this.node.settle();
    return appended;
  }

  flush(): void {
    assert(this.node.run(this.log.flush()).ok, 'the log is flushed');
  }

  /** Base offsets of the batches that one read gives. */
  read(
    fromOffset: number,
    limits: { maxBytes?: number; upToOffset?: number; atLeastOneBatch?: boolean } = {},
  ): number[] {
    return this.batches(fromOffset, limits).map(({ baseOffset }) => baseOffset);
  }

  batches(
    fromOffset: number,
    limits: { maxBytes?: number; upToOffset?: number; atLeastOneBatch?: boolean } = {},
  ): RecordBatch[] {
    const read = this.node.run(
      this.log.read(fromOffset, {
        maxBytes: 1_000_000,
        upToOffset: Number.POSITIVE_INFINITY,
        atLeastOneBatch: true,
        ...limits,
      }),
    );
    assert(read.ok, `the read succeeds: ${JSON.stringify(read)}`);
    const { batches, wholeBytes } = wholeBatchesOf(read.value);
    assert(wholeBytes === read.value.length, 'a read gives whole batches');
    assert(
      batches.every((batch) => batch.isCrcValid()),
      'checksums hold',
    );
    return batches;
  }

  /** Base offsets of all batches, read by read, from the log start on. */
  readAll(): number[] {
    const offsets: number[] = [];
    let next = this.log.logStartOffset;
    while (next < this.log.logEndOffset) {
      const batches = this.batches(next);
      const last = batches.at(-1);
      assert(last !== undefined, `a read at ${next} below the log end gives something`);
      offsets.push(...batches.map(({ baseOffset }) => baseOffset));
      next = last.nextOffset;
    }
    return offsets;
  }

  fileNames(): string[] {
    const listed = this.node.run(this.node.runtime.list(logDirectory));
    assert(listed.ok, 'the directory can be listed');
    return listed.value.map(({ name }) => name);
  }
}
