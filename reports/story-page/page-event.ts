// An event of the page: of the run's trace, or of its history. How each kind is grouped for the filters, and how soon
// it goes when not all fit: one row for each kind, complete by its type.

import type { AnyEvent } from '../../sim/index.ts';
import type { Who } from '../../sim/told/engine-sentences.ts';
import { type Named, sentenceOf } from '../../sim/told/sentences.ts';
import { type OperationEvent, type OperationKind, operationSentences } from './operation-sentences.ts';

export interface PageEvent {
  readonly step: number;
  readonly timeUs: number;
  readonly node: string;
  readonly incarnation: number;
  readonly event: AnyEvent | OperationEvent;
}

export type PageEventKind = AnyEvent['kind'] | OperationKind;

/** What the filters of the page speak of. */
export const groups = {
  life: 'lives and faults',
  operation: 'what clients do',
  leader: 'leaders and replicas',
  log: 'logs',
  controller: 'controllers',
  group: 'consumer groups',
  message: 'messages',
  network: 'connections',
  disk: 'disks',
} as const;

export type Group = keyof typeof groups;

interface Row {
  readonly group: Group;
  /** 0 stays longest. */
  readonly rank: 0 | 1 | 2 | 3 | 4;
}

const row = (group: Group, rank: Row['rank']): Row => ({ group, rank });

export const kindRows: Readonly<Record<PageEventKind, Row>> = {
  'broker-started': row('life', 0),
  'broker-stopped': row('life', 0),
  'broker-halted': row('life', 0),
  'connection-opened': row('network', 4),
  'connection-closed': row('network', 3),
  'request-sent': row('message', 2),
  'request-received': row('message', 2),
  'response-sent': row('message', 2),
  'response-received': row('message', 2),
  'append-planned': row('log', 1),
  'log-appended': row('log', 1),
  'append-failed': row('log', 0),
  'log-flushed': row('log', 3),
  'segment-rolled': row('log', 3),
  'segment-deleted': row('log', 1),
  'log-start-moved': row('log', 1),
  'log-recovered': row('log', 0),
  'log-truncated': row('log', 0),
  'log-deleted': row('log', 0),
  'duplicate-answered': row('log', 1),
  'produce-answered': row('log', 2),
  'delete-records-answered': row('log', 1),
  'records-fetched': row('log', 3),
  'topic-created': row('controller', 1),
  'topic-deleted': row('controller', 1),
  'config-changed': row('controller', 3),
  'group-state': row('group', 0),
  'offset-commit-began': row('group', 3),
  'offset-committed': row('group', 2),
  'coordinator-loaded': row('group', 0),
  'coordinator-unloaded': row('group', 0),
  'leader-began': row('leader', 0),
  'follower-began': row('leader', 0),
  'high-watermark-moved': row('leader', 1),
  'follower-fetched': row('leader', 3),
  'isr-proposed': row('leader', 0),
  'isr-refused': row('leader', 0),
  'partition-committed': row('leader', 0),
  'broker-registered': row('controller', 0),
  'broker-fenced': row('controller', 0),
  'broker-unfenced': row('controller', 0),
  'raft-state': row('controller', 0),
  'raft-vote-granted': row('controller', 0),
  'metadata-committed': row('controller', 3),
  'metadata-applied': row('controller', 3),
  'controller-activated': row('controller', 0),
  'controller-resigned': row('controller', 0),
  reached: row('log', 2),
  note: row('life', 1),
  'node-booted': row('life', 0),
  'node-crashed': row('life', 0),
  'power-lost': row('life', 0),
  'node-paused': row('life', 0),
  'node-resumed': row('life', 0),
  'node-halted': row('life', 0),
  'node-terminated': row('life', 0),
  'node-stopped': row('life', 0),
  'disk-wiped': row('life', 0),
  'fault-began': row('life', 0),
  'fault-ended': row('life', 0),
  'connection-made': row('network', 3),
  'connect-failed': row('network', 3),
  'connection-reset': row('network', 1),
  'connection-abandoned': row('network', 1),
  'bytes-delivered': row('network', 4),
  'disk-operation-failed': row('disk', 3),
  'file-synced': row('disk', 4),
  'sync-lied': row('disk', 0),
  'sync-failed': row('disk', 0),
  'write-lost': row('disk', 1),
  'write-torn': row('disk', 1),
  'truncate-lost': row('disk', 1),
  'name-lost': row('disk', 1),
  'bits-rotted': row('disk', 0),
  'clock-jumped': row('life', 0),
  'clock-drifts': row('life', 0),
  'engine-crashed': row('life', 0),
  'record-sent': row('operation', 1),
  'records-read': row('operation', 1),
  'records-processed': row('operation', 2),
  'offsets-committed': row('operation', 1),
  'offsets-asked': row('operation', 1),
  'end-asked': row('operation', 2),
  'view-began': row('operation', 1),
  'view-ended': row('operation', 1),
  'corruption-reported': row('operation', 0),
  'partition-scanned': row('operation', 0),
};

/** Of a kind that this version does not know, too: a stored run may be of another one. */
export function rowOf(kind: string): Row {
  return Object.hasOwn(kindRows, kind) ? kindRows[kind as PageEventKind] : row('log', 3);
}

export function pageSentence({ node, incarnation, event }: PageEvent, named: Named): string {
  if (!Object.hasOwn(operationSentences, event.kind)) {
    return sentenceOf({ node, incarnation, event: event as AnyEvent }, named);
  }
  const name = incarnation > 1 ? `${node} (life ${incarnation})` : node;
  const tell = operationSentences[event.kind as OperationKind] as (event: OperationEvent, who: Who) => string;
  return tell(event as OperationEvent, { name, named });
}
