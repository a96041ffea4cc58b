// The metadata quorum by Raft: gives the pure machine (`core/raft/`) a log, a vote on disk, a clock, and peers. One
// loop takes one event after the other, steps the machine, and carries out its actions in their order before it takes
// the next: a vote is on the disk before it is answered, a batch is flushed before the next Fetch acknowledges it.
// What the machine must be told, and when, is at the head of `core/raft/events.ts`.
//
//   events  requests of peers, answers of peers, appends, flushes, the timer
//   loop    raft.step(event) -> actions, each carried out to its end
//   beside  the flush of a leader's own appends; questions to peers; the replay of what is committed
//
// What only the log's owner can get wrong, and what therefore is here and nowhere else:
// - A leader counts for itself only what is flushed. Appends that come while a flush is running share the next one.
// - An append that was not committed when the leadership ends is answered with 'not-leader': it may still be committed
//   by the next leader, or cut. Success is never concluded from an epoch, only from the batch being replayed.
// - After a failed disk nothing is said any more: no vote, no answer, no acknowledgement.
//
// A quorum of one elects itself at once and speaks to nobody.

import { assert } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import type { RaftAction, RaftConfig, RaftEvent } from '../core/raft/events.ts';
import type { RaftRequest } from '../core/raft/messages.ts';
import { Raft } from '../core/raft/raft.ts';
import type { Log } from '../log/log.ts';
import type { Address, Cancel } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { CommittedBatches } from './committed-batches.ts';
import { metadataBatch } from './metadata-log.ts';
import type { AppendFailure, CommittedBatch, Quorum, QuorumLeader } from './quorum.ts';
import { readQuorumState, writeQuorumState } from './quorum-state-file.ts';
import { fillAnswer, type RaftReply } from './raft-answers.ts';
import { type AppendedBatches, leaderChangeBatch, RaftLog, type StorageOutcome } from './raft-log.ts';
import type { RaftPeers } from './raft-peers.ts';
import { RaftSnapshots, type SnapshotPolicy } from './raft-snapshots.ts';
import { type AppendOutcome, WaitingAppends } from './waiting-appends.ts';

export interface RaftQuorumOptions {
  readonly nodeId: number;
  readonly directoryId: string;
  readonly clusterId: string;
  /** `controller.quorum.voters`. A node that is not among them observes. */
  readonly voters: readonly { readonly id: number; readonly address: Address | undefined }[];
  readonly config: RaftConfig;
  /** Of `__cluster_metadata-0`. */
  readonly log: Log;
  readonly peers: RaftPeers;
  /** Undefined: the log is never shortened. */
  readonly snapshots?: SnapshotPolicy | undefined;
  /** The disk failed, or holds what cannot be understood: told once, and nothing happens here any more. */
  readonly onFailure: (reason: string) => void;
}

type Event = RaftEvent<Uint8Array>;
type Action = RaftAction<Uint8Array>;

export class RaftQuorum implements Quorum {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly #runtime: Runtime;
  readonly #options: RaftQuorumOptions;
  readonly #log: RaftLog;
  readonly #raft: Raft<Uint8Array>;
  readonly #replay: CommittedBatches;
  readonly #snapshots: RaftSnapshots;
  #events: Event[] = [];
  #wake: Completion<void> | undefined;
  #cancelTimer: Cancel = () => {};
  #running: Completion<void> | undefined;
  #stopped = false;
  #flushing = false;
  #tokens = 0;
  readonly #asked = new Map<number, Completion<RaftReply | undefined>>();
  readonly #appends = new WaitingAppends();
  #leadership: (leader: QuorumLeader, activated: boolean) => void = () => {};
  #nextLeadership: Completion<void>;
  #leader: QuorumLeader = { leaderId: -1, epoch: -1 };
  #activatedEpoch = -1;
  /** Settles when this node has neither the lead nor anybody to tell that it had. */
  #handedOn: Completion<void> | undefined;

  /** Reads what the node must not have forgotten. The error is a sentence for people. */
  static *open(runtime: Runtime, options: RaftQuorumOptions): Task<Outcome<RaftQuorum, string>> {
    const log = new RaftLog(options.log);
    const election = yield* readQuorumState(runtime, log.directory);
    if (!election.ok) return failure(election.error.detail);
    const snapshots = new RaftSnapshots(runtime, log.directory, options.snapshots);
    const newest = yield* snapshots.open();
    if (!newest.ok) return newest;
    const found = yield* log.atBoot(snapshots.newestId);
    if (!found.ok) return found;
    const { nodeId, directoryId, config } = options;
    const raft = new Raft<Uint8Array>({
      nodeId,
      directoryId,
      voters: options.voters.map(({ id }) => id).sort((a, b) => a - b),
      config,
      random: (n) => runtime.random.below(n),
      election: election.value,
      log: found.value,
      nowMs: nowMs(runtime),
    });
    return success(new RaftQuorum(runtime, options, log, raft, snapshots));
  }

  private constructor(
    runtime: Runtime,
    options: RaftQuorumOptions,
    log: RaftLog,
    raft: Raft<Uint8Array>,
    snapshots: RaftSnapshots,
  ) {
    this.#runtime = runtime;
    this.#options = options;
    this.nodeId = options.nodeId;
    this.clusterId = options.clusterId;
    this.#log = log;
    this.#raft = raft;
    this.#nextLeadership = runtime.tasks.completion('news of the leader of the quorum');
    this.#snapshots = snapshots;
    this.#replay = new CommittedBatches(runtime, log, {
      handedOver: (batch, sizeBytes) => this.#handedOver(batch, sizeBytes),
      failed: (reason) => this.#fail(reason),
    });
  }

  // ---- what is known

  get leader(): QuorumLeader {
    return this.#raft.leadership;
  }

  get highWatermark(): number {
    return this.#raft.highWatermark;
  }

  get logEndOffset(): number {
    return this.#raft.logEndOffset;
  }

  get voters(): readonly { readonly id: number; readonly address: Address | undefined }[] {
    return this.#options.voters;
  }

  onCommitted(listener: (batch: CommittedBatch) => Task<void> | void): void {
    this.#replay.committed = listener;
  }

  onSnapshot(listener: (records: readonly MetadataRecord[], lastOffset: number) => Task<void> | void): void {
    this.#replay.snapshot = listener;
  }

  onLeadership(listener: (leader: QuorumLeader, activated: boolean) => void): void {
    this.#leadership = (leader, activated) => {
      listener(leader, activated);
      const news = this.#nextLeadership;
      this.#nextLeadership = this.#runtime.tasks.completion('news of the leader of the quorum');
      news.settle();
    };
  }

  get nextLeadership(): Completion<void> {
    return this.#nextLeadership;
  }

  // ---- life

  start(): void {
    assert(this.#running === undefined, 'a quorum is started once');
    const snapshot = this.#snapshots.takeLoaded();
    if (snapshot !== undefined) {
      this.#runtime.reached('metadata-snapshot-loaded');
      this.#replay.load(snapshot);
    }
    this.#events.push({ kind: 'tick' });
    this.#running = this.#runtime.tasks.spawn('raft', this.#run());
  }

  halt(): void {
    if (!this.#stopped) this.#end('storage');
  }

  *stop(): Task<void> {
    if (this.#stopped) return;
    if (this.#raft.state.kind === 'leader' && this.#options.voters.length > 1) {
      this.#handedOn = this.#runtime.tasks.completion<void>('another leader of the quorum');
      this.#put({ kind: 'resign' });
      yield* this.#runtime.within(this.#handedOn, this.#options.config.electionTimeoutMs);
    }
    this.#end('not-leader');
    if (this.#running !== undefined) yield* this.#running.wait();
    yield* this.#replay.stop();
  }

  #fail(reason: string): void {
    if (this.#stopped) return;
    this.#end('storage');
    this.#options.onFailure(reason);
  }

  #end(why: AppendFailure): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#options.peers.close();
    this.#appends.refuseAll(why);
    for (const asked of this.#asked.values()) asked.settle(undefined);
    this.#asked.clear();
    this.#wake?.settle();
  }

  // ---- what others want

  *append(records: readonly MetadataRecord[], epoch: number): Task<AppendOutcome> {
    if (this.#stopped) return failure('not-leader');
    const token = ++this.#tokens;
    const answered = this.#runtime.tasks.completion<AppendOutcome>('a commit of metadata');
    const batch = metadataBatch(records, this.#runtime.clock.wallMs());
    this.#appends.add(token, batch, answered);
    this.#put({ kind: 'append', token, epoch });
    return yield* answered.wait();
  }

  /** A request of a peer, an observer or a tool; undefined when this node is ending. */
  *ask(request: RaftRequest): Task<RaftReply | undefined> {
    if (this.#stopped) return undefined;
    const token = ++this.#tokens;
    const reply = this.#runtime.tasks.completion<RaftReply | undefined>(`raft's answer to ${request.kind}`);
    this.#asked.set(token, reply);
    this.#put({ kind: 'request', token, request });
    return yield* reply.wait();
  }

  // ---- the loop

  #put(event: Event): void {
    if (this.#stopped) return;
    this.#events.push(event);
    this.#wake?.settle();
  }

  *#run(): Task<void> {
    while (!this.#stopped) {
      const event = this.#events.shift();
      if (event !== undefined) {
        yield* this.#take(event);
        continue;
      }
      this.#setTimer();
      this.#wake = this.#runtime.tasks.completion<void>('anything for raft');
      yield* this.#wake.wait();
      this.#wake = undefined;
      this.#cancelTimer();
    }
  }

  #setTimer(): void {
    const dueMs = this.#raft.nextDeadlineMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.max(1, dueMs - nowMs(this.#runtime));
    this.#cancelTimer = this.#runtime.after(delayMs, () => this.#put({ kind: 'tick' }));
  }

  /** One event with everything that follows from it; what became of the log comes before what waits. */
  *#take(event: Event): Task<void> {
    const facts: Event[] = [];
    if (event.kind === 'log-start-moved') {
      const shortened = yield* this.#shorten(event.startOffset);
      if (!shortened.ok) this.#fail(shortened.error);
      if (this.#stopped) return;
    }
    // A flush that ended while the log was cut promises only what is left.
    const now: Event = event.kind === 'log-flushed' ? this.#flushedFact() : event;
    for (const action of this.#raft.step(now, nowMs(this.#runtime))) {
      const outcome = yield* this.#carryOut(action, facts);
      if (!outcome.ok) this.#fail(outcome.error);
      if (this.#stopped) return;
    }
    for (const fact of facts) {
      yield* this.#take(fact);
      if (this.#stopped) return;
    }
    this.#tellWhetherHandedOn();
  }

  #flushedFact(): Event {
    return { kind: 'log-flushed', endOffset: this.#log.flushedOffset };
  }

  *#carryOut(action: Action, facts: Event[]): Task<StorageOutcome<undefined>> {
    switch (action.kind) {
      case 'persist': {
        const written = yield* writeQuorumState(this.#runtime, this.#log.directory, action.election);
        return written.ok ? written : failure(`the vote cannot be stored: ${written.error.detail}`);
      }
      case 'send':
        this.#runtime.tasks.spawn(`${action.request.kind} to ${action.to}`, this.#send(action));
        return success(undefined);
      case 'answer':
        return yield* this.#answer(action);
      case 'append-leader-change': {
        const { leaderId, grantingVoters, epoch } = action;
        const wallMs = this.#runtime.clock.wallMs();
        const voters = this.#options.voters.map(({ id }) => id);
        const batch = leaderChangeBatch(leaderId, voters, grantingVoters, wallMs);
        return this.#appended(yield* this.#log.append(batch, epoch, wallMs), facts);
      }
      case 'append-granted':
        return yield* this.#append(action, facts);
      case 'append-refused':
        this.#appends.refuse(action.token, 'not-leader');
        return success(undefined);
      case 'append-fetched': {
        const appended = yield* this.#log.appendFetched(action.records, this.#raft.leadership.epoch);
        if (!appended.ok) return appended;
        const { endOffset, epochs } = appended.value;
        facts.push({ kind: 'log-appended', endOffset, epochs }, this.#flushedFact());
        return success(undefined);
      }
      case 'truncate': {
        const cut = yield* this.#log.truncate(action.offset);
        if (cut.ok) facts.push({ kind: 'log-truncated', endOffset: this.#log.endOffset });
        return cut;
      }
      case 'write-snapshot':
        return yield* this.#writeSnapshot(action, facts);
      default:
        this.#tell(action);
        return success(undefined);
    }
  }

  /** A chunk of the leader's snapshot; with the last one it takes the place of the log. */
  *#writeSnapshot(
    { snapshotId, position, chunk, complete }: Extract<Action, { kind: 'write-snapshot' }>,
    facts: Event[],
  ): Task<StorageOutcome<undefined>> {
    const written = yield* this.#snapshots.receive(snapshotId, position, chunk);
    if (!written.ok || !complete) return written;
    const snapshot = yield* this.#snapshots.finish(snapshotId);
    if (!snapshot.ok) return snapshot;
    if (snapshot.value === undefined) {
      // It arrived damaged: the log stays as it is, and the next Fetch says again what is missing.
      facts.push({ kind: 'log-truncated', endOffset: this.#log.endOffset });
      return success(undefined);
    }
    this.#runtime.reached('metadata-snapshot-fetched');
    // Before the log goes: whoever replays it must not look there any more, and no batch of it will be handed over.
    this.#replay.load(snapshot.value);
    this.#appends.refuseAll('not-leader');
    const emptied = yield* this.#log.startOver(snapshotId.endOffset);
    facts.push({ kind: 'log-replaced', snapshotId });
    return emptied;
  }

  *#shorten(startOffset: number): Task<StorageOutcome<undefined>> {
    if (startOffset <= this.#log.startOffset) return success(undefined);
    const shortened = yield* this.#log.deleteBefore(startOffset);
    return shortened.ok ? yield* this.#snapshots.removeOlder() : shortened;
  }

  *#append(
    { token, epoch }: Extract<Action, { kind: 'append-granted' }>,
    facts: Event[],
  ): Task<StorageOutcome<undefined>> {
    const batch = this.#appends.batchOf(token);
    const appended = yield* this.#log.append(batch, epoch, this.#runtime.clock.wallMs());
    if (appended.ok) {
      const { baseOffset, endOffset } = appended.value;
      this.#appends.place(token, { baseOffset, lastOffset: endOffset - 1, epoch });
    }
    return this.#appended(appended, facts);
  }

  #appended(appended: StorageOutcome<AppendedBatches>, facts: Event[]): StorageOutcome<undefined> {
    if (!appended.ok) return appended;
    const { endOffset, epochs } = appended.value;
    facts.push({ kind: 'log-appended', endOffset, epochs });
    if (!this.#flushing) this.#runtime.tasks.spawn('flush of the metadata log', this.#flush());
    return success(undefined);
  }

  /** Flushes while there is something to flush: what is appended meanwhile goes with the next one. */
  *#flush(): Task<void> {
    this.#flushing = true;
    do {
      const flushed = yield* this.#log.flush();
      if (!flushed.ok) return this.#fail(flushed.error);
      yield* this.#runtime.yieldPoint('quorum: log flushed');
      this.#put(this.#flushedFact());
    } while (!this.#stopped && this.#log.flushedOffset < this.#log.endOffset);
    this.#flushing = false;
  }

  *#send({ to, requestId, request }: Extract<Action, { kind: 'send' }>): Task<void> {
    const response = yield* this.#options.peers.ask(to, request);
    yield* this.#runtime.yieldPoint('quorum: peer answered');
    if (request.kind === 'vote' && response?.kind === 'vote' && !response.voteGranted) {
      this.#runtime.reached(request.preVote ? 'pre-vote-refused' : 'vote-refused');
    }
    this.#put(
      response === undefined
        ? { kind: 'request-failed', requestId }
        : { kind: 'response', requestId, response },
    );
  }

  *#answer({ token, answer }: Extract<Action, { kind: 'answer' }>): Task<StorageOutcome<undefined>> {
    const asked = this.#asked.get(token);
    this.#asked.delete(token);
    if (asked === undefined) return success(undefined);
    const filled = yield* fillAnswer(answer, this.#log, this.#snapshots);
    if (!filled.ok) return filled;
    asked.settle(filled.value);
    return success(undefined);
  }

  // ---- what is told

  #tell(action: Action): void {
    const { trace } = this.#runtime;
    switch (action.kind) {
      case 'state':
        if (trace.wants('raft-state')) {
          const { state, epoch, leaderId: leader } = action;
          trace.emit({ kind: 'raft-state', state, epoch, leader });
        }
        return;
      case 'vote-granted':
        if (trace.wants('raft-vote-granted')) {
          trace.emit({ kind: 'raft-vote-granted', epoch: action.epoch, candidate: action.candidateId });
        }
        return;
      case 'high-watermark':
        if (trace.wants('metadata-committed')) {
          trace.emit({ kind: 'metadata-committed', offset: action.offset, epoch: action.epoch });
        }
        return this.#replay.advance(action.offset);
      case 'leadership':
        this.#leader = { leaderId: action.leaderId, epoch: action.epoch };
        if (this.#appends.refuseLost(this.#leader, this.nodeId, this.#raft.highWatermark) > 0)
          this.#runtime.reached('metadata-append-orphaned');
        return this.#leadership(this.#leader, false);
      default:
        return;
    }
  }

  *#handedOver(batch: CommittedBatch, sizeBytes: number): Task<StorageOutcome<undefined>> {
    this.#appends.handedOver(batch);
    this.#activate(batch);
    const snapshotId = yield* this.#snapshots.takeIfDue(batch, sizeBytes);
    if (!snapshotId.ok || snapshotId.value === undefined)
      return snapshotId.ok ? success(undefined) : snapshotId;
    const { endOffset: startOffset, epoch: startEpoch } = snapshotId.value;
    this.#put({ kind: 'snapshot-taken', snapshotId: snapshotId.value });
    this.#put({ kind: 'log-start-moved', startOffset, startEpoch });
    return success(undefined);
  }

  /** The first record of this leader's epoch was replayed: nothing that was committed before is missing here. */
  #activate(batch: CommittedBatch): void {
    const { leaderId, epoch } = this.#leader;
    if (leaderId !== this.nodeId || batch.epoch !== epoch || this.#activatedEpoch === epoch) return;
    this.#activatedEpoch = epoch;
    this.#leadership(this.#leader, true);
  }

  #tellWhetherHandedOn(): void {
    const { state, leadership } = this.#raft;
    const waits = state.kind === 'leader' || (state.kind === 'resigned' && leadership.leaderId < 0);
    if (!waits) this.#handedOn?.settle();
  }
}

/** Whole milliseconds: a deadline of the machine is reached when the clock says so, and not a fraction before. */
function nowMs(runtime: Runtime): number {
  return Math.floor(runtime.clock.monotonicUs() / 1000);
}
