// A snapshot stands for the log that it was made of, whatever that was.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MetadataImage } from './metadata-image.ts';
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from './metadata-record.ts';
import { recordsTowards, snapshotRecords } from './metadata-snapshot.ts';

const uuids = ['AAAAAAAAAAAAAAAAAAAAAQ', 'AAAAAAAAAAAAAAAAAAAAAg', 'AAAAAAAAAAAAAAAAAAAAAw'];
const someone = fc.constantFrom(1, 2, 3);
const someones = fc.uniqueArray(someone, { maxLength: 3 });

/** A history that a controller could have written: what a record names is there. */
const histories = fc.array(
  fc.record({
    what: fc.nat(11),
    topic: fc.nat(2),
    broker: someone,
    brokers: someones,
    number: fc.nat(1000),
    flag: fc.boolean(),
    text: fc.option(fc.string({ maxLength: 4 })),
    resource: fc.constantFrom(2, 4, 32),
  }),
  { maxLength: 40 },
);

type Step = typeof histories extends fc.Arbitrary<(infer S)[]> ? S : never;

function recordOf(step: Step, image: MetadataImage): MetadataRecord | undefined {
  const topicId = uuids[step.topic] as string;
  const topic = image.topicById(topicId);
  const broker = image.brokers.get(step.broker);
  const { number, flag, brokers, text } = step;
  switch (step.what) {
    case 0:
      return { kind: 'feature-level', body: { name: `f${step.topic}`, featureLevel: number % 3 } };
    case 1:
      return {
        kind: 'register-broker',
        body: {
          brokerId: step.broker,
          isMigratingZkBroker: false,
          incarnationId: topicId,
          brokerEpoch: number,
          endPoints: [{ name: 'PLAINTEXT', host: `h${number}`, port: 9092, securityProtocol: 0 }],
          features: [],
          rack: text,
          fenced: flag,
          inControlledShutdown: !flag,
          logDirs: flag ? [topicId] : [],
          cordonedLogDirs: null,
        },
      };
    case 2:
      return (
        broker && { kind: 'unregister-broker', body: { brokerId: step.broker, brokerEpoch: broker.epoch } }
      );
    case 3:
      return (
        broker && {
          kind: flag ? 'fence-broker' : 'unfence-broker',
          body: { id: step.broker, epoch: broker.epoch },
        }
      );
    case 4:
      return topic === undefined ? { kind: 'topic', body: { name: `t${step.topic}`, topicId } } : undefined;
    case 5:
      return topic && flag ? { kind: 'remove-topic', body: { topicId } } : undefined;
    case 6:
    case 7:
      return (
        topic && {
          kind: 'partition',
          body: {
            partitionId: topic.partitions.length,
            topicId,
            replicas: brokers,
            isr: brokers.slice(1),
            removingReplicas: flag ? brokers : [],
            addingReplicas: flag ? [] : brokers,
            leader: brokers[0] ?? -1,
            leaderRecoveryState: flag ? 1 : 0,
            leaderEpoch: number,
            partitionEpoch: number + 1,
            directories: brokers.map(() => topicId),
            eligibleLeaderReplicas: flag ? brokers : null,
            lastKnownElr: flag ? null : brokers,
          },
        }
      );
    case 8:
      return topic && topic.partitions.length > 0
        ? {
            kind: 'partition-change',
            body: {
              partitionId: number % topic.partitions.length,
              topicId,
              isr: flag ? brokers : null,
              leader: flag ? (brokers[0] ?? -1) : -2,
              replicas: null,
              removingReplicas: null,
              addingReplicas: null,
              leaderRecoveryState: -1,
              directories: null,
              eligibleLeaderReplicas: flag ? null : brokers,
              lastKnownElr: null,
            },
          }
        : undefined;
    case 9:
    case 10:
      return {
        kind: 'config',
        body: {
          resourceType: step.resource,
          resourceName: `r:${step.topic}`,
          name: `k${number % 3}`,
          value: text,
        },
      };
    default:
      return { kind: 'producer-ids', body: { brokerId: 1, brokerEpoch: 1, nextProducerId: number } };
  }
}

function everythingOf(image: MetadataImage) {
  return {
    features: [...image.features],
    brokers: image.brokers.all(),
    topics: [...image.topics()],
    configs: [...image.configuredResources()].map(({ type, name, configs }) => ({
      type,
      name,
      values: [...configs],
    })),
    nextProducerId: image.nextProducerId,
  };
}

const newestProducerIds: Step = {
  what: 11,
  topic: 0,
  broker: 1,
  brokers: [],
  number: 1000,
  flag: false,
  text: null,
  resource: 2,
};

/** The image that a history gives, and the offset of its last record. */
function imageOf(steps: readonly Step[]): MetadataImage {
  const image = new MetadataImage();
  let offset = 0;
  for (const step of steps) {
    const record = recordOf(step, image);
    if (record !== undefined) image.replay([record], offset++);
  }
  return image;
}

function throughBytes(records: readonly MetadataRecord[]): MetadataRecord[] {
  return records.map((record) => {
    const decoded = decodeMetadataRecord(encodeMetadataRecord(record));
    if (!decoded.ok) throw new Error(decoded.error);
    return decoded.value;
  });
}

test('replaying the snapshot of an image gives that image', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const image = imageOf(steps);
      const again = new MetadataImage();
      again.replay(throughBytes(snapshotRecords(image)), 0);
      expect(everythingOf(again)).toEqual(everythingOf(image));
    }),
    { seed: 1, numRuns: 500 },
  );
});

/** Without the order in which things came. */
function sortedOf(image: MetadataImage): unknown {
  const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  const { topics, configs, features } = everythingOf(image);
  return {
    ...everythingOf(image),
    features: [...features].sort(byText),
    topics: [...topics].sort(byText),
    configs: configs
      .map(({ type, name, values }) => ({ type, name, values: [...values].sort(byText) }))
      .sort(byText),
  };
}

test('from any image the way to a snapshot leads there, and says nothing of partitions that are so already', () => {
  fc.assert(
    fc.property(histories, histories, fc.boolean(), (mine, theirs, same) => {
      // Producer ids are never given back: whatever happened, a later image has more of them.
      const target = imageOf(same ? mine : [...theirs, newestProducerIds]);
      const image = imageOf(mine);
      const towards = recordsTowards(image, snapshotRecords(target));
      const delta = image.replay(throughBytes(towards), image.highestOffset + 1);
      expect(sortedOf(image)).toEqual(sortedOf(target));
      if (!same) return;
      const { created, deleted, partitionsAdded, partitionsChanged, configsChanged } = delta;
      expect([created, deleted, partitionsAdded, partitionsChanged, configsChanged]).toEqual([
        [],
        [],
        [],
        [],
        [],
      ]);
    }),
    { seed: 1, numRuns: 500 },
  );
});
