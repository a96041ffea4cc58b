// What a topic looks like that nobody asked for by hand: one that a client's Metadata request brings into
// being, or one that the broker needs for itself. Of the latter only `__consumer_offsets` exists so far; the
// topics of transactions and share groups are never created in passing, lest they be there in a form that
// their coordinators could not use.

import type { BrokerConfig } from '../config/config.ts';
import type { CreatableTopic } from './create-topics.ts';
import { groupMetadataTopic, isInternalTopic } from './topic-names.ts';

/** The topic to create under this name; undefined for one that is not created in passing. */
export function topicInPassing(config: BrokerConfig, name: string): CreatableTopic | undefined {
  if (name === groupMetadataTopic) return offsetsTopic(config);
  if (isInternalTopic(name)) return undefined;
  return { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] };
}

function offsetsTopic(config: BrokerConfig): CreatableTopic {
  return {
    name: groupMetadataTopic,
    numPartitions: config.get('offsets.topic.num.partitions'),
    replicationFactor: config.get('offsets.topic.replication.factor'),
    assignments: [],
    configs: [
      { name: 'cleanup.policy', value: 'compact' },
      { name: 'compression.type', value: 'producer' },
      { name: 'segment.bytes', value: String(config.get('offsets.topic.segment.bytes')) },
    ],
  };
}
