// Bytes of clients that we did not write: every request in the .txt files decodes, says what its client was
// told to say, and encodes to the same bytes again. `testing/real-clients/record-golden.ts` writes the files;
// what was asked of the clients stands in `golden-drives.ts` beside it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allApis } from '../apis.ts';
import { concat, fromUtf8, Reader, Writer } from '../bytes.ts';
import { decodeMessage, decodeRequest, encodeRequest, isFlexible } from '../codec.ts';
import { compressions } from '../compression.ts';
import { readRequestHeader, skipHeaderTags, writeRequestHeader } from '../frame.ts';
import { consumerProtocolAssignment, consumerProtocolSubscription } from '../messages/consumer-protocol.ts';
import { batchesOf, type RecordBatch } from '../record-batch.ts';
import { decodeRecords } from '../records.ts';
import type { Api } from '../schema.ts';

interface Golden {
  readonly file: string;
  /** kafkajs, platformatic or kcat. */
  readonly client: string;
  readonly name: string;
  readonly api: Api;
  readonly version: number;
  readonly variant: string;
  readonly bytes: Uint8Array;
}

// biome-ignore lint/suspicious/noExplicitAny: a request of any API
type Request = any;

function goldenOf(file: string): Golden[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8');
  const sections = text
    .split('\n\n')
    .map((section) => section.trim())
    .filter((section) => !section.startsWith('#'));
  return sections.map((section) => {
    const [name, ...lines] = section.split('\n') as [string, ...string[]];
    const [apiName, version, variant = ''] = name.split(' ') as [string, string, string?];
    const api = allApis().find((one) => one.name === apiName);
    if (api === undefined) throw new Error(`${file}: no API is called ${apiName}`);
    const bytes = new Uint8Array(Buffer.from(lines.join(''), 'hex'));
    const client = file.replace('.txt', '');
    return { file, client, name, api, version: Number(version.slice(1)), variant, bytes };
  });
}

function decode({ api, version, bytes, client }: Golden): Request {
  const reader = new Reader(bytes);
  const header = readRequestHeader(reader);
  expect(header).toEqual({
    ok: true,
    value: { apiKey: api.key, version, correlationId: expect.any(Number), clientId: `golden-${client}` },
  });
  if (isFlexible(api, version)) skipHeaderTags(reader);
  const request = decodeRequest(api, version, reader);
  if (!request.ok) throw new Error(request.error);
  return request.value;
}

function encode({ api, version, bytes }: Golden, request: Request): Uint8Array {
  const header = readRequestHeader(new Reader(bytes));
  if (!header.ok) throw new Error(header.error);
  const writer = new Writer();
  writeRequestHeader(api, header.value, writer);
  encodeRequest(api, version, request, writer);
  return concat(writer.finish());
}

const goldens = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.txt'))
  .sort()
  .flatMap(goldenOf);

const topic = 'golden';
const group = 'golden-readers';
const uuid = expect.stringMatching(/^[\w-]{22}$/);
const positive = expect.toSatisfy((value: number) => value > 0);
const config = { name: 'retention.ms', value: '60000000' };

const subscription = expect.toSatisfy((bytes: Uint8Array) => {
  const version = new DataView(bytes.buffer, bytes.byteOffset).getInt16(0);
  const decoded = decodeMessage(consumerProtocolSubscription, version, bytes.subarray(2));
  return decoded.ok && decoded.value.topics.length === 1 && decoded.value.topics[0] === topic;
}, `subscribes to ${topic}`);

const assignment = expect.toSatisfy((bytes: Uint8Array) => {
  const version = new DataView(bytes.buffer, bytes.byteOffset).getInt16(0);
  const decoded = decodeMessage(consumerProtocolAssignment, version, bytes.subarray(2));
  return decoded.ok && decoded.value.assignedPartitions[0]?.topic === topic;
}, `assigns ${topic}`);

/** What each request must say; by its API and, where one stands for itself, its client or its version. */
const sayings: Readonly<Record<string, (of: Golden) => Request>> = {
  Produce: () => ({
    acks: -1,
    transactionalId: null,
    topicData: [{ name: topic, partitionData: [{ index: 0 }] }],
  }),
  Fetch: ({ version, variant }) => ({
    replicaId: -1,
    maxWaitMs: positive,
    maxBytes: positive,
    sessionEpoch: variant === 'sessionless' ? -1 : variant === 'incremental' ? positive : 0,
    sessionId: variant === 'incremental' ? positive : 0,
    ...(variant === 'incremental'
      ? {}
      : {
          topics: expect.arrayContaining([
            expect.objectContaining(version >= 13 ? { topicId: uuid } : { topic }),
          ]),
        }),
  }),
  ListOffsets: () => ({ replicaId: -1, topics: [{ name: topic }] }),
  Metadata: ({ variant }) => ({
    topics: variant === 'all' ? null : variant === 'none' ? [] : [{ name: topic }],
  }),
  OffsetCommit: ({ client }) => {
    const committedMetadata = client === 'kafkajs' ? 'said kafkajs' : expect.toSatisfy((text) => !text);
    // kcat has read to the end of what it produced: five times three records.
    const committedOffset = client === 'kcat' ? 15 : 3;
    const partition = { partitionIndex: 0, committedOffset, committedMetadata };
    return { groupId: group, topics: [{ name: topic, partitions: [partition] }] };
  },
  OffsetFetch: ({ version }) => (version >= 8 ? { groups: [{ groupId: group }] } : { groupId: group }),
  FindCoordinator: ({ version }) =>
    version >= 4 ? { keyType: 0, coordinatorKeys: [group] } : { keyType: 0, key: group },
  JoinGroup: ({ variant, client }) => ({
    groupId: group,
    protocolType: 'consumer',
    memberId: variant === 'newcomer' ? '' : expect.stringContaining(`golden-${client}-`),
    rebalanceTimeoutMs: positive,
    protocols: expect.arrayContaining([expect.objectContaining({ metadata: subscription })]),
  }),
  SyncGroup: () => ({ groupId: group, generationId: positive, assignments: [{ assignment }] }),
  Heartbeat: ({ client }) => ({
    groupId: group,
    generationId: positive,
    memberId: expect.stringContaining(client),
  }),
  LeaveGroup: ({ version, client }) => {
    const memberId = expect.stringContaining(client);
    return version >= 3 ? { groupId: group, members: [{ memberId }] } : { groupId: group, memberId };
  },
  DescribeGroups: () => ({ groups: [group] }),
  ListGroups: () => ({}),
  ApiVersions: ({ version, client }) =>
    version < 3
      ? {}
      : {
          clientSoftwareName: client === 'kcat' ? 'librdkafka' : 'platformatic-kafka',
          clientSoftwareVersion: expect.stringMatching(/^\d+\.\d+/),
        },
  CreateTopics: () => ({ topics: [{ name: topic, numPartitions: 1, configs: [config] }] }),
  CreatePartitions: () => ({ topics: [{ name: topic, count: 2, assignments: null }] }),
  DeleteTopics: ({ version }) => (version >= 6 ? { topics: [{ name: topic }] } : { topicNames: [topic] }),
  DeleteRecords: () => ({ topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 1 }] }] }),
  InitProducerId: () => ({ transactionalId: null }),
  DescribeConfigs: () => ({ resources: [{ resourceType: 2, resourceName: topic }] }),
  AlterConfigs: () => ({ resources: [{ resourceType: 2, resourceName: topic, configs: [config] }] }),
  IncrementalAlterConfigs: () => ({
    resources: [{ resourceName: topic, configs: [{ ...config, configOperation: 0 }] }],
  }),
  DescribeLogDirs: () => ({ topics: [{ topic, partitions: [0] }] }),
  DeleteGroups: () => ({ groupsNames: [group] }),
  OffsetDelete: () => ({ groupId: group, topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }] }),
};

describe.each(goldens)('$client, $name', (golden) => {
  test('says what it was told to say', () => {
    expect(decode(golden)).toMatchObject((sayings[golden.api.name] as (of: Golden) => Request)(golden));
  });

  test('encodes to the same bytes', () => {
    expect(Buffer.from(encode(golden, decode(golden))).toString('hex')).toBe(
      Buffer.from(golden.bytes).toString('hex'),
    );
  });
});

describe('batches', () => {
  const produces = goldens.filter(({ api }) => api.name === 'Produce');

  test('of every client, in every codec', () => {
    const found = produces.map(({ client, variant }) => `${client} ${variant}`).sort();
    const wanted = ['kafkajs', 'platformatic', 'kcat'].flatMap((client) =>
      compressions.map((compression) => `${client} ${compression}`),
    );
    expect(found).toEqual(wanted.sort());
  });

  test.each(produces)('$client, $variant: the records that were sent', (golden) => {
    const { records } = decode(golden).topicData[0].partitionData[0];
    const batches = batchesOf(records);
    if (!batches.ok) throw new Error(batches.error);
    expect(batches.value).toHaveLength(1);
    const batch = batches.value[0] as RecordBatch;
    expect(batch.isCrcValid()).toBe(true);
    expect(batch).toMatchObject({ compression: golden.variant, recordsCount: 3, isControl: false });
    expect(batch.hasProducerId).toBe(true);
    const decoded = decodeRecords(batch);
    if (!decoded.ok) throw new Error(decoded.error);
    const sent = [0, 1, 2].map((number) => ({
      offset: number,
      // kcat takes no timestamps: it has the moment of its own sending.
      timestamp: golden.client === 'kcat' ? positive : 1_750_000_000_000,
      key: `key-${number}`,
      value: `value ${number} `.repeat(40),
      headers: [{ key: 'origin', value: golden.client }],
    }));
    const said = decoded.value.map((record) => ({
      ...record,
      key: fromUtf8(record.key as Uint8Array),
      value: fromUtf8(record.value as Uint8Array),
      headers: record.headers.map(({ key, value }) => ({ key, value: fromUtf8(value as Uint8Array) })),
    }));
    expect(said).toEqual(sent);
  });
});
