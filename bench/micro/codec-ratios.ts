// How much faster the compiled codec is than the interpreter whose specification it follows, on the messages of the
// hot path. Both do the same work in turns, in many short rounds, and the fastest round of each counts: whoever else is
// on the machine can only make a round slower.

import {
  concat,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  fetchApi,
  isFlexible,
  produceApi,
  Reader,
  readStruct,
  Writer,
  writeStruct,
} from '../../engine/index.ts';
import { SeededRandom } from '../random.ts';

export interface CodecRatio {
  readonly name: string;
  readonly interpretedNs: number;
  readonly compiledNs: number;
  /** How many times the compiled one's time the interpreter needs. */
  readonly ratio: number;
}

type HotApi = typeof produceApi | typeof fetchApi;

interface Message {
  readonly name: string;
  readonly api: HotApi;
  readonly half: 'request' | 'response';
  readonly version: number;
  readonly value: unknown;
}

const rounds = 200;
const operations = 500;
const kept: unknown[] = new Array(8).fill(undefined);
const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';

export function codecRatios(onRatio: (ratio: CodecRatio) => void): void {
  for (const message of messages()) {
    const bytes = concat(encoded(message));
    if (Buffer.compare(bytes, concat(encodedByInterpreter(message))) !== 0 || !decoded(message, bytes).ok) {
      throw new Error(`${message.name} is not written and read as it should be`);
    }
    onRatio(
      compare(
        `encode ${message.name}`,
        () => encodedByInterpreter(message),
        () => encoded(message),
      ),
    );
    onRatio(
      compare(
        `decode ${message.name}`,
        () => decodedByInterpreter(message, bytes),
        () => decoded(message, bytes),
      ),
    );
  }
}

function compare(name: string, interpreted: () => unknown, compiled: () => unknown): CodecRatio {
  let interpretedNs = Number.POSITIVE_INFINITY;
  let compiledNs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    interpretedNs = Math.min(interpretedNs, nsPerOperation(interpreted));
    compiledNs = Math.min(compiledNs, nsPerOperation(compiled));
  }
  return { name, interpretedNs, compiledNs, ratio: interpretedNs / compiledNs };
}

/** Every result is kept for a while, so that none of the work can be optimised away. */
function nsPerOperation(work: () => unknown): number {
  const before = performance.now();
  for (let time = 0; time < operations; time++) kept[time % kept.length] = work();
  const elapsedMs = performance.now() - before;
  return (elapsedMs * 1e6) / operations;
}

function encoded({ api, half, version, value }: Message): Uint8Array[] {
  const writer = new Writer();
  if (half === 'request') encodeRequest(api as never, version, value as never, writer);
  else encodeResponse(api as never, version, value as never, writer);
  return writer.finish();
}

function encodedByInterpreter({ api, half, version, value }: Message): Uint8Array[] {
  const writer = new Writer();
  writeStruct(api[half], version, isFlexible(api, version), value as never, writer);
  return writer.finish();
}

function decoded({ api, half, version }: Message, bytes: Uint8Array): { readonly ok: boolean } {
  const reader = new Reader(bytes);
  return half === 'request' ? decodeRequest(api, version, reader) : decodeResponse(api, version, reader);
}

function decodedByInterpreter({ api, half, version }: Message, bytes: Uint8Array): unknown {
  return readStruct(api[half], version, isFlexible(api, version), new Reader(bytes));
}

// ---- the messages

function messages(): Message[] {
  return [
    ...[1, 16].flatMap((partitions) => [produceRequest(9, partitions), produceRequest(12, partitions)]),
    ...[1, 16].map((partitions) => produceResponse(12, partitions)),
    ...[1, 16].map((partitions) => fetchRequest(17, partitions)),
    ...[1, 16].map((partitions) => fetchResponse(17, partitions)),
  ];
}

function produceRequest(version: number, partitions: number): Message {
  const partitionData = indexes(partitions).map((index) => ({ index, records: randomBytes(1024) }));
  const value = { acks: -1, timeoutMs: 30_000, topicData: [{ name: 'orders', partitionData }] };
  return {
    name: `Produce request v${version}, ${counted(partitions)}`,
    api: produceApi,
    half: 'request',
    version,
    value,
  };
}

function produceResponse(version: number, partitions: number): Message {
  const partitionResponses = indexes(partitions).map((index) => {
    return { index, errorCode: 0, baseOffset: 1_000_000 + index, logAppendTimeMs: -1, logStartOffset: 0 };
  });
  const value = { responses: [{ name: 'orders', partitionResponses }], throttleTimeMs: 0 };
  return {
    name: `Produce response v${version}, ${counted(partitions)}`,
    api: produceApi,
    half: 'response',
    version,
    value,
  };
}

function fetchRequest(version: number, partitions: number): Message {
  const asked = indexes(partitions).map((partition) => {
    return { partition, currentLeaderEpoch: 3, fetchOffset: 1_000_000, partitionMaxBytes: 1_048_576 };
  });
  const topics = [{ topic: '', topicId, partitions: asked }];
  const value = { maxWaitMs: 500, minBytes: 1, topics, forgottenTopicsData: [] };
  return {
    name: `Fetch request v${version}, ${counted(partitions)}`,
    api: fetchApi,
    half: 'request',
    version,
    value,
  };
}

function fetchResponse(version: number, partitions: number): Message {
  const found = indexes(partitions).map((partitionIndex) => ({
    partitionIndex,
    errorCode: 0,
    highWatermark: 1_000_000,
    lastStableOffset: 1_000_000,
    logStartOffset: 0,
    abortedTransactions: null,
    records: randomBytes(1024),
  }));
  const responses = [{ topic: '', topicId, partitions: found }];
  const value = { throttleTimeMs: 0, errorCode: 0, sessionId: 1, responses };
  return {
    name: `Fetch response v${version}, ${counted(partitions)}`,
    api: fetchApi,
    half: 'response',
    version,
    value,
  };
}

function counted(partitions: number): string {
  return partitions === 1 ? '1 partition' : `${partitions} partitions`;
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  new SeededRandom('codec').fill(bytes);
  return bytes;
}
