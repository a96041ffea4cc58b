import { expect, test } from 'vitest';
import { metadataDifference } from './metadata-difference.ts';
import { MetadataImage, resourceType } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { snapshotRecords } from './metadata-snapshot.ts';
import { partitionRecordOf } from './placement.ts';

const ids = {
  kept: 'AAAAAAAAAAAAAAAAAAABAQ',
  gone: 'AAAAAAAAAAAAAAAAAAABAg',
  fresh: 'AAAAAAAAAAAAAAAAAAABAw',
};

function topic(name: keyof typeof ids, partitions: number): MetadataRecord[] {
  const { brokers } = new MetadataImage();
  return [
    { kind: 'topic', body: { name, topicId: ids[name] } },
    ...Array.from({ length: partitions }, (_, index) => partitionRecordOf(brokers, ids[name], index, [1])),
  ];
}

function config(name: string, value: string | null): MetadataRecord {
  return { kind: 'config', body: { resourceType: resourceType.topic, resourceName: 'kept', name, value } };
}

test('a snapshot tells what all the missed batches would have told', () => {
  const before = new MetadataImage();
  before.replay([...topic('kept', 2), ...topic('gone', 1), config('a', '1'), config('b', '2')], 9);
  const after = new MetadataImage();
  after.replay(snapshotRecords(before), 9);
  const grown = topic('kept', 3)[3] as MetadataRecord;
  const moved: MetadataRecord = {
    kind: 'partition-change',
    body: {
      partitionId: 1,
      topicId: ids.kept,
      isr: [2],
      leader: 2,
      replicas: null,
      removingReplicas: null,
      addingReplicas: null,
      leaderRecoveryState: -1,
      directories: null,
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    },
  };
  const missed = [
    grown,
    moved,
    { kind: 'remove-topic', body: { topicId: ids.gone } } as const,
    ...topic('fresh', 1),
    config('a', '3'),
    config('b', null),
    config('c', '4'),
  ];
  after.replay(missed, 20);
  const delta = metadataDifference(before, after);
  expect(delta.created.map(({ name }) => name)).toEqual(['fresh']);
  expect(delta.deleted.map(({ name }) => name)).toEqual(['gone']);
  expect(delta.partitionsAdded.map(({ partitions }) => partitions.map(({ index }) => index))).toEqual([[2]]);
  expect(delta.partitionsChanged.map(({ partitions }) => partitions.map(({ index }) => index))).toEqual([
    [1],
  ]);
  expect(delta.configsChanged.map(({ name, value }) => [name, value])).toEqual([
    ['a', '3'],
    ['c', '4'],
    ['b', null],
  ]);
  expect(delta.lastOffset).toBe(20);
  before.become(after);
  expect(snapshotRecords(before)).toEqual(snapshotRecords(after));
  expect(before.highestOffset).toBe(20);
});
