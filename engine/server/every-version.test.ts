// Every version of every API that is served, asked over a real socket: whatever the version, a response comes
// back that decodes to its last byte. A field that a version lacks and a handler sets anyway would crash the
// broker; here it fails.

import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Broker } from '../broker.ts';
import { type HostPorts, hostPorts } from '../host/ports.ts';
import { concat, Reader, Writer } from '../protocol/bytes.ts';
import { decodeResponse, encodeRequest } from '../protocol/codec.ts';
import { frame, readResponseHeader, writeRequestHeader } from '../protocol/frame.ts';
import { buildBatch } from '../protocol/record-batch-builder.ts';
import type { Api } from '../protocol/schema.ts';
import { Runtime } from '../runtime.ts';
import { filled } from '../testing/filled-request.ts';
import type { Handler } from './handler.ts';
import { brokerHandlers } from './handlers.ts';

type Values = Record<string, unknown>;

const topic = 'versions';
let folder = '';
let ports: HostPorts;
let broker: Broker;
let topicId = '';
const bugs: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-versions-'));
  ports = hostPorts({ dataDir: folder });
  const runtime = new Runtime(ports, (error) => bugs.push(error));
  broker = await new Promise<Broker>((resolve, reject) => {
    const properties = new Map([
      ['listeners', 'PLAINTEXT://127.0.0.1:0'],
      ['offsets.topic.num.partitions', '1'],
      ['group.initial.rebalance.delay.ms', '0'],
      ['num.partitions', '2'],
    ]);
    runtime.tasks.spawn('start', Broker.start(runtime, { properties })).onSettled((started) => {
      if (started.ok) resolve(started.value);
      else reject(new Error(started.error.join('; ')));
    });
  });
  const metadata = brokerHandlers.find((of) => of.api.name === 'Metadata') as Handler;
  for (let tries = 0; tries < 50 && topicId === ''; tries++) {
    const answer = await ask(metadata.api, 12, { topics: [{ name: topic }], allowAutoTopicCreation: true });
    const [first] = (answer as { topics: { topicId: string; errorCode: number }[] }).topics;
    if (first?.errorCode === 0) topicId = first.topicId;
  }
});

afterAll(() => {
  ports.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(api: Api, version: number, values: Values): Promise<unknown> {
  const writer = new Writer();
  writeRequestHeader(api, { version, correlationId: 77, clientId: 'versions' }, writer);
  encodeRequest(api, version, filled(api.request, values, version) as never, writer);
  const bytes = await exchange(concat(frame(writer.finish())));
  const reader = new Reader(bytes, 4);
  expect(readResponseHeader(api, version, reader)).toBe(77);
  const decoded = decodeResponse(api, version, reader);
  if (!decoded.ok) throw new Error(decoded.error);
  return decoded.value;
}

function exchange(request: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(broker.address.port, broker.address.host, () => socket.write(request));
    const chunks: Uint8Array[] = [];
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const bytes = concat(chunks);
      if (bytes.length < 4 || bytes.length < 4 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(0))
        return;
      socket.destroy();
      resolve(bytes);
    });
    socket.on('error', reject);
    socket.on('close', () =>
      reject(new Error(`the broker ended the connection; bugs: ${bugs.map(String).join('; ')}`)),
    );
  });
}

function batch(): Uint8Array {
  return buildBatch({ records: [{ timestamp: Date.now(), key: null, value: new Uint8Array([1]) }] });
}

/** A telling request for each API; what is not named has its default. */
const samples: Readonly<Record<string, (version: number) => Values>> = {
  Produce: () => ({
    acks: -1,
    timeoutMs: 1000,
    topicData: [
      {
        name: topic,
        topicId,
        partitionData: [
          { index: 0, records: batch() },
          { index: 9, records: batch() },
        ],
      },
    ],
  }),
  Fetch: (version) => ({
    replicaId: -1,
    maxWaitMs: 1,
    maxBytes: 1000,
    sessionEpoch: -1,
    topics: [0, 9].map((partition) => ({
      topic,
      topicId,
      partitions: [
        {
          partition,
          currentLeaderEpoch: 0,
          lastFetchedEpoch: version >= 12 ? 0 : -1,
          partitionMaxBytes: 1000,
        },
        { partition, currentLeaderEpoch: version >= 9 ? 99 : -1, partitionMaxBytes: 1000 },
      ],
    })),
  }),
  ListOffsets: (version) => ({
    replicaId: -1,
    topics: [
      {
        name: topic,
        partitions: [-1, -2, -3, 0].map((timestamp, n) => ({ partitionIndex: n % 2, timestamp })),
      },
    ].map((of) => ({ ...of, partitions: version < 7 ? of.partitions.slice(0, 2) : of.partitions })),
  }),
  Metadata: (version) => ({ topics: version === 0 ? [] : [{ name: topic }, { name: 'no/such' }] }),
  OffsetCommit: (version) => ({
    groupId: 'commits',
    generationIdOrMemberEpoch: -1,
    topics: [{ name: topic, topicId, partitions: [{ partitionIndex: 0, committedOffset: version }] }],
  }),
  OffsetFetch: () => ({
    groupId: 'commits',
    topics: [{ name: topic, partitionIndexes: [0] }],
    groups: [{ groupId: 'commits', topics: [{ name: topic, topicId, partitionIndexes: [0] }] }],
  }),
  FindCoordinator: () => ({ key: 'g', coordinatorKeys: ['g', 'h'] }),
  JoinGroup: (version) => ({
    groupId: `joins-${version}`,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: new Uint8Array([0, 0]) }],
  }),
  SyncGroup: () => ({ groupId: 'joins', generationId: 1, memberId: 'nobody' }),
  Heartbeat: () => ({ groupId: 'joins', memberId: 'nobody' }),
  LeaveGroup: () => ({ groupId: 'joins', memberId: 'nobody', members: [{ memberId: 'nobody' }] }),
  DescribeGroups: () => ({ groups: ['joins', 'none'] }),
  CreateTopics: (version) => ({
    topics: [
      { name: `created-${version}`, numPartitions: 1, replicationFactor: 1 },
      { name: topic, numPartitions: 1, replicationFactor: 1 },
    ],
    timeoutMs: 1000,
  }),
  DeleteTopics: (version) => ({
    topics: [
      { name: `created-${version}`, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' },
      { name: null, topicId: topicId.replace(/^./, 'x') },
    ],
    topicNames: [`created-${version}`, 'none'],
    timeoutMs: 1000,
  }),
  DeleteRecords: () => ({
    topics: [{ name: topic, partitions: [{ partitionIndex: 1, offset: 0 }] }],
    timeoutMs: 1000,
  }),
  InitProducerId: () => ({ transactionalId: null, transactionTimeoutMs: 1000 }),
  OffsetForLeaderEpoch: () => ({ topics: [{ topic, partitions: [{ partition: 0, leaderEpoch: 0 }] }] }),
  DescribeConfigs: () => ({
    resources: [
      { resourceType: 2, resourceName: topic, configurationKeys: null },
      { resourceType: 4, resourceName: '1', configurationKeys: null },
    ],
    includeSynonyms: true,
    includeDocumentation: true,
  }),
  AlterConfigs: () => ({
    resources: [{ resourceType: 2, resourceName: topic, configs: [{ name: 'retention.ms', value: '1' }] }],
  }),
  IncrementalAlterConfigs: () => ({
    resources: [
      {
        resourceType: 2,
        resourceName: topic,
        configs: [{ name: 'flush.ms', configOperation: 0, value: '9' }],
      },
    ],
  }),
  CreatePartitions: () => ({ topics: [{ name: topic, count: 2, assignments: null }], timeoutMs: 1000 }),
  DeleteGroups: () => ({ groupsNames: ['none'] }),
  OffsetDelete: () => ({
    groupId: 'commits',
    topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }],
  }),
  DescribeTopicPartitions: () => ({ topics: [{ name: topic }], responsePartitionLimit: 1 }),
  ApiVersions: () => ({ clientSoftwareName: 'versions', clientSoftwareVersion: '1' }),
};

describe('every served version answers', () => {
  const rows = brokerHandlers.flatMap((of) => {
    const versions: [string, number, Handler][] = [];
    for (let version = of.served.first; version <= of.served.last; version++)
      versions.push([of.api.name, version, of]);
    return versions;
  });

  test.each(rows)('%s %i', async (name, version, of) => {
    const answer = await ask(of.api, version, samples[name]?.(version) ?? {});
    expect(answer).toBeTypeOf('object');
    expect(bugs).toEqual([]);
  });

  test('and every API has been asked', () => {
    expect(new Set(rows.map(([name]) => name)).size).toBe(brokerHandlers.length);
  });
});
