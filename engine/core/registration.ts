// How a broker enters the cluster. A fresh metadata log begins with the feature levels; every life of the
// broker then registers itself anew, and takes up the leadership of its partitions in a new leader epoch.
//
// The new epoch is not decoration. A broker that lost its page cache comes back with a shorter log than it
// acknowledged; the epoch tells consumers where the old reign ended, so that they notice instead of reading
// other records at the same offsets. Kafka gets there by fencing and unfencing the broker; with controller
// and broker in one process nobody else could see it fenced, so registration says "not fenced" at once and
// the elections are in the same batch.
//
// A clean restart begins a new epoch as well, as with Kafka.

import type { EndPoint } from './brokers-image.ts';
import { features } from './features.ts';
import type { MetadataImage, PartitionImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { unchangedPartition } from './placement.ts';

export interface Registration {
  readonly brokerId: number;
  /** A new one for each life. */
  readonly incarnationId: string;
  readonly endPoints: readonly EndPoint[];
  readonly rack: string | null;
  readonly directoryId: string;
}

/** The records of a broker's start. `firstOffset` is the offset that the first of them will get. */
export function registrationRecords(
  image: MetadataImage,
  registration: Registration,
  firstOffset: number,
): MetadataRecord[] {
  const records: MetadataRecord[] = image.features.size === 0 ? initialFeatures() : [];
  records.push(registrationRecord(registration, firstOffset + records.length));
  for (const topic of image.topics()) {
    for (const partition of topic.partitions) {
      const election = takeUp(topic.topicId, partition, registration.brokerId);
      if (election !== undefined) records.push(election);
    }
  }
  return records;
}

function initialFeatures(): MetadataRecord[] {
  return features
    .filter((feature) => feature.initialLevel > 0)
    .map((feature) => ({
      kind: 'feature-level',
      body: { name: feature.name, featureLevel: feature.initialLevel },
    }));
}

function registrationRecord(registration: Registration, brokerEpoch: number): MetadataRecord {
  return {
    kind: 'register-broker',
    body: {
      brokerId: registration.brokerId,
      isMigratingZkBroker: false,
      incarnationId: registration.incarnationId,
      brokerEpoch,
      endPoints: registration.endPoints.map((endPoint) => ({ ...endPoint })),
      features: features.map((feature) => ({
        name: feature.name,
        minSupportedVersion: feature.minimumLevel,
        maxSupportedVersion: feature.maximumLevel,
      })),
      rack: registration.rack,
      fenced: false,
      inControlledShutdown: false,
      logDirs: [registration.directoryId],
      cordonedLogDirs: null,
    },
  };
}

/** A new leader epoch for a partition that only this broker can lead. */
function takeUp(topicId: string, partition: PartitionImage, brokerId: number): MetadataRecord | undefined {
  if (!partition.isr.includes(brokerId)) return undefined;
  const mayLead = partition.leader === brokerId || partition.leader < 0;
  if (!mayLead) return undefined;
  return { kind: 'partition-change', body: { ...unchangedPartition(topicId, partition), leader: brokerId } };
}
