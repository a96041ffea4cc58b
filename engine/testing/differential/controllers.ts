// What a controller says on its own listener, where other controllers and brokers come in: what it serves there, and
// the APIs of the quorum in every version. Nothing is asked that could end a reign: epochs of before, the present one
// where it is known already, other clusters.

import { apiVersions } from '../../protocol/apis/api-versions.ts';
import { beginQuorumEpoch } from '../../protocol/apis/begin-quorum-epoch.ts';
import { describeQuorum } from '../../protocol/apis/describe-quorum.ts';
import { endQuorumEpoch } from '../../protocol/apis/end-quorum-epoch.ts';
import { fetch } from '../../protocol/apis/fetch.ts';
import { fetchSnapshot } from '../../protocol/apis/fetch-snapshot.ts';
import { vote } from '../../protocol/apis/vote.ts';
import { apiByKey } from '../../protocol/apis.ts';
import type { Api } from '../../protocol/schema.ts';
import { type Values, Witness } from './witness.ts';

const metadataTopic = '__cluster_metadata';
const metadataTopicId = 'AAAAAAAAAAAAAAAAAAAAAQ';
const strangeId = 'AAAAAAAAAAAAAAAAAAAABw';

interface Reign {
  readonly address: string;
  readonly epoch: number;
}

type Rows = readonly (readonly [question: string, values: Values])[];

export async function tellControllers(of: Witness): Promise<void> {
  const reign = await reignOf(of);
  of.keep('Controller: has a listener', String(reign !== undefined));
  if (reign === undefined) return;
  const controller = new Witness(reign.address, of.run);
  await tellServed(controller);
  await tellElections(controller, reign);
  await tellFetches(controller, reign);
  controller.close();
  for (const [question, answer] of controller.answers) of.keep(`Controller: ${question}`, answer);
}

async function reignOf(of: Witness): Promise<Reign | undefined> {
  const answer = await of.ask(describeQuorum, 2, {
    topics: [{ topicName: metadataTopic, partitions: [{ partitionIndex: 0 }] }],
  });
  const { topics, nodes } = answer as {
    topics: { partitions: { leaderEpoch: number }[] }[];
    nodes: { listeners: { host: string; port: number }[] }[];
  };
  const [listener] = nodes[0]?.listeners ?? [];
  if (listener === undefined) return undefined;
  return { address: `${listener.host}:${listener.port}`, epoch: topics[0]?.partitions[0]?.leaderEpoch ?? -1 };
}

async function tellServed(of: Witness): Promise<void> {
  const client = { clientSoftwareName: 'differential', clientSoftwareVersion: '1' };
  const answer = await of.ask(apiVersions, 4, client);
  const { apiKeys } = answer as { apiKeys: { apiKey: number; minVersion: number; maxVersion: number }[] };
  for (const { apiKey, minVersion, maxVersion } of apiKeys) {
    of.keep(`ApiVersions v4: ${apiByKey(apiKey)?.name ?? `key ${apiKey}`}`, `${minVersion} to ${maxVersion}`);
  }
}

async function tellElections(of: Witness, { epoch }: Reign): Promise<void> {
  const about = (partition: Values, topicName = metadataTopic): Values => ({
    clusterId: null,
    voterId: 1,
    topics: [{ topicName, partitions: [{ partitionIndex: 0, ...partition }] }],
  });
  const forms = (good: Values): Rows => [
    ['another cluster', { ...about(good), clusterId: 'another' }],
    ['another topic', about(good, 'nowhere')],
    ['partition 1', about({ ...good, partitionIndex: 1 })],
    ['nothing', { ...about(good), topics: [] }],
    ['one twice', { ...about(good), topics: [about(good).topics, about(good).topics].flat() }],
  ];
  const candidate = { replicaId: 1, replicaEpoch: epoch, lastOffset: 0, lastOffsetEpoch: 0 };
  await tellAll(of, vote, [
    ['of this epoch', about(candidate)],
    ['of this epoch, a stranger', about({ ...candidate, replicaId: 9 })],
    [
      'of this epoch, a better log',
      about({ ...candidate, lastOffset: 1_000_000, lastOffsetEpoch: epoch - 1 }),
    ],
    [
      'of an epoch before and of no log',
      about({ ...candidate, replicaEpoch: epoch - 1, lastOffsetEpoch: -1 }),
    ],
    ['an offset below 0', about({ ...candidate, lastOffset: -1 })],
    ['an epoch of the log that is to come', about({ ...candidate, lastOffsetEpoch: epoch + 7 })],
    ['another voter is meant', { ...about(candidate), voterId: 9 }],
    ...forms(candidate),
  ]);
  const before = { leaderId: 1, leaderEpoch: epoch - 1 };
  const rows: Rows = [
    ['of an epoch before', about(before)],
    ['of an epoch before, a stranger', about({ ...before, leaderId: 9 })],
    ['another voter is meant', { ...about(before), voterId: 9 }],
    ...forms(before),
  ];
  await tellAll(of, beginQuorumEpoch, rows);
  await tellAll(of, endQuorumEpoch, rows);
}

async function tellFetches(of: Witness, { epoch }: Reign): Promise<void> {
  const about = (partition: Values, topicId = metadataTopicId, more: Values = {}): Values => {
    const whole = { partition: 0, partitionMaxBytes: 1000, currentLeaderEpoch: epoch, ...partition };
    return {
      clusterId: null,
      maxWaitMs: 0,
      topics: [{ topic: metadataTopic, topicId, partitions: [whole] }],
      ...more,
    };
  };
  const start = { fetchOffset: 0, lastFetchedEpoch: 0 };
  await tellAll(of, fetch, [
    ['from the start', about(start)],
    ['of an epoch before', about({ ...start, currentLeaderEpoch: epoch - 1 })],
    ['of an epoch to come', about({ ...start, currentLeaderEpoch: epoch + 7 })],
    ['of no epoch', about({ ...start, currentLeaderEpoch: -1 })],
    ['far beyond the end', about({ fetchOffset: 1_000_000, lastFetchedEpoch: epoch })],
    ['below 0', about({ ...start, fetchOffset: -1 })],
    ['after an epoch that never was', about({ fetchOffset: 1, lastFetchedEpoch: epoch + 7 })],
    ['another cluster', about(start, metadataTopicId, { clusterId: 'another' })],
    ['another topic', about(start, strangeId)],
    ['partition 1', about({ ...start, partition: 1 })],
    ['nothing', about(start, metadataTopicId, { topics: [] })],
  ]);
  const snapshot = (partition: Values, name = metadataTopic, more: Values = {}): Values => {
    const unknown = {
      partition: 0,
      currentLeaderEpoch: epoch,
      snapshotId: { endOffset: 7, epoch: 1 },
      position: 0,
    };
    return { clusterId: null, topics: [{ name, partitions: [{ ...unknown, ...partition }] }], ...more };
  };
  await tellAll(of, fetchSnapshot, [
    ['unknown', snapshot({})],
    ['of an epoch before', snapshot({ currentLeaderEpoch: epoch - 1 })],
    ['of an epoch to come', snapshot({ currentLeaderEpoch: epoch + 7 })],
    ['another cluster', snapshot({}, metadataTopic, { clusterId: 'another' })],
    ['another topic', snapshot({}, 'nowhere')],
    ['partition 1', snapshot({ partition: 1 })],
  ]);
}

/** In every version; without epochs and offsets, which hang on what happened before. */
async function tellAll(of: Witness, api: Api, rows: Rows): Promise<void> {
  for (let version = api.versions.first; version <= api.versions.last; version++) {
    for (const [question, values] of rows) {
      const answer = await of.ask(api, version, values);
      const told = JSON.parse(JSON.stringify(answer, withoutProgress));
      of.keep(`${api.name} v${version}: ${question}`, told);
    }
  }
}

function withoutProgress(name: string, value: unknown): unknown {
  if (name === 'records' || name === 'unalignedRecords') {
    return (value as Uint8Array | null) === null ? null : `${Object.keys(value as object).length > 0}`;
  }
  if (/offset$|watermark$|epoch$/i.test(name)) return (value as number) > 0 ? 'a number' : value;
  return value;
}
