// The requests that are under way, one to a peer at a time: a peer that does not answer costs one request, not a
// heap of them, and answers never overtake each other. After a failure or an answer that brought nothing a peer is
// left alone for `retryBackoffMs`.

import { assert } from '../../base/assert.ts';
import type { PeerRequest } from './messages.ts';

export interface SentRequest {
  readonly to: number;
  readonly request: PeerRequest;
}

interface Peer {
  inFlight: boolean;
  backoffUntilMs: number;
}

export class PeerRequests {
  readonly #retryBackoffMs: number;
  readonly #peers = new Map<number, Peer>();
  readonly #sent = new Map<number, SentRequest>();
  #nextId = 1;

  constructor(retryBackoffMs: number) {
    this.#retryBackoffMs = retryBackoffMs;
  }

  /** When something may be sent to the peer: a time that may lie in the past, or Infinity until it has answered. */
  readyAtMs(peerId: number): number {
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return 0;
    return peer.inFlight ? Number.POSITIVE_INFINITY : peer.backoffUntilMs;
  }

  begin(to: number, request: PeerRequest): number {
    const peer = this.#peers.get(to) ?? { inFlight: false, backoffUntilMs: 0 };
    assert(!peer.inFlight, 'one request to a peer at a time');
    peer.inFlight = true;
    this.#peers.set(to, peer);
    const id = this.#nextId++;
    this.#sent.set(id, { to, request });
    return id;
  }

  /** Undefined when nothing of this id is under way: it has ended already. */
  end(requestId: number): SentRequest | undefined {
    const sent = this.#sent.get(requestId);
    if (sent === undefined) return undefined;
    this.#sent.delete(requestId);
    (this.#peers.get(sent.to) as Peer).inFlight = false;
    return sent;
  }

  backOff(peerId: number, nowMs: number): void {
    const peer = this.#peers.get(peerId) ?? { inFlight: false, backoffUntilMs: 0 };
    peer.backoffUntilMs = nowMs + this.#retryBackoffMs;
    this.#peers.set(peerId, peer);
  }

  /** The first of `peerIds` to whom something may be sent now. */
  firstReady(peerIds: readonly number[], nowMs: number): number | undefined {
    return peerIds.find((id) => this.readyAtMs(id) <= nowMs);
  }

  anyInFlight(kind: PeerRequest['kind']): boolean {
    return [...this.#sent.values()].some(({ request }) => request.kind === kind);
  }
}
