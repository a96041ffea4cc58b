// What the broker did in the measured time, in counts: of the system's calls from /proc, of requests, fsyncs and
// garbage collections from the broker itself, over its channel. Counts hardly know noise: 1 % more of them is a change
// of the broker, not of the weather.
//
// A broker that is not ours, or a build that does not know the question, leaves its counts null. So does one that was
// killed between the two readings: what it had counted went with its process.

import type { NodeCounts } from '../engine/host/index.ts';
import { ioOf, type ProcessIo } from './process-use.ts';
import type { BrokerCounts } from './result.ts';

/** Whom the counts are of. */
export interface Counted {
  readonly processId: number;
  /** What it says of itself; undefined when it does not answer. */
  counts(): Promise<NodeCounts | undefined>;
}

export interface CountsReading {
  readonly processId: number;
  readonly io: ProcessIo | undefined;
  readonly node: NodeCounts | undefined;
}

/** Reads twice: where the measured time begins, and where it ends. */
export class BrokerCounter {
  readonly #broker: Counted;
  readonly #from: number;
  readonly #to: number;
  #before: Promise<CountsReading> | undefined;
  #after: Promise<CountsReading> | undefined;

  /** Both in seconds from the start of the load. */
  constructor(broker: Counted, from: number, to: number) {
    this.#broker = broker;
    this.#from = from;
    this.#to = to;
  }

  /** To be told each second of the load, once, when it begins. */
  readonly onSecond = (second: number): void => {
    if (second === this.#from) this.#before = this.#read();
    if (second === this.#to) this.#after = this.#read();
  };

  /** null: one of the two seconds was missed, or nothing is known of this broker. */
  async report(records: number): Promise<BrokerCounts | null> {
    const [before, after] = [await this.#before, await this.#after];
    return before === undefined || after === undefined ? null : brokerCountsOf(before, after, records);
  }

  async #read(): Promise<CountsReading> {
    // First what is read at once; the answer of a busy broker comes a little later.
    const { processId } = this.#broker;
    const io = ioOf(processId);
    return { processId, io, node: await this.#broker.counts() };
  }
}

/** What lies between two readings. Pure. */
export function brokerCountsOf(
  before: CountsReading,
  after: CountsReading,
  records: number,
): BrokerCounts | null {
  if (before.processId !== after.processId) return null;
  const io = differenceOf(before.io, after.io, (of) => [of.readCalls, of.writeCalls]);
  const node = differenceOf(before.node, after.node, (of) => [
    sumOf(of.requests),
    of.requests.Produce ?? 0,
    of.disk.fsyncs,
    of.disk.writtenBytes,
    of.traffic.receivedBytes,
    of.garbageCollections,
    of.garbageCollectionMs,
  ]);
  if (io === undefined && node === undefined) return null;
  const [reads = null, writes = null] = io ?? [];
  const [requests = null, produced = null, fsyncs = null, written = null, received = null] = node ?? [];
  const [garbageCollections = null, garbageCollectionMs = null] = node?.slice(5) ?? [];
  const perThousand = (count: number | null): number | null => ratio(count, records / 1000);
  return {
    requests,
    fsyncs,
    produceRequestsPerFsync: ratio(produced, fsyncs),
    readCallsPerThousandRecords: perThousand(reads),
    writeCallsPerThousandRecords: perThousand(writes),
    fsyncsPerThousandRecords: perThousand(fsyncs),
    // Where nothing was produced there is nothing of which this would be a share.
    bytesWrittenPerByteReceived: produced === 0 ? null : ratio(written, received),
    garbageCollections,
    garbageCollectionMs,
  };
}

function differenceOf<T>(
  before: T | undefined,
  after: T | undefined,
  numbers: (of: T) => number[],
): number[] | undefined {
  if (before === undefined || after === undefined) return undefined;
  const from = numbers(before);
  return numbers(after).map((value, index) => value - (from[index] as number));
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function ratio(count: number | null, of: number | null): number | null {
  return count === null || of === null || of === 0 ? null : count / of;
}
