// Incremental fetch sessions (KIP-227; Kafka's FetchManager, FetchContext, FetchSession): a consumer names its
// partitions once, later requests say what changed, and responses carry only partitions that have news. Pure: the
// cache is told the time and the request, and says which partitions to read and what to leave out of the answer.

import type { TopicId } from '../base/ids.ts';
import { ErrorCode } from '../errors.ts';

/** One partition as a fetch wants it. Named by topic and, from v13 on, by id. */
export interface FetchPartition {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
  readonly lastFetchedEpoch: number;
  readonly logStartOffset: number;
  readonly maxBytes: number;
}

interface CachedPartition {
  wanted: FetchPartition;
  highWatermark: number;
  logStartOffset: number;
}

/** What an answer says of one partition, as far as a session cares. */
export interface FetchNews {
  readonly errorCode: number;
  readonly recordBytes: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly diverging: boolean;
  /** -1 where there is none. */
  readonly preferredReadReplica: number;
}

interface Session {
  readonly id: number;
  readonly usesTopicIds: boolean;
  /** In the order in which they are read; those that had data move to the end, so that none starves. */
  readonly partitions: Map<string, CachedPartition>;
  epoch: number;
  lastUsedMs: number;
}

/** How one fetch is to be served. */
export interface FetchContext {
  /** To read, in order. */
  readonly partitions: readonly FetchPartition[];
  /** Goes into the response; 0 where there is no session. */
  readonly sessionId: number;
  /** Whether the partition belongs into the response; remembers what was told. */
  include(partition: FetchPartition, news: FetchNews): boolean;
}

export interface FetchSessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly usesTopicIds: boolean;
  readonly partitions: readonly FetchPartition[];
  readonly forgotten: readonly {
    readonly topic: string;
    readonly topicId: TopicId;
    readonly partition: number;
  }[];
}

const sessionlessEpoch = -1;
const initialEpoch = 0;
const epochMax = 2 ** 31 - 1;
const sessionIdMax = 2 ** 31 - 1;

export class FetchSessions {
  readonly #sessions = new Map<number, Session>();
  readonly #slotsMax: number;
  readonly #evictionMs: number;
  readonly #below: (n: number) => number;

  /** `slotsMax` is `max.incremental.fetch.session.cache.slots`; `below` draws session ids. */
  constructor(slotsMax: number, below: (n: number) => number, evictionMs = 120_000) {
    this.#slotsMax = slotsMax;
    this.#evictionMs = evictionMs;
    this.#below = below;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The context of a fetch, or the top-level error code that answers it. */
  open(request: FetchSessionRequest, nowMs: number): FetchContext | number {
    const { sessionId, sessionEpoch } = request;
    if (sessionEpoch === sessionlessEpoch || sessionEpoch === initialEpoch) {
      if (sessionId !== 0) this.#sessions.delete(sessionId);
      if (sessionEpoch === sessionlessEpoch) return fullContext(request, 0);
      return this.#create(request, nowMs);
    }
    return this.#continue(request, nowMs);
  }

  #create(request: FetchSessionRequest, nowMs: number): FetchContext {
    if (!this.#makeRoom(nowMs)) return fullContext(request, 0);
    // One draw, and the next that is free. Not drawn until one is: a source of numbers may repeat itself for ever.
    let id = this.#below(sessionIdMax) + 1;
    while (this.#sessions.has(id)) id = (id % sessionIdMax) + 1;
    const session: Session = {
      id,
      usesTopicIds: request.usesTopicIds,
      partitions: new Map(),
      epoch: 1,
      lastUsedMs: nowMs,
    };
    for (const wanted of request.partitions) session.partitions.set(keyOf(wanted), fresh(wanted));
    this.#sessions.set(id, session);
    return {
      partitions: request.partitions,
      sessionId: id,
      include: (partition, news) => {
        remember(session, partition, news);
        return true;
      },
    };
  }

  #continue(request: FetchSessionRequest, nowMs: number): FetchContext | number {
    const session = this.#sessions.get(request.sessionId);
    if (session === undefined) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
    if (request.sessionEpoch !== session.epoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
    if (request.usesTopicIds !== session.usesTopicIds) return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
    for (const wanted of request.partitions) {
      const cached = session.partitions.get(keyOf(wanted));
      if (cached === undefined) session.partitions.set(keyOf(wanted), fresh(wanted));
      else cached.wanted = wanted;
    }
    for (const gone of request.forgotten) session.partitions.delete(keyOf(gone));
    if (session.partitions.size === 0) {
      this.#sessions.delete(session.id);
      return { partitions: [], sessionId: 0, include: () => true };
    }
    session.epoch = session.epoch === epochMax ? 1 : session.epoch + 1;
    session.lastUsedMs = nowMs;
    return {
      partitions: [...session.partitions.values()].map((cached) => cached.wanted),
      sessionId: session.id,
      include: (partition, news) => remember(session, partition, news),
    };
  }

  // Kafka evicts a session that was idle for two minutes; a newer one never drives out a busy one.
  #makeRoom(nowMs: number): boolean {
    if (this.#sessions.size < this.#slotsMax) return this.#slotsMax > 0;
    let oldest: Session | undefined;
    for (const session of this.#sessions.values()) {
      if (oldest === undefined || session.lastUsedMs < oldest.lastUsedMs) oldest = session;
    }
    if (oldest === undefined || nowMs - oldest.lastUsedMs < this.#evictionMs) return false;
    return this.#sessions.delete(oldest.id);
  }
}

function fullContext(request: FetchSessionRequest, sessionId: number): FetchContext {
  return { partitions: request.partitions, sessionId, include: () => true };
}

function fresh(wanted: FetchPartition): CachedPartition {
  return { wanted, highWatermark: -1, logStartOffset: -1 };
}

/** Notes what the response tells of a partition; true when that is news. */
function remember(session: Session, partition: FetchPartition, news: FetchNews): boolean {
  const key = keyOf(partition);
  const cached = session.partitions.get(key);
  if (cached === undefined) return true;
  let isNews = news.recordBytes > 0 || news.diverging || news.preferredReadReplica >= 0;
  if (news.highWatermark !== cached.highWatermark || news.logStartOffset !== cached.logStartOffset)
    isNews = true;
  cached.highWatermark = news.highWatermark;
  cached.logStartOffset = news.logStartOffset;
  if (news.errorCode !== ErrorCode.NONE) {
    // Forget what the consumer knows, so that the partition is sent again once it is well.
    cached.highWatermark = -1;
    isNews = true;
  }
  if (news.recordBytes > 0) {
    session.partitions.delete(key);
    session.partitions.set(key, cached);
  }
  return isNews;
}

function keyOf(of: {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: number;
}): string {
  return of.topic === '' ? `${of.topicId}:${of.partition}` : `${of.topic}:${of.partition}`;
}
