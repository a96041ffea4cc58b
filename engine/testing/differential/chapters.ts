// All that two brokers are asked, in this order: what one chapter makes, a later one may find.

import { tellApiVersions } from './api-versions.ts';
import { tellConfigs } from './configs.ts';
import { tellFetch, tellListOffsets, tellOffsetForLeaderEpoch } from './fetch.ts';
import { tellGroups } from './groups.ts';
import { tellOffsets } from './offsets.ts';
import { tellDeleteRecords, tellIdempotence, tellProduce } from './produce.ts';
import { tellTopics } from './topics.ts';
import type { Witness } from './witness.ts';

export interface Chapter {
  readonly name: string;
  readonly tell: (of: Witness) => Promise<void>;
}

export const chapters: readonly Chapter[] = [
  { name: 'ApiVersions, coordinators, the cluster', tell: tellApiVersions },
  { name: 'topics', tell: tellTopics },
  { name: 'configurations', tell: tellConfigs },
  { name: 'Produce', tell: tellProduce },
  { name: 'idempotent producers', tell: tellIdempotence },
  { name: 'Fetch', tell: tellFetch },
  { name: 'ListOffsets', tell: tellListOffsets },
  { name: 'OffsetForLeaderEpoch', tell: tellOffsetForLeaderEpoch },
  { name: 'DeleteRecords', tell: tellDeleteRecords },
  { name: 'groups', tell: tellGroups },
  { name: 'committed offsets', tell: tellOffsets },
];
