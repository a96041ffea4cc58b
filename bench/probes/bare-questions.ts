// What clients of the bare probes ask now and then, answered by the engine's codec: which versions there are, which
// topics, a producer id, the ends of partitions. Only versions without tagged fields, so that headers are plain.

import {
  type Address,
  apiVersionsApi,
  assert,
  createTopicsApi,
  decodeRequest,
  encodeResponse,
  findCoordinatorApi,
  initProducerIdApi,
  listOffsetsApi,
  metadataApi,
  Reader,
  Writer,
  zeroUuid,
} from '../../engine/index.ts';
import type { BareFrame } from './bare-connection.ts';
import type { BarePartition } from './bare-partition.ts';
import { produceKey, produceVersions } from './bare-pipeline.ts';
import { fetchKey, fetchVersions } from './bare-read-send.ts';
import type { BareTopics } from './bare-topics.ts';

const unknownTopicOrPartition = 3;
const coordinatorNotAvailable = 15;
const invalidTopic = 17;
const unsupportedVersion = 35;
const topicAlreadyExists = 36;
const nodeId = 0;
const earliest = -2;
const calm = { throttleTimeMs: 0 };

/** What is offered beside Produce and Fetch. FindCoordinator finds none: librdkafka compresses only where it is. */
const offered = [
  { api: listOffsetsApi, first: 1, last: 5 },
  { api: metadataApi, first: 1, last: 8 },
  { api: findCoordinatorApi, first: 0, last: 2 },
  { api: apiVersionsApi, first: 0, last: 2 },
  { api: createTopicsApi, first: 2, last: 4 },
  { api: initProducerIdApi, first: 0, last: 1 },
] as const;

export interface Question {
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
}

export class BareQuestions {
  readonly #topics: BareTopics;
  readonly #address: () => Address;
  #producerIds = 0;

  constructor(topics: BareTopics, address: () => Address) {
    this.#topics = topics;
    this.#address = address;
  }

  /** The whole answer; or a sentence why this connection cannot go on. `at`: behind the header. */
  answer(
    { apiKey, version, correlationId }: Question,
    { bytes, end }: BareFrame,
    at: number,
  ): Uint8Array | string {
    const writer = new Writer(256);
    writer.int32(correlationId);
    const known = offered.find(({ api }) => api.key === apiKey);
    if (known === undefined) return `api key ${apiKey} is not served by a bare probe`;
    if (version < known.first || version > known.last) {
      if (known.api !== apiVersionsApi)
        return `${known.api.name} version ${version} is not served by a bare probe`;
      encodeResponse(apiVersionsApi, 0, this.#versions(unsupportedVersion), writer);
      return framed(writer);
    }
    const refusal = this.#body(known.api, version, new Reader(bytes, at, end), writer);
    return refusal ?? framed(writer);
  }

  #body(
    api: (typeof offered)[number]['api'],
    version: number,
    reader: Reader,
    writer: Writer,
  ): string | undefined {
    switch (api) {
      case apiVersionsApi:
        encodeResponse(apiVersionsApi, version, this.#versions(0), writer);
        return undefined;
      case metadataApi: {
        const request = decodeRequest(metadataApi, version, reader);
        if (!request.ok) return request.error;
        const names = request.value.topics?.map(({ name }) => name ?? '') ?? this.#topics.names;
        encodeResponse(metadataApi, version, this.#metadata(names), writer);
        return undefined;
      }
      case listOffsetsApi: {
        const request = decodeRequest(listOffsetsApi, version, reader);
        if (!request.ok) return request.error;
        const topics = request.value.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, timestamp }) =>
            endOf(this.#topics.get(name)?.[partitionIndex], partitionIndex, timestamp),
          ),
        }));
        encodeResponse(listOffsetsApi, version, { ...calm, topics }, writer);
        return undefined;
      }
      case createTopicsApi: {
        const request = decodeRequest(createTopicsApi, version, reader);
        if (!request.ok) return request.error;
        const topics = request.value.topics.map(({ name, numPartitions }) => ({
          name,
          topicId: zeroUuid,
          errorCode: this.#create(name, numPartitions),
          errorMessage: null,
          configs: null,
        }));
        encodeResponse(createTopicsApi, version, { ...calm, topics }, writer);
        return undefined;
      }
      case initProducerIdApi: {
        const answer = { ...calm, errorCode: 0, producerId: this.#producerIds++, producerEpoch: 0 };
        encodeResponse(initProducerIdApi, version, answer, writer);
        return undefined;
      }
      default: {
        assert(api === findCoordinatorApi, 'whatever is offered is answered');
        const nobody = { nodeId: -1, host: '', port: -1, errorMessage: null, coordinators: [] };
        const answer = { ...calm, errorCode: coordinatorNotAvailable, ...nobody };
        encodeResponse(findCoordinatorApi, version, answer, writer);
        return undefined;
      }
    }
  }

  #versions(errorCode: number) {
    const rare = offered.map(({ api, first, last }) => ({
      apiKey: api.key,
      minVersion: first,
      maxVersion: last,
    }));
    // From 0: librdkafka looks there for what it may compress with, though versions 0 to 2 are refused.
    const produce = { apiKey: produceKey, minVersion: 0, maxVersion: produceVersions.last };
    const fetch = { apiKey: fetchKey, minVersion: fetchVersions.first, maxVersion: fetchVersions.last };
    return { ...calm, errorCode, apiKeys: [produce, fetch, ...rare] };
  }

  /** A topic that is asked for is there from then on. */
  #metadata(names: readonly string[]) {
    const common = { topicId: zeroUuid, isInternal: false };
    const topics = names.map((name) => {
      const partitions = this.#topics.make(name);
      if (partitions === undefined) return { ...common, errorCode: invalidTopic, name, partitions: [] };
      const each = partitions.map((_, partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: nodeId,
        leaderEpoch: 0,
        replicaNodes: [nodeId],
        isrNodes: [nodeId],
        offlineReplicas: [],
      }));
      return { ...common, errorCode: 0, name, partitions: each };
    });
    const brokers = [{ nodeId, ...this.#address() }];
    return { ...calm, errorCode: 0, brokers, clusterId: 'bare', controllerId: nodeId, topics };
  }

  #create(name: string, partitions: number): number {
    if (this.#topics.get(name) !== undefined) return topicAlreadyExists;
    const made = this.#topics.make(name, partitions < 0 ? undefined : partitions);
    return made === undefined ? invalidTopic : 0;
  }
}

/** Earliest is 0; everything else is answered with the end, as no time is kept. */
function endOf(partition: BarePartition | undefined, partitionIndex: number, timestamp: number) {
  if (partition === undefined) return { partitionIndex, errorCode: unknownTopicOrPartition };
  const offset = timestamp === earliest ? 0 : partition.writtenOffset;
  return { partitionIndex, errorCode: 0, timestamp: -1, offset };
}

function framed(writer: Writer): Uint8Array {
  const body = writer.toBytes();
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeInt32BE(body.length, 0);
  bytes.set(body, 4);
  return bytes;
}
