// What the engine tells, as sentences for people who have not seen the code: one row for each kind of `engine/trace-
// events.ts`, complete by its type. Present tense, the one who acts first, numbers with what they count.

import { errorName } from '../../engine/errors.ts';
import type { TraceEvent, TraceEventKind } from '../../engine/index.ts';

/** Who tells an event, and how others are called. */
export interface Who {
  /** The node, and which of its lives where that matters: `broker-3`, `broker-3 (life 2)`. */
  readonly name: string;
  /** A node by its id: `broker-3`. */
  named(id: number): string;
}

export type Sentence<K extends TraceEventKind> = (
  event: Extract<TraceEvent, { kind: K }>,
  who: Who,
) => string;

type EngineSentences = { readonly [K in TraceEventKind]: Sentence<K> };

const partitionOf = ({ topic, partition }: { topic: string; partition: number }) => `${topic}/${partition}`;

/** `produce-1` of `produce-1:40018`: the port says nothing to people. */
const hostOf = (peer: string) => peer.replace(/:\d+$/, '');

/** `1,2,3` as names. */
function brokers(list: string, who: Who): string {
  if (list === '') return 'nobody';
  return list
    .split(',')
    .map((id) => who.named(Number(id)))
    .join(', ');
}

function offsets(first: number, last: number): string {
  return first === last ? `offset ${first}` : `offsets ${first} to ${last}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function contentOf({
  logStartOffset,
  logEndOffset,
}: {
  logStartOffset: number;
  logEndOffset: number;
}): string {
  if (logEndOffset === 0) return 'it empty';
  return logStartOffset === logEndOffset
    ? `it empty, to go on at ${logEndOffset}`
    : offsets(logStartOffset, logEndOffset - 1);
}

const acksInWords = (acks: number) => `acks=${acks === -1 ? 'all' : acks}`;

export const engineSentences: EngineSentences = {
  'broker-started': ({ cleanShutdown }, { name }) =>
    `${name} has finished its start and serves` +
    ` (after ${cleanShutdown ? 'a clean shutdown' : 'an unclean end, or for the first time'})`,
  'broker-stopped': (_, { name }) => `${name} stops on request, cleanly`,
  'broker-halted': ({ reason }, { name }) => `${name} gives up its only log directory: ${reason}`,
  'connection-opened': ({ peer }, { name }) => `${name} accepts a connection from ${hostOf(peer)}`,
  'connection-closed': ({ peer, reason }, { name }) =>
    `the connection of ${name} with ${hostOf(peer)} ends: ${reason}`,
  'request-sent': ({ api, correlationId, peer }, { name }) =>
    `${name} sends the request ${api} (number ${correlationId}) to ${hostOf(peer)}`,
  'request-received': ({ api, correlationId, peer }, { name }) =>
    `${name} receives the request ${api} (number ${correlationId}) of ${hostOf(peer)}`,
  'response-sent': ({ api, correlationId, peer }, { name }) =>
    `${name} answers the request ${api} (number ${correlationId}) of ${hostOf(peer)}`,
  'response-received': ({ api, correlationId, peer }, { name }) =>
    `${name} receives the answer of ${hostOf(peer)} to its request ${api} (number ${correlationId})`,
  'append-planned': (event, { name }) =>
    `${name} takes a batch for ${partitionOf(event)} at ${offsets(event.baseOffset, event.lastOffset)},` +
    ` given by the leader of epoch ${event.leaderEpoch}`,
  'log-appended': (event, { name }) =>
    `${name} has written ${counted(event.batches, 'batch', 'batches')} to its log of ${partitionOf(event)};` +
    ` the log ends at ${event.logEndOffset}`,
  'append-failed': (event, { name }) =>
    `${name} cannot write to its log of ${partitionOf(event)} at offset ${event.baseOffset}: ${event.reason}`,
  'log-flushed': (event, { name }) =>
    `${name} has made its log of ${partitionOf(event)} durable (fsync) up to offset ${event.recoveryPoint}`,
  'segment-rolled': (event, { name }) =>
    `${name} begins a new segment of ${partitionOf(event)} at offset ${event.baseOffset}`,
  'segment-deleted': (event, { name }) =>
    `${name} deletes the segment of ${partitionOf(event)} from offset ${event.baseOffset} (${event.reason})`,
  'log-start-moved': (event, { name }) =>
    `the log of ${partitionOf(event)} on ${name} starts at ${event.logStartOffset} from now on (${event.reason})`,
  'log-recovered': (event, { name }) =>
    `${name} opens its log of ${partitionOf(event)} and finds ${contentOf(event)}` +
    `${event.truncatedBytes > 0 ? `; ${event.truncatedBytes} bytes of a bad tail are cut away` : ''}`,
  'log-truncated': (event, { name }) =>
    `${name} cuts its log of ${partitionOf(event)} back to end at ${event.logEndOffset}`,
  'log-deleted': (event, { name }) => `${name} throws its log of ${partitionOf(event)} away`,
  'duplicate-answered': (event, { name }) =>
    `${name} recognises a repeated batch for ${partitionOf(event)} (sequence ${event.baseSequence}) and answers` +
    ` with its first offset, ${event.baseOffset}`,
  'produce-answered': (event, { name }) =>
    (event.error === 0
      ? `${name} acknowledges a write to ${partitionOf(event)} at offset ${event.baseOffset}`
      : `${name} refuses a write to ${partitionOf(event)}: ${errorName(event.error)}`) +
    ` (${acksInWords(event.acks)})`,
  'delete-records-answered': (event, { name }) =>
    event.error === 0
      ? `${name} acknowledges that the records of ${partitionOf(event)} below ${event.offset} are deleted everywhere`
      : `${name} does not acknowledge that the records of ${partitionOf(event)} below ${event.offset} are deleted:` +
        ` ${errorName(event.error)}`,
  'records-fetched': (event, { name }) =>
    `${name} hands out ${event.bytes} bytes of records of ${partitionOf(event)} from offset ${event.fetchOffset}`,
  'topic-created': ({ topic, partitions }, { name }) =>
    `${name} learns of the topic ${topic} with ${counted(partitions, 'partition')}`,
  'topic-deleted': ({ topic }, { name }) => `${name} learns that the topic ${topic} is deleted`,
  'config-changed': ({ resource, key, value }, { name }) => {
    const whose = resource === 'broker:' ? 'all brokers' : resource;
    return `${name} learns that ${key} of ${whose} is ${value === '' ? 'unset' : value}`;
  },
  'group-state': (event, { name }) =>
    `the group ${event.group} on its coordinator ${name} is ${event.state}, generation ${event.generation},` +
    ` with ${counted(event.members, 'member')}`,
  'offset-commit-began': (event, { name }) =>
    `${name} begins to commit offset ${event.offset} of ${partitionOf(event)} for the group ${event.group}`,
  'offset-committed': (event, { name }) =>
    `${name} keeps offset ${event.offset} of ${partitionOf(event)} as committed by the group ${event.group}`,
  'coordinator-loaded': (event, { name }) =>
    `${name} coordinates the groups of ${partitionOf(event)} from now on (${counted(event.groups, 'group')},` +
    ` epoch ${event.coordinatorEpoch})`,
  'coordinator-unloaded': (event, { name }) =>
    `${name} no longer coordinates the groups of ${partitionOf(event)} (epoch ${event.coordinatorEpoch})`,
  'leader-began': (event, who) =>
    `${who.name} leads ${partitionOf(event)} in epoch ${event.leaderEpoch} with a log up to ${event.logEndOffset};` +
    ` in sync: ${brokers(event.isr, who)}`,
  'follower-began': (event, who) => {
    const does = event.leader < 0 ? 'knows of no leader' : `follows ${who.named(event.leader)} as leader`;
    const ends = `in epoch ${event.leaderEpoch}; its log ends at ${event.logEndOffset}`;
    return `${who.name} ${does} of ${partitionOf(event)} ${ends}`;
  },
  'high-watermark-moved': (event, { name }) =>
    `on ${name} (${event.leads ? 'leader' : 'follower'}) everything of ${partitionOf(event)} below` +
    ` ${event.highWatermark} counts as committed; the log ends at ${event.logEndOffset}`,
  'follower-fetched': (event, who) =>
    `${who.name} notes that ${who.named(event.follower)} has ${partitionOf(event)} up to ${event.fetchOffset}`,
  'isr-proposed': (event, who) =>
    `${who.name} asks the controller to count as in sync for ${partitionOf(event)}: ${brokers(event.isr, who)}`,
  'isr-refused': (event, { name }) =>
    `the controller refuses what ${name} asked for ${partitionOf(event)}: ${errorName(event.error)}`,
  'partition-committed': (event, who) =>
    `the controller ${who.name} decides for ${partitionOf(event)}: ` +
    `${event.leader < 0 ? 'no leader' : `leader ${who.named(event.leader)}`} of epoch ${event.leaderEpoch},` +
    ` in sync ${brokers(event.isr, who)}` +
    `${event.unclean ? '; an unclean election: committed records may be missing' : ''}`,
  'broker-registered': (event, who) =>
    `the controller ${who.name} registers ${who.named(event.brokerId)} (broker epoch ${event.brokerEpoch})`,
  'broker-fenced': ({ brokerId }, who) =>
    `the controller ${who.name} fences ${who.named(brokerId)}: it may not lead or be in sync`,
  'broker-unfenced': ({ brokerId }, who) => `the controller ${who.name} lets ${who.named(brokerId)} serve`,
  'raft-state': ({ state, epoch, leader }, who) =>
    `${who.name} is ${state} in the metadata quorum, epoch ${epoch}` +
    `${leader < 0 ? '; no leader is known' : `; leader ${who.named(leader)}`}`,
  'raft-vote-granted': ({ epoch, candidate }, who) =>
    `${who.name} votes for ${who.named(candidate)} in epoch ${epoch} of the metadata quorum`,
  'metadata-committed': ({ offset, epoch }, { name }) =>
    `${name} knows the metadata below offset ${offset} as committed (epoch ${epoch})`,
  'metadata-applied': ({ offset }, { name }) =>
    `${name} has taken in the cluster metadata up to offset ${offset}`,
  'controller-activated': ({ epoch }, { name }) =>
    `${name} is the active controller from now on (epoch ${epoch})`,
  'controller-resigned': ({ epoch }, { name }) =>
    `${name} is no longer the active controller (epoch ${epoch})`,
  reached: ({ mark }, { name }) => `a rare turn is taken on ${name}: ${mark.replaceAll('-', ' ')}`,
  note: ({ text }, { name }) => (name === 'world' ? text : `${name}: ${text}`),
};
