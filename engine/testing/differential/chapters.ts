// All that two brokers are asked, in this order: what one chapter makes, a later one may find.

import { tellApiVersions } from './api-versions.ts';
import { tellBrokerConfigs } from './broker-configs.ts';
import { tellCluster } from './cluster.ts';
import { tellConfigs } from './configs.ts';
import { tellControllers } from './controllers.ts';
import { tellUpdates } from './features.ts';
import { tellFetch, tellListOffsets, tellOffsetForLeaderEpoch } from './fetch.ts';
import { tellGroups } from './groups.ts';
import { tellIdempotence } from './idempotence.ts';
import { tellLogDirs } from './log-dirs.ts';
import { tellOffsets } from './offsets.ts';
import { tellPartitions } from './partitions.ts';
import { tellDeleteRecords, tellProduce } from './produce.ts';
import { tellTopics } from './topics.ts';
import type { Witness } from './witness.ts';

export interface Chapter {
  readonly name: string;
  readonly tell: (of: Witness) => Promise<void>;
}

export const chapters: readonly Chapter[] = [
  { name: 'ApiVersions, coordinators', tell: tellApiVersions },
  { name: 'the cluster and its quorum', tell: tellCluster },
  { name: 'controllers', tell: tellControllers },
  { name: 'features', tell: tellUpdates },
  { name: 'topics', tell: tellTopics },
  { name: 'partitions and their replicas', tell: tellPartitions },
  { name: 'configurations', tell: tellConfigs },
  { name: 'configurations of brokers', tell: tellBrokerConfigs },
  { name: 'Produce', tell: tellProduce },
  { name: 'idempotent producers', tell: tellIdempotence },
  { name: 'Fetch', tell: tellFetch },
  { name: 'ListOffsets', tell: tellListOffsets },
  { name: 'OffsetForLeaderEpoch', tell: tellOffsetForLeaderEpoch },
  { name: 'DeleteRecords', tell: tellDeleteRecords },
  { name: 'log directories', tell: tellLogDirs },
  { name: 'groups', tell: tellGroups },
  { name: 'committed offsets', tell: tellOffsets },
];
