// The codec as brokers and clients use it, on three messages: the compiled one for Produce and Fetch, the
// interpreting one for Metadata; `codec-ratios.ts` holds one against the other. Bodies only, without frames and
// sockets. Encoding makes the list of chunks that a socket is given; large records travel in it as they are.

import {
  concat,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  fetchApi,
  metadataApi,
  produceApi,
  Reader,
  Writer,
} from '../../engine/index.ts';
import { SeededRandom } from '../random.ts';
import type { MicroCase } from './cases.ts';

const operations = 20;
const topicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
const produceVersion = 12;
const fetchVersion = 17;
const metadataVersion = 12;

export function codecCases(): MicroCase[] {
  return [...produceCases(), ...fetchCases(), ...metadataCases()];
}

function produceCases(): MicroCase[] {
  const request = {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [
      {
        name: 'orders',
        topicId,
        partitionData: [0, 1, 2, 3].map((index) => ({ index, records: randomBytes(16_384) })),
      },
    ],
  };
  const encode = (): Uint8Array[] => {
    const writer = new Writer();
    encodeRequest(produceApi, produceVersion, request, writer);
    return writer.finish();
  };
  const bytes = concat(encode());
  const decode = () => decodeRequest(produceApi, produceVersion, new Reader(bytes));
  return both('Produce request v12, 4 x 16 KiB', encode, decode);
}

function fetchCases(): MicroCase[] {
  const response = {
    throttleTimeMs: 0,
    errorCode: 0,
    responses: [
      {
        topic: 'orders',
        topicId,
        partitions: [0, 1, 2, 3].map((partitionIndex) => ({
          partitionIndex,
          errorCode: 0,
          highWatermark: 1000,
          lastStableOffset: 1000,
          logStartOffset: 0,
          abortedTransactions: [],
          records: randomBytes(65_536),
        })),
      },
    ],
  };
  const encode = (): Uint8Array[] => {
    const writer = new Writer();
    encodeResponse(fetchApi, fetchVersion, response, writer);
    return writer.finish();
  };
  const bytes = concat(encode());
  const decode = () => decodeResponse(fetchApi, fetchVersion, new Reader(bytes));
  return both('Fetch response v17, 4 x 64 KiB', encode, decode);
}

function metadataCases(): MicroCase[] {
  const partitions = [0, 1, 2, 3].map((partitionIndex) => ({
    errorCode: 0,
    partitionIndex,
    leaderId: 1,
    leaderEpoch: 3,
    replicaNodes: [1, 2, 3],
    isrNodes: [1, 2, 3],
    offlineReplicas: [],
  }));
  const response = {
    throttleTimeMs: 0,
    errorCode: 0,
    brokers: [1, 2, 3].map((nodeId) => ({ nodeId, host: 'broker.example', port: 9092 })),
    clusterId: 'a-cluster',
    controllerId: 1,
    topics: Array.from({ length: 50 }, (_, index) => ({
      errorCode: 0,
      name: `topic-${index}`,
      topicId,
      partitions,
    })),
  };
  const encode = (): Uint8Array[] => {
    const writer = new Writer();
    encodeResponse(metadataApi, metadataVersion, response, writer);
    return writer.finish();
  };
  const bytes = concat(encode());
  const decode = () => decodeResponse(metadataApi, metadataVersion, new Reader(bytes));
  return both('Metadata response v12, 50 topics x 4', encode, decode);
}

function both(name: string, encode: () => Uint8Array[], decode: () => { readonly ok: boolean }): MicroCase[] {
  if (!decode().ok) throw new Error(`${name} cannot be read again`);
  return [
    { name: `encode ${name}`, operations, bytes: 0, run: () => repeated(encode) },
    { name: `decode ${name}`, operations, bytes: 0, run: () => repeated(decode) },
  ];
}

function repeated(work: () => unknown): unknown {
  let last: unknown;
  for (let time = 0; time < operations; time++) last = work();
  return last;
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  new SeededRandom('codec').fill(bytes);
  return bytes;
}
