// One member of Kafka's metadata quorum (KRaft), voter or observer, as a pure machine: `step` takes one event and the
// time and returns what must be done, in order; `nextDeadlineMs` says when to step a tick if nothing else happens.
// It has no clock, no network, no disk and no randomness of its own. What it must be told, and in which order its
// actions must be carried out, is the contract at the head of `events.ts`.
//
// Where things are: `quorum-state` the states and the ways between them, `requests` what is answered, `responses` what
// answers bring, `polling` what time brings, `leader-progress` what a leader counts, `log-facts` what is known of the
// log, `ballots` who votes for whom.
//
// Kafka's Raft differs from the textbook's: records are fetched by followers, not sent by the leader. A Fetch carries
// where the follower's log ends and in which epoch; the leader answers with records, or with where the logs parted.
//
// What always holds (and is checked after every step by `raft.test.ts`): at most one leader in an epoch; one vote of a
// voter in an epoch; logs that agree on a record's epoch at an offset agree on everything before; a committed record is
// in the log of every later leader, and is never cut.
//
// Left out: changing the voters (kraft.version 1).

import { assert, unreachable } from '../../base/assert.ts';
import type { Offset } from '../../base/ids.ts';
import type { ElectionState, LogAtBoot, RaftAction, RaftEvent } from './events.ts';
import type { OffsetAndEpoch } from './messages.ts';
import { RaftNode } from './node.ts';
import { poll } from './polling.ts';
import type { QuorumMember, RaftState } from './quorum-state.ts';
import { handleRequest, releaseFetches } from './requests.ts';
import { handleFailure, handleResponse } from './responses.ts';

export interface RaftOptions extends QuorumMember {
  /** As `quorum-state` had it; undefined where there was none. */
  readonly election: ElectionState | undefined;
  readonly log: LogAtBoot;
  readonly nowMs: number;
}

/** `R`: records as they travel; never looked into. */
export class Raft<R> {
  readonly #node: RaftNode<R>;
  #nextDeadlineMs = 0;
  #nowMs: number;

  constructor({ election, log, nowMs, ...member }: RaftOptions) {
    const ascending = member.voters.every(
      (id, index) => index === 0 || id > (member.voters[index - 1] as number),
    );
    assert(member.voters.length > 0 && ascending, 'voters are listed once, by ascending id');
    this.#node = new RaftNode<R>(member, election, log, nowMs);
    this.#nowMs = nowMs;
  }

  // ---- what is known

  get election(): ElectionState {
    return this.#node.quorum.election;
  }

  get state(): RaftState {
    return this.#node.quorum.state;
  }

  /** leaderId -1: nobody known. */
  get leadership(): { readonly leaderId: number; readonly epoch: number } {
    return this.#node.leadership;
  }

  /** Everything below is committed; -1 while unknown. */
  get highWatermark(): Offset {
    return this.#node.highWatermark;
  }

  get logEndOffset(): Offset {
    return this.#node.log.endOffset;
  }

  /** Of the last record, or of the snapshot that stands for it. */
  get lastEpoch(): number {
    return this.#node.log.lastEpoch;
  }

  get snapshotId(): OffsetAndEpoch | undefined {
    return this.#node.log.snapshotId;
  }

  /** Step a tick then, if nothing happened before; Infinity where only a message can change anything. */
  get nextDeadlineMs(): number {
    return this.#nextDeadlineMs;
  }

  // ---- what happens

  step(event: RaftEvent<R>, nowMs: number): RaftAction<R>[] {
    assert(nowMs >= this.#nowMs, 'time does not go back');
    this.#nowMs = nowMs;
    const node = this.#node;
    const isFact = event.kind.startsWith('log-');
    assert(isFact || !node.awaitsLog, 'what became of the log is told before anything else happens');
    if (isFact && event.kind !== 'log-flushed') node.awaitsLog = false;
    this.#handle(event, nowMs);
    // Where the log ends is not known now, and every request says where it ends: the fact is the next event.
    this.#nextDeadlineMs = node.awaitsLog ? nowMs : poll(node, nowMs);
    return node.takeActions();
  }

  #handle(event: RaftEvent<R>, nowMs: number): void {
    const node = this.#node;
    switch (event.kind) {
      case 'tick':
        return;
      case 'request':
        return handleRequest(node, event.token, event.request, nowMs);
      case 'response':
        return handleResponse(node, event.requestId, event.response, nowMs);
      case 'request-failed':
        return handleFailure(node, event.requestId, nowMs);
      case 'append': {
        const leads = node.quorum.isLeader && node.quorum.epoch === event.epoch && !node.leaving;
        const { token, epoch } = event;
        return node.emit(
          leads ? { kind: 'append-granted', token, epoch } : { kind: 'append-refused', token },
        );
      }
      case 'resign':
        node.leaving = true;
        return;
      default:
        this.#handleLogFact(event, nowMs);
    }
  }

  #handleLogFact(
    event: Extract<RaftEvent<R>, { kind: `log-${string}` | 'snapshot-taken' }>,
    nowMs: number,
  ): void {
    const node = this.#node;
    const { log } = node;
    switch (event.kind) {
      case 'log-appended':
        log.appended(event.endOffset, event.epochs);
        node.followHighWatermark();
        return releaseFetches(node);
      case 'log-flushed':
        log.flushed(event.endOffset);
        if (node.recountHighWatermark()) releaseFetches(node);
        return;
      case 'log-truncated':
        assert(event.endOffset >= node.highWatermark, 'a committed record is never cut');
        return log.truncated(event.endOffset);
      case 'log-replaced': {
        log.replaced(event.snapshotId);
        node.advanceHighWatermark(event.snapshotId.endOffset);
        // Loading may have taken long; the leader was there all the time.
        const { state } = node.quorum;
        if (state.kind === 'follower') state.fetchDeadlineMs = nowMs + node.member.config.fetchTimeoutMs;
        return;
      }
      case 'snapshot-taken':
        return log.snapshotTaken(event.snapshotId);
      case 'log-start-moved':
        return log.startMoved(event.startOffset, event.startEpoch);
      default:
        unreachable(event, 'fact of the log');
    }
  }
}
