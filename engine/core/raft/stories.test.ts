// The quorum told in stories (`stories/*.story`): whole conversations among its members. The commands are those of
// `#perform`; what is heard is what the members say and decide, in order. Messages take no time; what is sent over a
// cut link has no answer for a second. Fetches that bring nothing are not heard unless `show fetches` asks for them.

import { readdirSync } from 'node:fs';
import { describe, test } from 'vitest';
import { present } from '../../base/assert.ts';
import { errorName } from '../../errors.ts';
import { type Entry, type Message, RaftWorld, type WorldNode } from '../../testing/raft-world.ts';
import { checkStory, parseCommand } from '../../testing/stories.ts';
import type { RaftAction } from './events.ts';
import type { OffsetAndEpoch, PeerRequest, PeerResponse, RaftAnswer, RaftRequest } from './messages.ts';

const folder = new URL('./stories/', import.meta.url);
/** When whoever asked over a cut link gives up. */
const requestTimeoutMs = 1000;

describe('stories of the quorum', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.story'))) {
    test(file, () => {
      const player = new Player();
      checkStory(new URL(file, folder), (command) => player.play(command));
    });
  }
});

class Player {
  #world: RaftWorld | undefined;
  #heard: string[] = [];
  #showFetches = false;
  /** What each node draws wherever it draws. */
  readonly #draws = new Map<number, number>();
  #unanswered: { readonly atMs: number; readonly message: Message }[] = [];

  play(command: string): string[] {
    this.#heard = [];
    const { words, options } = parseCommand(command);
    this.#perform(words, options);
    this.#advance(0);
    return this.#heard;
  }

  get world(): RaftWorld {
    return present(this.#world, 'the world of the story');
  }

  #perform([command = '', ...words]: string[], options: Map<string, string>): void {
    const { world } = command === 'world' ? { world: this.#begin(options) } : this;
    const ids = words.map(Number);
    const id = ids[0] ?? 0;
    switch (command) {
      case 'world': // world voters=3 observers=9 draws=1:0,2:300,3:600
        for (const started of world.nodes.keys()) world.start(started);
        return;
      case 'advance': // advance 1500
        return this.#advance(id);
      case 'append': // append 1 a b c
        for (const value of words.slice(1)) world.append(id, value);
        return;
      case 'cut': // cut 1 2: nothing passes between them
        world.cuts.add(`${ids[0]}-${ids[1]}`);
        return;
      case 'isolate': // isolate 1: from everybody
        for (const other of world.nodes.keys()) if (other !== id) world.cuts.add(`${id}-${other}`);
        return;
      case 'heal':
        return world.cuts.clear();
      case 'hold': // hold 1: as a leader it flushes only when told to
        world.node(id).holdsFlush = true;
        return;
      case 'flush':
        return world.flush(id);
      case 'crash': // crash 1: what was written stays; power-loss 1: only what was flushed
        return world.crash(id);
      case 'power-loss':
        return world.crash(id, world.node(id).disk.flushed);
      case 'wipe': // wipe 1: another disk, while it is down
        return world.wipe(id);
      case 'start':
        return world.start(id);
      case 'resign':
        return world.step(id, { kind: 'resign' });
      case 'snapshot':
        world.takeSnapshot(id);
        return;
      case 'logs':
        for (const node of world.nodes.values()) this.#heard.push(logOf(node));
        return;
      case 'show':
        this.#showFetches = words[0] === 'fetches';
        return;
      case 'ask': // ask 3 vote epoch=5 from=2 log=1@9
        return world.step(id, { kind: 'request', token: -1, request: requestOf(words[1] ?? '', options) });
      default:
        throw new Error(`no command ${command}`);
    }
  }

  #begin(options: Map<string, string>): RaftWorld {
    const voters = Array.from({ length: Number(options.get('voters') ?? 3) }, (_, index) => index + 1);
    const observers = (options.get('observers') ?? '').split(',').filter((id) => id !== '');
    for (const draw of (options.get('draws') ?? '').split(',')) {
      const [id, ms] = draw.split(':').map(Number);
      this.#draws.set(id ?? 0, ms ?? 0);
    }
    this.#world = new RaftWorld(voters, observers.map(Number), {
      random: (id, n) => Math.min(n - 1, this.#draws.get(id) ?? 0),
      acted: (node, action) => this.#hearAction(node, action),
      sent: (message) => this.#hearMessage(message),
    });
    return this.#world;
  }

  // ---- time

  #advance(ms: number): void {
    const { world } = this;
    const untilMs = world.nowMs + ms;
    for (;;) {
      this.#deliver();
      const givenUpMs = this.#unanswered[0]?.atMs ?? Number.POSITIVE_INFINITY;
      const dueMs = Math.min(world.nextDeadlineMs(), givenUpMs);
      if (dueMs > untilMs) break;
      world.nowMs = Math.max(world.nowMs, dueMs);
      if (givenUpMs <= world.nowMs) {
        world.giveUp(present(this.#unanswered.shift(), 'what is given up').message);
        continue;
      }
      const due = world.alive.find(({ raft }) => present(raft, 'a node').nextDeadlineMs <= world.nowMs);
      world.step(present(due, 'a node that is due').id, { kind: 'tick' });
    }
    world.nowMs = untilMs;
  }

  #deliver(): void {
    const { world } = this;
    while (world.messages.length > 0) {
      const first = world.messages[0] as Message;
      const down = world.node(first.to).raft === undefined;
      if (!down && !world.isCut(first)) world.deliver(0);
      else this.#unanswered.push({ atMs: world.nowMs + requestTimeoutMs, message: world.take(0) });
    }
  }

  // ---- what is heard

  #hearMessage({ from, to, body }: Message): void {
    const text = body.kind === 'request' ? this.#request(body.request) : this.#response(body.response);
    if (text === undefined) return;
    const lost = this.world.isCut({ from, to }) || this.world.node(to).raft === undefined ? ' (lost)' : '';
    this.#heard.push(`${from} -> ${to} ${text}${lost}`);
  }

  #request(request: PeerRequest): string | undefined {
    switch (request.kind) {
      case 'vote':
        return `${request.preVote ? 'pre-vote' : 'vote'} e${request.epoch} log ${idOf({
          endOffset: request.endOffset,
          epoch: request.lastEpoch,
        })}`;
      case 'begin-quorum-epoch':
        return `begin e${request.epoch}`;
      case 'end-quorum-epoch':
        return `end e${request.epoch}, next ${request.preferredCandidates.join(' ')}`;
      case 'fetch': {
        const { epoch, fetchOffset, lastFetchedEpoch } = request;
        return this.#showFetches ? `fetch e${epoch} from ${fetchOffset}@e${lastFetchedEpoch}` : undefined;
      }
      case 'fetch-snapshot':
        return `fetch snapshot ${idOf(request.snapshotId)} at ${request.position}`;
    }
  }

  #response(response: PeerResponse<readonly Entry[]>): string | undefined {
    const { errorCode, leaderId, epoch } = response;
    // Who has no leader asks around, many times a second.
    if (response.kind === 'fetch' && errorCode !== 0 && leaderId < 0 && !this.#showFetches) return undefined;
    if (errorCode !== 0) return `${response.kind}: ${errorName(errorCode)}, leader ${leaderId} e${epoch}`;
    switch (response.kind) {
      case 'vote':
        return response.voteGranted ? 'granted' : `refused, leader ${leaderId} e${epoch}`;
      case 'fetch': {
        const { divergingEpoch, snapshotId, records, highWatermark } = response;
        if (divergingEpoch !== undefined) return `diverging ${idOf(divergingEpoch)}`;
        if (snapshotId !== undefined) return `only in snapshot ${idOf(snapshotId)}`;
        if (records === undefined && !this.#showFetches) return undefined;
        return `records [${(records ?? []).map(entryText).join(' ')}] committed ${highWatermark}`;
      }
      case 'fetch-snapshot':
        return `snapshot ${idOf(response.snapshotId)}: ${response.chunkBytes} of ${response.sizeBytes}`;
      default:
        return undefined;
    }
  }

  #hearAction({ id }: WorldNode, action: RaftAction<readonly Entry[]>): void {
    switch (action.kind) {
      case 'persist': {
        const { epoch, votedId, leaderId } = action.election;
        this.#heard.push(`${id} stores e${epoch}, vote ${votedId}, leader ${leaderId}`);
        return;
      }
      case 'state':
        this.#heard.push(`${id} is ${action.state} e${action.epoch}`);
        return;
      case 'truncate':
        this.#heard.push(`${id} cuts its log at ${action.offset}`);
        return;
      case 'high-watermark':
        this.#heard.push(`${id} committed ${action.offset}`);
        return;
      case 'append-refused':
        this.#heard.push(`${id} refuses to append`);
        return;
      case 'answer':
        if (action.token === -1) this.#heard.push(`${id} answers ${answerText(action.answer)}`);
        return;
      default:
    }
  }
}

function requestOf(kind: string, options: Map<string, string>): RaftRequest {
  const number = (name: string, usual: number) => Number(options.get(name) ?? usual);
  const from = number('from', 2);
  const epoch = number('epoch', 0);
  const [endOffset = 0, lastEpoch = 0] = (options.get('log') ?? '0@0').split('@').map(Number);
  const voterId = number('to', -1);
  switch (kind) {
    case 'vote':
    case 'pre-vote': {
      const candidateDirectoryId = options.get('directory') ?? `directory-${from}`;
      const candidate = { voterId, candidateId: from, candidateDirectoryId, epoch, lastEpoch, endOffset };
      return { kind: 'vote', ...candidate, preVote: kind === 'pre-vote' };
    }
    case 'begin':
      return { kind: 'begin-quorum-epoch', voterId, leaderId: from, epoch };
    case 'end':
      return { kind: 'end-quorum-epoch', leaderId: from, epoch, preferredCandidates: [] };
    case 'describe':
      return { kind: 'describe-quorum' };
    case 'fetch': {
      const position = { epoch, fetchOffset: endOffset, lastFetchedEpoch: lastEpoch, highWatermark: -1 };
      return { kind: 'fetch', replicaId: from, directoryId: '', ...position, maxWaitMs: number('wait', 0) };
    }
    default:
      throw new Error(`no request ${kind}`);
  }
}

function answerText(answer: RaftAnswer): string {
  const { kind, errorCode, leaderId, epoch } = answer;
  const told = `${kind} ${errorName(errorCode)}, leader ${leaderId} e${epoch}`;
  if (kind === 'vote') return `${told}${answer.voteGranted ? ', granted' : ''}`;
  if (kind !== 'describe-quorum' || errorCode !== 0) return told;
  const replica = (of: { replicaId: number; logEndOffset: number }) => `${of.replicaId}:${of.logEndOffset}`;
  const voters = answer.voters.map(replica).join(' ');
  const observers = answer.observers.map(replica).join(' ');
  return `${told}, committed ${answer.highWatermark}, voters ${voters}, observers ${observers}`;
}

function logOf({ id, disk, raft }: WorldNode): string {
  const { entries, flushed, startOffset } = disk;
  const kept = entries.slice(startOffset).map(entryText).join(' ');
  const start = startOffset > 0 ? ` from ${startOffset}` : '';
  const unflushed = flushed < entries.length ? `, flushed ${flushed}` : '';
  return `${id}: [${kept}]${start}${unflushed}, committed ${raft?.highWatermark ?? '?'}`;
}

function entryText({ epoch, value }: Entry): string {
  return `${value}@e${epoch}`;
}

function idOf({ endOffset, epoch }: OffsetAndEpoch): string {
  return `${endOffset}@e${epoch}`;
}
