// Messages between nodes, put together from what both sides told: a request is named by the end of the connection
// that sent it and its correlation id. What one side sent and the other never told of was lost, or still on its way.

import type { PageEvent } from './page-event.ts';

export interface Message {
  readonly api: string;
  readonly isResponse: boolean;
  readonly from: string;
  readonly to: string;
  readonly sentUs: number;
  /** null when it never arrived. */
  receivedUs: number | null;
  readonly sort: MessageSort;
  /** Which events told of it: places in the list of events. */
  readonly sentAt: number;
  receivedAt: number;
}

/** What a message is for; the filters of the picture. */
export const messageSorts = {
  produce: 'produce',
  read: 'consumers read',
  replication: 'replication',
  group: 'groups',
  cluster: 'controllers and quorum',
  other: 'connecting, metadata',
} as const;

export type MessageSort = keyof typeof messageSorts;

const groupApis =
  /^(FindCoordinator|JoinGroup|SyncGroup|LeaveGroup|Heartbeat|OffsetCommit|OffsetFetch|OffsetDelete|ConsumerGroup)/;
const readApis: ReadonlySet<string> = new Set(['Fetch', 'ListOffsets', 'OffsetForLeaderEpoch']);

/** Where controllers listen. */
const controllerPort = /:9093$/;

export function messagesOf(events: Iterable<readonly [at: number, event: PageEvent]>): Message[] {
  const found: Message[] = [];
  /** Requests under way or to be answered, and responses under way, by connection and number. */
  const requests = new Map<string, Message>();
  const responses = new Map<string, Message>();
  for (const [at, { node, timeUs, event }] of events) {
    if (event.kind === 'request-sent') {
      const sort = sortOf(event.api, event.peer, event.local);
      const request = message(event.api, false, node, hostOf(event.peer), timeUs, sort, at);
      requests.set(`${event.local} ${event.correlationId}`, request);
      found.push(request);
    } else if (event.kind === 'request-received') {
      const request = requests.get(`${event.peer} ${event.correlationId}`);
      if (request !== undefined) arrive(request, timeUs, at);
    } else if (event.kind === 'response-sent') {
      const key = `${event.peer} ${event.correlationId}`;
      const sort = requests.get(key)?.sort ?? sortOf(event.api, '', event.peer);
      const response = message(event.api, true, node, hostOf(event.peer), timeUs, sort, at);
      responses.set(key, response);
      found.push(response);
    } else if (event.kind === 'response-received') {
      const response = responses.get(`${event.local} ${event.correlationId}`);
      if (response !== undefined) arrive(response, timeUs, at);
    }
  }
  return found;
}

function message(
  api: string,
  isResponse: boolean,
  from: string,
  to: string,
  sentUs: number,
  sort: MessageSort,
  sentAt: number,
): Message {
  return { api, isResponse, from, to, sentUs, receivedUs: null, sort, sentAt, receivedAt: -1 };
}

function arrive(message: Message, timeUs: number, at: number): void {
  message.receivedUs ??= timeUs;
  if (message.receivedAt < 0) message.receivedAt = at;
}

function sortOf(api: string, peer: string, local: string): MessageSort {
  if (controllerPort.test(peer)) return 'cluster';
  if (api === 'Produce') return 'produce';
  if (groupApis.test(api)) return 'group';
  if (readApis.has(api)) return /^(broker|controller)-/.test(local) ? 'replication' : 'read';
  return 'other';
}

function hostOf(peer: string): string {
  return peer.replace(/:\d+$/, '');
}

export function messageSentence({ api, isResponse, from, to, sentUs, receivedUs }: Message): string {
  const what = isResponse ? `the answer to ${api}` : `the request ${api}`;
  if (receivedUs === null) return `${what} from ${from} to ${to} never arrives`;
  return `${what} from ${from} to ${to} takes ${Math.round((receivedUs - sentUs) / 10) / 100} ms`;
}
