// A quorum of Raft machines with everything around them in memory: disks that know what is flushed, messages that lie
// between the nodes until somebody delivers them, one clock. It decides nothing about when: stories deliver all in
// order, the property test picks at random.
//
// Fault model: a link may be cut (what crosses it is lost), a message may be lost, messages may overtake each other; a
// process may die with or without what it had not flushed. `quorum-state` is durable when `persist` returns, as the
// driver must see to. Records are single-record batches.
//
// What is checked at every action, because only here it can be seen: a vote is on the disk when it is answered.

import { assert, present } from '../base/assert.ts';
import type { ElectionState, RaftAction, RaftEvent } from '../core/raft/events.ts';
import { defaultRaftConfig } from '../core/raft/events.ts';
import type {
  OffsetAndEpoch,
  PeerRequest,
  PeerResponse,
  RaftAnswer,
  RaftRequest,
} from '../core/raft/messages.ts';
import { Raft } from '../core/raft/raft.ts';

export interface Entry {
  readonly epoch: number;
  readonly value: string;
}

type Records = readonly Entry[];

/** What survives a process, and how much of it survives a power loss. */
export class RaftDisk {
  election: ElectionState | undefined;
  /** From offset 0, also what lies below the start and is only in the snapshot. */
  entries: Entry[] = [];
  flushed = 0;
  startOffset = 0;
  snapshotId: OffsetAndEpoch | undefined;
  directoryId = '';
}

export interface Message {
  readonly from: number;
  readonly to: number;
  readonly requestId: number;
  readonly body:
    | { readonly kind: 'request'; readonly request: PeerRequest }
    | { readonly kind: 'response'; readonly response: PeerResponse<Records> };
}

export interface WorldNode {
  readonly id: number;
  readonly disk: RaftDisk;
  /** Undefined while it is down. */
  raft: Raft<Records> | undefined;
  /** The life it is in: messages of an earlier one are nobody's. */
  life: number;
  /** Leaders do not flush until they are told to. */
  holdsFlush: boolean;
}

export interface WorldHooks {
  random(nodeId: number, n: number): number;
  /** Every action, after it was carried out. */
  acted(node: WorldNode, action: RaftAction<Records>): void;
  sent(message: Message): void;
}

interface Asked {
  readonly from: number;
  readonly to: number;
  readonly requestId: number;
  readonly life: number;
  readonly request: RaftRequest;
}

const recordsPerFetch = 4;

export class RaftWorld {
  readonly nodes = new Map<number, WorldNode>();
  readonly voters: readonly number[];
  readonly messages: Message[] = [];
  /** Pairs between which nothing passes. */
  readonly cuts = new Set<string>();
  nowMs = 0;
  appendsWaiting = new Map<number, string>();
  readonly #hooks: WorldHooks;
  readonly #asked = new Map<number, Asked>();
  #tokens = 0;

  constructor(voters: readonly number[], observers: readonly number[], hooks: WorldHooks) {
    this.voters = voters;
    this.#hooks = hooks;
    for (const id of [...voters, ...observers]) {
      const disk = new RaftDisk();
      disk.directoryId = `directory-${id}`;
      this.nodes.set(id, { id, disk, raft: undefined, life: 0, holdsFlush: false });
    }
  }

  node(id: number): WorldNode {
    return present(this.nodes.get(id), `node ${id}`);
  }

  get alive(): WorldNode[] {
    return [...this.nodes.values()].filter(({ raft }) => raft !== undefined);
  }

  // ---- lives

  start(id: number): void {
    const node = this.node(id);
    assert(node.raft === undefined, 'a node that is up is not started');
    const { disk } = node;
    node.life++;
    node.raft = new Raft<Records>({
      nodeId: id,
      directoryId: disk.directoryId,
      voters: this.voters,
      config: defaultRaftConfig,
      random: (n) => this.#hooks.random(id, n),
      election: disk.election,
      nowMs: this.nowMs,
      log: {
        startOffset: disk.startOffset,
        startEpoch: disk.startOffset === 0 ? 0 : epochAt(disk, disk.startOffset - 1),
        endOffset: disk.entries.length,
        epochs: epochStarts(disk, disk.startOffset),
        snapshotId: disk.snapshotId,
      },
    });
    this.step(id, { kind: 'tick' });
  }

  /** The process dies; with it what was under way from and to it. `keep`: how much of the log survives. */
  crash(id: number, keep?: number): void {
    const node = this.node(id);
    node.raft = undefined;
    if (keep !== undefined) {
      assert(keep >= node.disk.flushed, 'what is flushed survives');
      // What lies below the start is in the snapshot, which is durable.
      node.disk.entries.length = Math.max(node.disk.startOffset, Math.min(keep, node.disk.entries.length));
    }
    node.disk.flushed = node.disk.entries.length;
    for (const message of this.messages.splice(0)) {
      if (message.from !== id && message.to !== id) this.messages.push(message);
      else this.#fail(message);
    }
    for (const [token, { from, to, requestId, life }] of [...this.#asked]) {
      if (from !== id && to !== id) continue;
      this.#asked.delete(token);
      if (to === id && life === this.node(from).life) this.step(from, { kind: 'request-failed', requestId });
    }
  }

  /** A new disk under the old id. */
  wipe(id: number): void {
    Object.assign(this.node(id).disk, new RaftDisk(), { directoryId: `directory-${id}-new` });
  }

  // ---- what happens

  step(id: number, event: RaftEvent<Records>): void {
    const node = this.node(id);
    const { raft } = node;
    if (raft === undefined) return;
    const facts: RaftEvent<Records>[] = [];
    for (const action of raft.step(event, this.nowMs)) {
      this.#carryOut(node, action, facts);
      this.#hooks.acted(node, action);
    }
    for (const fact of facts) this.step(id, fact);
  }

  append(id: number, value: string): void {
    const token = ++this.#tokens;
    this.appendsWaiting.set(token, value);
    const { epoch } = present(this.node(id).raft, 'a running node').leadership;
    this.step(id, { kind: 'append', token, epoch });
  }

  flush(id: number): void {
    const { disk } = this.node(id);
    disk.flushed = disk.entries.length;
    this.step(id, { kind: 'log-flushed', endOffset: disk.entries.length });
  }

  /** All that is committed goes into a snapshot, and the log begins behind it. */
  takeSnapshot(id: number): boolean {
    const { disk, raft } = this.node(id);
    const endOffset = raft?.highWatermark ?? -1;
    if (endOffset <= disk.startOffset) return false;
    const snapshotId = { endOffset, epoch: epochAt(disk, endOffset - 1) };
    disk.snapshotId = snapshotId;
    this.step(id, { kind: 'snapshot-taken', snapshotId });
    disk.startOffset = endOffset;
    this.step(id, { kind: 'log-start-moved', startOffset: endOffset, startEpoch: snapshotId.epoch });
    return true;
  }

  isCut({ from, to }: { from: number; to: number }): boolean {
    return this.cuts.has(`${from}-${to}`) || this.cuts.has(`${to}-${from}`);
  }

  /** Hands over the message at this place of the queue. */
  deliver(index: number): Message {
    if (this.node((this.messages[index] as Message).to).raft === undefined) return this.lose(index);
    const message = this.messages.splice(index, 1)[0] as Message;
    const { from, to, requestId, body } = message;
    if (body.kind === 'response') {
      this.step(to, { kind: 'response', requestId, response: body.response });
      return message;
    }
    const token = ++this.#tokens;
    this.#asked.set(token, { from, to, requestId, life: this.node(from).life, request: body.request });
    this.step(to, { kind: 'request', token, request: body.request });
    return message;
  }

  /** The message never arrives; its sender, or who waits for it, finds out now. */
  lose(index: number): Message {
    const message = this.take(index);
    this.#fail(message);
    return message;
  }

  /** The message never arrives, and nobody finds out before `giveUp`. */
  take(index: number): Message {
    return this.messages.splice(index, 1)[0] as Message;
  }

  giveUp(message: Message): void {
    this.#fail(message);
  }

  /** Whoever waits for an answer that this message would have brought, gives up waiting. */
  #fail({ from, to, requestId, body }: Message): void {
    this.step(body.kind === 'request' ? from : to, { kind: 'request-failed', requestId });
  }

  nextDeadlineMs(): number {
    return this.alive.reduce(
      (earliest, { raft }) => Math.min(earliest, raft?.nextDeadlineMs ?? Number.POSITIVE_INFINITY),
      Number.POSITIVE_INFINITY,
    );
  }

  // ---- actions

  #carryOut(node: WorldNode, action: RaftAction<Records>, facts: RaftEvent<Records>[]): void {
    const { disk } = node;
    switch (action.kind) {
      case 'persist':
        disk.election = action.election;
        return;
      case 'send': {
        const { to, requestId, request } = action;
        return this.#send({ from: node.id, to, requestId, body: { kind: 'request', request } });
      }
      case 'answer':
        return this.#answer(node, action.token, action.answer);
      case 'append-fetched':
        return this.#append(node, action.records, true, facts);
      case 'append-leader-change':
        return this.#append(
          node,
          [{ epoch: action.epoch, value: `leader=${action.leaderId}` }],
          false,
          facts,
        );
      case 'append-granted': {
        const value = present(this.appendsWaiting.get(action.token), 'what is to be appended');
        this.appendsWaiting.delete(action.token);
        return this.#append(node, [{ epoch: action.epoch, value }], false, facts);
      }
      case 'append-refused':
        this.appendsWaiting.delete(action.token);
        return;
      case 'truncate':
        disk.entries.length = Math.min(disk.entries.length, action.offset);
        disk.flushed = Math.min(disk.flushed, action.offset);
        facts.push({ kind: 'log-truncated', endOffset: disk.entries.length });
        return;
      case 'write-snapshot':
        return this.#writeSnapshot(node, action, facts);
      default:
        return;
    }
  }

  #append(node: WorldNode, entries: Records, flush: boolean, facts: RaftEvent<Records>[]): void {
    const { disk } = node;
    const from = disk.entries.length;
    disk.entries.push(...entries);
    const endOffset = disk.entries.length;
    facts.push({ kind: 'log-appended', endOffset, epochs: epochStarts(disk, from) });
    if (!flush && node.holdsFlush) return;
    disk.flushed = endOffset;
    facts.push({ kind: 'log-flushed', endOffset });
  }

  readonly #arriving = new Map<number, Entry[]>();

  #writeSnapshot(
    { id, disk }: WorldNode,
    action: Extract<RaftAction<Records>, { kind: 'write-snapshot' }>,
    facts: RaftEvent<Records>[],
  ): void {
    const { snapshotId, position, chunk, complete } = action;
    const arrived = position === 0 ? [] : (this.#arriving.get(id) ?? []);
    assert(arrived.length === position, 'chunks of a snapshot come one after the other');
    arrived.push(...(chunk ?? []));
    this.#arriving.set(id, arrived);
    if (!complete) return;
    disk.entries = [...arrived];
    disk.flushed = arrived.length;
    disk.startOffset = arrived.length;
    disk.snapshotId = snapshotId;
    facts.push({ kind: 'log-replaced', snapshotId });
  }

  #answer(node: WorldNode, token: number, answer: RaftAnswer): void {
    const asked = this.#asked.get(token);
    this.#asked.delete(token);
    if (asked === undefined || answer.kind === 'describe-quorum') return;
    const { request } = asked;
    if (answer.kind === 'vote' && answer.voteGranted && request.kind === 'vote' && !request.preVote) {
      const { election } = node.disk;
      const persisted = election?.epoch === request.epoch && election.votedId === request.candidateId;
      assert(persisted, 'a vote is durable before it is answered');
    }
    if (asked.life !== this.node(asked.from).life) return;
    const { requestId, from: to } = asked;
    this.#send({ from: node.id, to, requestId, body: { kind: 'response', response: filled(node, answer) } });
  }

  #send(message: Message): void {
    this.messages.push(message);
    this.#hooks.sent(message);
  }
}

function filled(
  { disk }: WorldNode,
  answer: Exclude<RaftAnswer, { kind: 'describe-quorum' }>,
): PeerResponse<Records> {
  switch (answer.kind) {
    case 'fetch': {
      const { readFrom, ...rest } = answer;
      if (readFrom === undefined) return { ...rest, records: undefined };
      assert(readFrom >= disk.startOffset, 'what is only in the snapshot is not read from the log');
      return { ...rest, records: disk.entries.slice(readFrom, readFrom + recordsPerFetch) };
    }
    case 'fetch-snapshot': {
      const { maxBytes: _, ...rest } = answer;
      const { snapshotId, position } = rest;
      const { endOffset, epoch } = disk.snapshotId ?? { endOffset: -1, epoch: -1 };
      if (endOffset !== snapshotId.endOffset || epoch !== snapshotId.epoch) {
        return { ...rest, errorCode: 98, sizeBytes: 0, chunkBytes: 0, chunk: undefined };
      }
      const chunk = disk.entries.slice(position, Math.min(endOffset, position + recordsPerFetch));
      return { ...rest, sizeBytes: endOffset, chunkBytes: chunk.length, chunk };
    }
    default:
      return answer;
  }
}

function epochAt(disk: RaftDisk, offset: number): number {
  return present(disk.entries[offset], `the record at offset ${offset}`).epoch;
}

/** Where epochs begin in the log from `from` on; the first record there begins one as far as this list tells. */
function epochStarts(disk: RaftDisk, from: number): { epoch: number; startOffset: number }[] {
  const starts: { epoch: number; startOffset: number }[] = [];
  for (let offset = from; offset < disk.entries.length; offset++) {
    const epoch = epochAt(disk, offset);
    if (starts.at(-1)?.epoch !== epoch) starts.push({ epoch, startOffset: offset });
  }
  return starts;
}
