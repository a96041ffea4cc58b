// The process of the null broker: it answers what a producer asks, and does nothing. Every topic is there, with as many
// partitions as it was started with; a Produce request is acknowledged at once, its records counted from the headers
// of its batches and nothing else looked at. Nothing is checked, nothing is kept but the ends of partitions: of
// generators that do not tell what was acknowledged in a second, ListOffsets does.
//
//   node null-broker-process.ts PARTITIONS      prints {"port": ...} when it listens; ends with its standard input

import { hostPorts } from '../../engine/host/index.ts';
import {
  apiVersionsApi,
  type Connection,
  decodeRequest,
  encodeResponse,
  fetchApi,
  frame,
  initProducerIdApi,
  listOffsetsApi,
  metadataApi,
  produceApi,
  Reader,
  readRequestHeader,
  skipHeaderTags,
  Writer,
  writeResponseHeader,
  zeroUuid,
} from '../../engine/index.ts';

const frameBytesMax = 256 << 20;
const recordsCountAt = 57;
const batchHeaderBytes = 61;
/** The newest version of each API that it answers; topics have names up to there. */
const offered = [
  { api: produceApi, minVersion: 0, maxVersion: 11 },
  { api: listOffsetsApi, minVersion: 1, maxVersion: 5 },
  { api: metadataApi, minVersion: 0, maxVersion: 12 },
  { api: apiVersionsApi, minVersion: 0, maxVersion: 3 },
  { api: initProducerIdApi, minVersion: 0, maxVersion: 4 },
] as const;
/** Told and never answered: librdkafka writes record batches (format v2) only to brokers that can also be read so. */
const toldOnly = { apiKey: fetchApi.key, minVersion: 0, maxVersion: 11 };
/** Older requests carry older formats, whose records we cannot count. */
const produceVersionMin = 3;
const nodeId = 1;

const partitionsCount = Number(process.argv[2] ?? 1);
/** By topic, the end of each partition. */
const ends = new Map<string, Float64Array>();
let lastProducerId = 0;
let port = 0;

function endsOf(topic: string): Float64Array {
  let of = ends.get(topic);
  if (of === undefined) {
    of = new Float64Array(partitionsCount);
    ends.set(topic, of);
  }
  return of;
}

/** undefined: nothing is to be answered. A sentence: the connection ends. */
function answerTo(bytes: Uint8Array): Uint8Array[] | undefined | string {
  const reader = new Reader(bytes);
  const header = readRequestHeader(reader);
  if (!header.ok) return header.error;
  const { apiKey, version, correlationId } = header.value;
  const known = offered.find(({ api }) => api.key === apiKey);
  if (known === undefined) return `API ${apiKey} is not answered here`;
  const writer = new Writer();
  const { api, maxVersion } = known;
  if (version > maxVersion && api !== apiVersionsApi) return `${api.name} v${version} is not answered here`;
  if (version >= api.flexibleFrom) skipHeaderTags(reader);
  const body = (): string | undefined => {
    switch (api) {
      case produceApi:
        return produce(version, reader, writer);
      case listOffsetsApi:
        return listOffsets(version, reader, writer);
      case metadataApi:
        return metadata(version, reader, writer);
      case initProducerIdApi:
        encodeResponse(initProducerIdApi, version, producerId(), writer);
        return undefined;
      default:
        apiVersions(version, writer);
        return undefined;
    }
  };
  writeResponseHeader(api, version, correlationId, writer);
  const refusal = body();
  if (refusal === noAnswer) return undefined;
  return refusal ?? frame(writer.finish());
}

const noAnswer = 'acks 0';

function produce(version: number, reader: Reader, writer: Writer): string | undefined {
  if (version < produceVersionMin) return `Produce v${version} is not answered here`;
  const decoded = decodeRequest(produceApi, version, reader);
  if (!decoded.ok) return decoded.error;
  if (decoded.value.acks === 0) return noAnswer;
  const responses = decoded.value.topicData.map(({ name, partitionData }) => {
    const of = endsOf(name);
    return {
      name,
      topicId: zeroUuid,
      partitionResponses: partitionData.map(({ index, records }) => {
        const baseOffset = of[index] ?? 0;
        if (index < of.length) of[index] = baseOffset + recordsIn(records);
        return { index, errorCode: 0, baseOffset };
      }),
    };
  });
  encodeResponse(produceApi, version, { responses } as never, writer);
  return undefined;
}

/** A request has one batch for each partition: its header says how many records are in it. */
function recordsIn(records: Uint8Array | null): number {
  if (records === null || records.length < batchHeaderBytes) return 0;
  return new DataView(records.buffer, records.byteOffset).getInt32(recordsCountAt);
}

/** The end, whatever time was asked for. */
function listOffsets(version: number, reader: Reader, writer: Writer): string | undefined {
  const decoded = decodeRequest(listOffsetsApi, version, reader);
  if (!decoded.ok) return decoded.error;
  const topics = decoded.value.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: 0,
      oldStyleOffsets: [],
      timestamp: -1,
      offset: endsOf(name)[partitionIndex] ?? 0,
      leaderEpoch: -1,
    })),
  }));
  encodeResponse(listOffsetsApi, version, { throttleTimeMs: 0, topics }, writer);
  return undefined;
}

function metadata(version: number, reader: Reader, writer: Writer): string | undefined {
  const decoded = decodeRequest(metadataApi, version, reader);
  if (!decoded.ok) return decoded.error;
  const names = decoded.value.topics?.map(({ name }) => name).filter((name) => name !== null) ?? [];
  const partition = (partitionIndex: number) => ({
    errorCode: 0,
    partitionIndex,
    leaderId: nodeId,
    leaderEpoch: 0,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
    offlineReplicas: [],
  });
  const partitions = Array.from({ length: partitionsCount }, (_, index) => partition(index));
  const answer = {
    throttleTimeMs: 0,
    brokers: [{ nodeId, host: '127.0.0.1', port, rack: null }],
    clusterId: 'null-broker',
    controllerId: nodeId,
    topics: [...new Set([...names, ...(decoded.value.topics === null ? ends.keys() : [])])].map((name) => ({
      errorCode: 0,
      name,
      topicId: zeroUuid,
      isInternal: false,
      partitions,
    })),
    errorCode: 0,
  };
  encodeResponse(metadataApi, version, answer, writer);
  return undefined;
}

function producerId() {
  return { throttleTimeMs: 0, errorCode: 0, producerId: ++lastProducerId, producerEpoch: 0 };
}

/** Above ours the answer is in version 0, with the error first; `version` is what the client reads then (KIP-511). */
function apiVersions(version: number, writer: Writer): void {
  const unknown = version > apiVersionsMax;
  const rows = offered.map(({ api, minVersion, maxVersion }) => ({
    apiKey: api.key,
    minVersion,
    maxVersion,
  }));
  const apiKeys = [...rows, toldOnly];
  const errorCode = unknown ? 35 : 0;
  const answer = { errorCode, apiKeys, throttleTimeMs: 0, supportedFeatures: [], finalizedFeatures: [] };
  encodeResponse(apiVersionsApi, unknown ? 0 : version, answer, writer);
}

const apiVersionsMax = 3;

/** Cuts frames out of a stream in one buffer that is used again: a frame is only valid until the next chunk. */
class Frames {
  #held = new Uint8Array(1 << 20);
  #from = 0;
  #until = 0;

  /** False when the stream cannot be one of frames. */
  push(chunk: Uint8Array, take: (frame: Uint8Array) => void): boolean {
    this.#makeRoom(chunk.length);
    this.#held.set(chunk, this.#until);
    this.#until += chunk.length;
    const view = new DataView(this.#held.buffer);
    while (this.#until - this.#from >= 4) {
      const size = view.getInt32(this.#from);
      if (size < 0 || size > frameBytesMax) return false;
      const start = this.#from + 4;
      if (this.#until < start + size) break;
      this.#from = start + size;
      take(this.#held.subarray(start, start + size));
    }
    return true;
  }

  #makeRoom(bytes: number): void {
    if (this.#until + bytes <= this.#held.length) return;
    const left = this.#until - this.#from;
    if (left + bytes > this.#held.length / 2) {
      const larger = new Uint8Array(2 * (left + bytes));
      larger.set(this.#held.subarray(this.#from, this.#until));
      this.#held = larger;
    } else {
      this.#held.copyWithin(0, this.#from, this.#until);
    }
    this.#from = 0;
    this.#until = left;
  }
}

function serve(connection: Connection): void {
  const frames = new Frames();
  const take = (bytes: Uint8Array): void => {
    const answer = answerTo(bytes);
    if (typeof answer === 'string') {
      process.stderr.write(`null broker: ${answer}\n`);
      connection.close();
    } else if (answer !== undefined) {
      connection.send(answer);
    }
  };
  connection.attach({
    bytes(chunk) {
      if (!frames.push(chunk, take)) connection.close();
    },
    closed() {},
    drained() {},
  });
}

// The host's own network: it reads and writes as cheaply as our real broker does. Nothing is written to its disk.
const { network } = hostPorts({ dataDir: '.' });
network.listen({ host: '127.0.0.1', port: 0 }, serve, (listening) => {
  if (!listening.ok) throw new Error(listening.error.detail);
  port = listening.value.address.port;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
