// For the tests of this room: the fetch sessions of the small broker of `testing-broker.ts`. A session holds what
// incremental requests leave out.

import { ErrorCode } from '../errors.ts';

// biome-ignore lint/suspicious/noExplicitAny: handlers are written against the declarations by hand
type Loose = any;

export class TestingFetchSessions {
  /** Whether sessions are offered. */
  keep = false;
  readonly #sessions = new Map<number, { epoch: number; wanted: Map<string, Loose> }>();
  #nextSessionId = 100;

  forget(): void {
    this.#sessions.clear();
  }

  /** What the request is about, whole, or the error that it deserves. */
  open(
    request: Loose,
    nameOf: (topic: Loose) => string,
  ): { sessionId: number; wanted: Map<string, Loose> } | { errorCode: number } {
    const named = new Map<string, Loose>();
    for (const topic of request.topics) {
      for (const each of topic.partitions) named.set(`${nameOf(topic)}-${each.partition}`, { topic, each });
    }
    if (request.sessionEpoch <= 0) {
      this.#sessions.delete(request.sessionId);
      if (!this.keep || request.sessionEpoch < 0) return { sessionId: 0, wanted: named };
      const sessionId = this.#nextSessionId++;
      this.#sessions.set(sessionId, { epoch: 1, wanted: named });
      return { sessionId, wanted: named };
    }
    const session = this.#sessions.get(request.sessionId);
    if (session === undefined) return { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND };
    if (session.epoch !== request.sessionEpoch) return { errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH };
    session.epoch++;
    for (const topic of request.forgottenTopicsData) {
      for (const partition of topic.partitions) session.wanted.delete(`${nameOf(topic)}-${partition}`);
    }
    for (const [key, each] of named) session.wanted.set(key, each);
    return { sessionId: request.sessionId, wanted: session.wanted };
  }
}
