// The metadata log of a cluster of one: a `Log` like any other, in `__cluster_metadata-0`, fsynced before a record
// counts. When there are more voters, Raft decides what counts; the controller above will not notice.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { Log } from '../log/log.ts';
import { BatchWalk } from '../protocol/record-batch.ts';
import type { Runtime } from '../runtime.ts';
import type { MetadataLog } from './metadata-log.ts';

/** Bytes read at once when the log is replayed. */
const replayBytesMax = 1 << 20;

export class LogMetadataLog implements MetadataLog {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #leaderEpoch: number;

  /** Every start of the broker is an epoch of its own: the one voter elects itself. */
  constructor(runtime: Runtime, log: Log) {
    this.#runtime = runtime;
    this.#log = log;
    this.#leaderEpoch = (log.epochs.latestEpoch ?? 0) + 1;
    log.epochs.assign(this.#leaderEpoch, log.logEndOffset);
  }

  *readAll(): Task<Outcome<Uint8Array[], string>> {
    const chunks: Uint8Array[] = [];
    let at = this.#log.logStartOffset;
    while (at < this.#log.logEndOffset) {
      const bounds = { maxBytes: replayBytesMax, upToOffset: this.#log.logEndOffset, atLeastOneBatch: true };
      const read = yield* this.#log.read(at, bounds);
      if (!read.ok) return failure(`the metadata log cannot be read at offset ${at}: ${read.error.kind}`);
      const next = nextOffsetAfter(read.value);
      if (next === undefined || next <= at)
        return failure(`the metadata log ends inside a batch at offset ${at}`);
      chunks.push(read.value);
      at = next;
    }
    return success(chunks);
  }

  *append(batch: Uint8Array): Task<Outcome<number, string>> {
    const nowMs = this.#runtime.clock.wallMs();
    const { baseOffset, written } = this.#log.append(batch, { leaderEpoch: this.#leaderEpoch, nowMs });
    const outcome = yield* written.wait();
    if (!outcome.ok) return failure(`the metadata log cannot be written: ${outcome.error.detail}`);
    const flushed = yield* this.#log.flush();
    if (!flushed.ok) return failure(`the metadata log cannot be made durable: ${flushed.error.detail}`);
    return success(baseOffset);
  }
}

function nextOffsetAfter(bytes: Uint8Array): number | undefined {
  const walk = new BatchWalk(bytes);
  let next: number | undefined;
  for (let batch = walk.next(); batch !== undefined; batch = walk.next()) next = batch.nextOffset;
  return next;
}
