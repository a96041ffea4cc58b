import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MetadataImage, type PartitionImage } from './metadata-image.ts';
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from './metadata-record.ts';
import { unchangedPartition } from './partition-change.ts';

const ids = ['AAAAAAAAAAAAAAAAAAAAAQ', 'AAAAAAAAAAAAAAAAAAAAAg', 'AAAAAAAAAAAAAAAAAAAAAw'];

function topicOf(nth: number): MetadataRecord {
  return { kind: 'topic', body: { name: `t${nth}`, topicId: ids[nth] as string } };
}

function partitionOf(nth: number, partitionId: number): MetadataRecord {
  return {
    kind: 'partition',
    body: {
      partitionId,
      topicId: ids[nth] as string,
      replicas: [1, 2],
      isr: [1, 2],
      removingReplicas: [],
      addingReplicas: [],
      leader: 1,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: [],
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    },
  };
}

type Change = Extract<MetadataRecord, { kind: 'partition-change' }>['body'];

function changeOf(nth: number, index: number, change: Partial<Change>): MetadataRecord {
  const unchanged = unchangedPartition(ids[nth] as string, { index } as PartitionImage);
  return { kind: 'partition-change', body: { ...unchanged, ...change } };
}

function configOf(resourceName: string, name: string, value: string | null): MetadataRecord {
  return { kind: 'config', body: { resourceType: 2, resourceName, name, value } };
}

describe('records', () => {
  test('the frame is version 1, type, version, body', () => {
    const bytes = encodeMetadataRecord({ kind: 'feature-level', body: { name: 'a', featureLevel: 5 } });
    expect([...bytes]).toEqual([1, 12, 0, 2, 0x61, 0, 5, 0]);
  });

  test('what is written is read', () => {
    for (const record of [
      topicOf(1),
      partitionOf(1, 3),
      changeOf(1, 3, { leader: 2 }),
      configOf('t', 'k', null),
    ]) {
      expect(decodeMetadataRecord(encodeMetadataRecord(record))).toEqual({ ok: true, value: record });
    }
  });

  test.each([
    ['an unknown frame', [2, 12, 0, 2, 0x61, 0, 5, 0], 'frame version 2'],
    ['an unknown type', [1, 18, 0], 'type 18'],
    ['a transaction', [1, 23, 0, 0], 'type 23'],
    ['an unknown version', [1, 12, 9], 'version 9'],
    ['a cut body', [1, 12, 0, 2], 'FeatureLevelRecord'],
    ['nothing', [], 'metadata record'],
  ])('%s is an error', (_what, bytes, words) => {
    const decoded = decodeMetadataRecord(new Uint8Array(bytes));
    expect(decoded).toEqual({ ok: false, error: expect.stringContaining(words) });
  });

  test('no bytes make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decodeMetadataRecord(bytes);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});

describe('partition changes', () => {
  const image = () => {
    const made = new MetadataImage();
    made.replay([topicOf(0), partitionOf(0, 0)], 1);
    return made;
  };

  test.each<[string, Partial<Change>, Partial<PartitionImage>]>([
    ['the ISR alone', { isr: [1] }, { isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 1 }],
    ['another leader', { leader: 2 }, { isr: [1, 2], leader: 2, leaderEpoch: 1, partitionEpoch: 1 }],
    ['the same leader', { leader: 1 }, { leader: 1, leaderEpoch: 1, partitionEpoch: 1 }],
    ['no leader', { leader: -1, isr: [1] }, { leader: -1, leaderEpoch: 1, isr: [1] }],
    ['an unclean leader', { leader: 2, isr: [2], leaderRecoveryState: 1 }, { leaderRecoveryState: 1 }],
    [
      'the ELR',
      { eligibleLeaderReplicas: [2], lastKnownElr: [1] },
      { eligibleLeaderReplicas: [2], lastKnownElr: [1] },
    ],
    ['a reassignment', { replicas: [3], addingReplicas: [3] }, { replicas: [3], addingReplicas: [3] }],
  ])('%s', (_what, change, expected) => {
    const changed = image();
    const delta = changed.replay([changeOf(0, 0, change)], 2);
    expect(changed.partition('t0', 0)).toMatchObject(expected);
    expect(delta.partitionsChanged.map((one) => one.partitions.map((each) => each.index))).toEqual([[0]]);
  });

  test('ClearElr, of one topic or of all', () => {
    const changed = image();
    changed.replay([topicOf(1), partitionOf(1, 0)], 3);
    const elr = { eligibleLeaderReplicas: [2] };
    changed.replay([changeOf(0, 0, elr), changeOf(1, 0, elr)], 5);
    changed.replay([{ kind: 'clear-elr', body: { topicName: 't1' } }], 6);
    expect(changed.partition('t0', 0)?.eligibleLeaderReplicas).toEqual([2]);
    expect(changed.partition('t1', 0)?.eligibleLeaderReplicas).toEqual([]);
    changed.replay([{ kind: 'clear-elr', body: { topicName: '' } }], 7);
    expect(changed.partition('t0', 0)?.eligibleLeaderReplicas).toEqual([]);
  });
});

describe('deltas', () => {
  test('what is new, what grew, what went, and what came and went', () => {
    const image = new MetadataImage();
    const first = image.replay([topicOf(0), partitionOf(0, 0), configOf('t0', 'k', 'v')], 2);
    expect(first.created.map((topic) => [topic.name, topic.partitions.length])).toEqual([['t0', 1]]);
    expect(first.partitionsAdded).toEqual([]);
    expect(first.configsChanged).toEqual([{ resourceType: 2, resourceName: 't0', name: 'k', value: 'v' }]);
    const second = image.replay(
      [partitionOf(0, 1), topicOf(1), { kind: 'remove-topic', body: { topicId: ids[1] as string } }],
      5,
    );
    expect(second.created).toEqual([]);
    expect(second.deleted).toEqual([]);
    expect(second.partitionsAdded.map((one) => one.partitions.map((each) => each.index))).toEqual([[1]]);
    const third = image.replay([{ kind: 'remove-topic', body: { topicId: ids[0] as string } }], 6);
    expect(third.deleted.map((topic) => [topic.name, topic.partitions.length])).toEqual([['t0', 2]]);
    expect(image.configs(2, 't0').size).toBe(0);
    expect(image.topicsCount).toBe(0);
  });

  test('deleted and made again within one batch: the old one went, the new one came', () => {
    const image = new MetadataImage();
    image.replay([topicOf(0), partitionOf(0, 0)], 1);
    const again: MetadataRecord = { kind: 'topic', body: { name: 't0', topicId: ids[2] as string } };
    const delta = image.replay([{ kind: 'remove-topic', body: { topicId: ids[0] as string } }, again], 3);
    expect(delta.deleted.map((topic) => topic.topicId)).toEqual([ids[0]]);
    expect(delta.created.map((topic) => topic.topicId)).toEqual([ids[2]]);
  });

  test('brokers come, are fenced and go', () => {
    const image = new MetadataImage();
    const registration = {
      brokerId: 2,
      isMigratingZkBroker: false,
      incarnationId: ids[0] as string,
      brokerEpoch: 0,
      endPoints: [],
      features: [],
      rack: null,
      fenced: true,
      inControlledShutdown: false,
      logDirs: [],
      cordonedLogDirs: null,
    };
    image.replay([{ kind: 'register-broker', body: registration }], 0);
    expect(image.brokers.isActive(2)).toBe(false);
    const change = {
      brokerId: 2,
      brokerEpoch: 0,
      fenced: -1,
      inControlledShutdown: 0,
      logDirs: [],
      cordonedLogDirs: null,
    };
    image.replay([{ kind: 'broker-registration-change', body: change }], 1);
    expect(image.brokers.isActive(2)).toBe(true);
    image.replay(
      [{ kind: 'broker-registration-change', body: { ...change, fenced: 0, inControlledShutdown: 1 } }],
      2,
    );
    expect(image.brokers.get(2)).toMatchObject({ fenced: false, inControlledShutdown: true });
    expect(image.brokers.active()).toEqual([]);
    image.replay([{ kind: 'fence-broker', body: { id: 2, epoch: 0 } }], 3);
    expect(image.brokers.get(2)?.fenced).toBe(true);
    image.replay([{ kind: 'unregister-broker', body: { brokerId: 2, brokerEpoch: 0 } }], 4);
    expect(image.brokers.all()).toEqual([]);
  });

  test('however the records are cut into batches, the image is the same', () => {
    // A history that is always possible: each step names a topic, and does what can be done to it.
    const steps = fc.array(fc.record({ nth: fc.nat(2), what: fc.nat(4), cut: fc.boolean() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (plan) => {
        const { records, cuts } = historyOf(plan);
        const whole = new MetadataImage();
        if (records.length > 0) whole.replay(records, records.length - 1);
        const pieces = new MetadataImage();
        let from = 0;
        for (const to of [...cuts, records.length]) {
          if (to > from) pieces.replay(records.slice(from, to), to - 1);
          from = Math.max(from, to);
        }
        expect([...pieces.topics()]).toEqual([...whole.topics()]);
        expect([...pieces.configs(2, 't0')]).toEqual([...whole.configs(2, 't0')]);
        expect(pieces.highestOffset).toBe(whole.highestOffset);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

function historyOf(plan: readonly { nth: number; what: number; cut: boolean }[]) {
  const records: MetadataRecord[] = [];
  const cuts: number[] = [];
  const partitions = new Map<number, number>();
  for (const { nth, what, cut } of plan) {
    if (cut) cuts.push(records.length);
    const count = partitions.get(nth);
    if (count === undefined) {
      records.push(topicOf(nth), partitionOf(nth, 0));
      partitions.set(nth, 1);
    } else if (what === 0) {
      records.push({ kind: 'remove-topic', body: { topicId: ids[nth] as string } });
      partitions.delete(nth);
    } else if (what === 1) {
      records.push(partitionOf(nth, count));
      partitions.set(nth, count + 1);
    } else if (what === 2) records.push(changeOf(nth, count - 1, { leader: nth, isr: [nth] }));
    else records.push(configOf(`t${nth}`, `k${what}`, what === 3 ? 'v' : null));
  }
  return { records, cuts };
}
