// Several members of a metadata quorum, each with a disk in memory and a runtime of its own, under one clock that moves
// when told. What they say to each other is encoded and decoded as on the wire, and takes a millisecond.
//
// Fault model: a node dies with or without what it had not synced, and comes back on its disk; links are cut, and
// what is asked over a cut link has no answer until its time is over. Nothing else is lost.

import { assert, present } from '../base/assert.ts';
import { Heap } from '../base/heap.ts';
import { failure, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { Answer, BrokerConnection, Draft } from '../client/connection.ts';
import type { CommittedBatch, QuorumLeader } from '../cluster/quorum.ts';
import { RaftEndpoints } from '../cluster/raft-endpoints.ts';
import { askOver } from '../cluster/raft-peers.ts';
import { RaftQuorum, type RaftQuorumOptions } from '../cluster/raft-quorum.ts';
import { clusterMetadataTopicId } from '../cluster/raft-wire.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import { defaultRaftConfig } from '../core/raft/events.ts';
import { clusterMetadataTopic } from '../core/topic-names.ts';
import { Log } from '../log/log.ts';
import { defaultLogConfig } from '../log/log-config.ts';
import { Reader, Writer } from '../protocol/bytes.ts';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../protocol/codec.ts';
import type { Api, EncodableRequestOf, RequestOf, ResponseOf } from '../protocol/schema.ts';
import { Runtime } from '../runtime.ts';
import type { TraceEvent, TraceEventFields, TraceEventKind } from '../trace-events.ts';
import { MemoryDisk } from './memory-disk.ts';

export const metadataDirectory = 'data/__cluster_metadata-0';

interface Timer {
  readonly atUs: number;
  readonly order: number;
  readonly fire: () => void;
  cancelled: boolean;
}

export class QuorumNode {
  readonly id: number;
  readonly disk: MemoryDisk;
  runtime: Runtime;
  quorum: RaftQuorum | undefined;
  endpoints: RaftEndpoints | undefined;
  log: Log | undefined;
  /** What was handed over in this life. */
  committed: CommittedBatch[] = [];
  snapshots: { records: readonly MetadataRecord[]; lastOffset: number }[] = [];
  leadership: (QuorumLeader & { readonly activated: boolean })[] = [];
  failures: string[] = [];
  events: TraceEvent[] = [];

  constructor(id: number, disk: MemoryDisk, runtime: Runtime) {
    this.id = id;
    this.disk = disk;
    this.runtime = runtime;
  }

  /** The names of what was committed, in order, from snapshots too: every test record is a feature level. */
  names: string[] = [];

  eventsOf<K extends TraceEventKind>(kind: K): TraceEventFields[K][] {
    return this.events.filter((event) => event.kind === kind) as unknown as TraceEventFields[K][];
  }
}

export class QuorumWorld {
  readonly nodes = new Map<number, QuorumNode>();
  readonly cuts = new Set<string>();
  readonly #voters: readonly number[];
  readonly #timers = new Heap<Timer>((a, b) => (a.atUs === b.atUs ? a.order < b.order : a.atUs < b.atUs));
  readonly #options: (node: QuorumNode) => Partial<RaftQuorumOptions>;
  #nowUs = 0;
  #order = 0;
  #drawn = 0;
  #bugs: unknown[] = [];

  constructor(
    voters: readonly number[],
    observers: readonly number[] = [],
    options: (node: QuorumNode) => Partial<RaftQuorumOptions> = () => ({}),
  ) {
    this.#voters = voters;
    this.#options = options;
    for (const id of [...voters, ...observers]) {
      const disk = new MemoryDisk(() => this.#wallMs());
      const node: QuorumNode = new QuorumNode(
        id,
        disk,
        this.#life(disk, () => node.events),
      );
      this.nodes.set(id, node);
    }
    for (const id of this.nodes.keys()) this.boot(id);
  }

  node(id: number): QuorumNode {
    return present(this.nodes.get(id), `node ${id}`);
  }

  quorum(id: number): RaftQuorum {
    return present(this.node(id).quorum, `the quorum of node ${id}`);
  }

  /** The one that leads in the highest epoch, as it sees itself. */
  get leader(): QuorumNode | undefined {
    return [...this.nodes.values()]
      .filter(({ id, quorum }) => quorum?.leader.leaderId === id)
      .sort((a, b) => this.quorum(b.id).leader.epoch - this.quorum(a.id).leader.epoch)[0];
  }

  boot(id: number): void {
    const node = this.node(id);
    const { runtime } = node;
    const opened = this.run(id, this.#open(node));
    assert(opened.ok, `the quorum opens: ${JSON.stringify(opened)}`);
    const quorum = opened.value;
    quorum.onCommitted((batch) => {
      node.committed.push(batch);
      node.names.push(...namesOf(batch.records));
    });
    quorum.onSnapshot((records, lastOffset) => {
      node.names = namesOf(records);
      node.snapshots.push({ records, lastOffset });
    });
    quorum.onLeadership((leader, activated) => {
      node.leadership.push({ ...leader, activated });
    });
    node.quorum = quorum;
    node.endpoints = new RaftEndpoints(runtime, quorum, 'CONTROLLER');
    runtime.tasks.enter(() => quorum.start());
  }

  *#open(node: QuorumNode) {
    const { runtime, id } = node;
    yield* runtime.makeDir(metadataDirectory);
    yield* runtime.syncDir('data');
    yield* runtime.syncDir('');
    const log = yield* Log.open(runtime, {
      directory: metadataDirectory,
      topic: clusterMetadataTopic,
      partition: 0,
      topicId: clusterMetadataTopicId,
      config: { ...defaultLogConfig, cleanupPolicy: [], retentionMs: -1 },
      logStartOffset: 0,
      recoveryPoint: 0,
      cleanShutdown: false,
      onFailure: () => {},
    });
    assert(log.ok, `the log opens: ${JSON.stringify(log)}`);
    node.log = log.value;
    return yield* RaftQuorum.open(runtime, {
      nodeId: id,
      directoryId: directoryOf(id),
      clusterId: 'cluster',
      voters: this.#voters.map((voter) => ({ id: voter, address: { host: `host-${voter}`, port: 9093 } })),
      config: defaultRaftConfig,
      log: log.value,
      peers: {
        ask: (to, request) => askOver(this.#connection(node, to), request, 'cluster'),
        close: () => {},
      },
      onFailure: (reason) => node.failures.push(reason),
      ...this.#options(node),
    });
  }

  /** The process dies; `powerLoss`: with it everything that was not synced. */
  crash(id: number, powerLoss = false): void {
    const node = this.node(id);
    node.runtime.tasks.stop();
    if (powerLoss) node.disk.powerLoss();
    else node.disk.crash();
    node.disk.fault = undefined;
    Object.assign(node, { quorum: undefined, endpoints: undefined, log: undefined });
    Object.assign(node, {
      committed: [],
      names: [],
      snapshots: [],
      leadership: [],
      failures: [],
      events: [],
    });
    node.runtime = this.#life(node.disk, () => node.events);
  }

  cut(a: number, b: number): void {
    this.cuts.add(`${a}-${b}`).add(`${b}-${a}`);
  }

  isolate(id: number): void {
    for (const other of this.nodes.keys()) if (other !== id) this.cut(id, other);
  }

  heal(): void {
    this.cuts.clear();
  }

  // ---- time

  /** Lets time pass, with everything that falls due on the way. */
  advance(ms: number): void {
    const untilUs = this.#nowUs + ms * 1000;
    this.settle();
    for (
      let next = this.#timers.peek();
      next !== undefined && next.atUs <= untilUs;
      next = this.#timers.peek()
    ) {
      this.#timers.pop();
      this.#nowUs = Math.max(this.#nowUs, next.atUs);
      if (next.cancelled) continue;
      next.fire();
      this.settle();
    }
    this.#nowUs = untilUs;
  }

  /** Until `holds`, at most so long. */
  advanceUntil(holds: () => boolean, atMostMs: number): void {
    for (let passedMs = 0; !holds(); passedMs += 10) {
      assert(passedMs < atMostMs, `it comes true within ${atMostMs} ms: ${holds}`);
      this.advance(10);
    }
  }

  settle(): void {
    while ([...this.nodes.values()].some(({ disk }) => disk.step())) this.#throwBug();
    this.#throwBug();
  }

  /** Runs a task of a node to its end, with as much time as it takes. */
  run<T>(id: number, task: Task<T>, atMostMs = 60_000): T {
    let result: { value: T } | undefined;
    this.node(id)
      .runtime.tasks.spawn('test', task)
      .onSettled((value) => {
        result = { value };
      });
    for (let passedMs = 0; passedMs < atMostMs; passedMs++) {
      this.settle();
      if (result !== undefined) break;
      this.advance(1);
    }
    assert(result !== undefined, 'the task ends');
    return result.value;
  }

  // ---- appends

  /** Without waiting. */
  propose(id: number, name: string, epoch = this.quorum(id).leader.epoch) {
    return this.node(id).runtime.tasks.spawn('append', this.quorum(id).append([featureRecord(name)], epoch));
  }

  // ---- ports

  #wallMs(): number {
    return 1_700_000_000_000 + Math.floor(this.#nowUs / 1000);
  }

  #life(disk: MemoryDisk, events: () => TraceEvent[]): Runtime {
    return new Runtime(
      {
        clock: { wallMs: () => this.#wallMs(), monotonicUs: () => this.#nowUs },
        timers: { after: (delayUs, fire) => this.#after(delayUs, fire) },
        disk,
        network: {
          listen: () => assert(false, 'nobody listens: requests are handed over'),
          connect: () => assert(false, 'nobody connects: requests are handed over'),
        },
        random: { below: (n) => this.#draw() % n, uuid: () => '' },
        trace: { wants: () => true, emit: (event) => events().push(event) },
      },
      (error) => this.#bugs.push(error),
    );
  }

  #draw(): number {
    this.#drawn = (this.#drawn * 1_103_515 + 12_345) % 2_147_483_647;
    return this.#drawn;
  }

  #after(delayUs: number, fire: () => void): () => void {
    const timer: Timer = { atUs: this.#nowUs + delayUs, order: this.#order++, fire, cancelled: false };
    this.#timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  #throwBug(): void {
    const bug = this.#bugs.shift();
    if (bug !== undefined) throw bug;
  }

  /** What a member sees of the connection to another one. */
  #connection(from: QuorumNode, to: number): Pick<BrokerConnection, 'request'> {
    const world = this;
    return {
      *request<A extends Api>(api: A, draft: Draft<A>): Task<Answer<A>> {
        const answer = from.runtime.tasks.completion<Answer<A>>(`${api.name} response`);
        const late = failure({ kind: 'timeout', sent: true, detail: 'no answer' } as const);
        from.runtime.after(2000, () => answer.settle(late));
        world.#carry(from, to, api, draft as EncodableRequestOf<A>, (bytes) => {
          const decoded = decodeResponse(api, api.versions.last, new Reader(bytes));
          assert(decoded.ok, `the ${api.name} response can be read`);
          from.runtime.tasks.enter(() => answer.settle(success(decoded.value)));
        });
        return yield* answer.wait();
      },
    };
  }

  #carry<A extends Api>(
    from: QuorumNode,
    to: number,
    api: A,
    body: EncodableRequestOf<A>,
    arrived: (bytes: Uint8Array) => void,
  ): void {
    const writer = new Writer(256);
    encodeRequest(api, api.versions.last, body, writer);
    const bytes = writer.toBytes();
    this.#over(from.id, to, () => {
      const { endpoints, runtime } = this.node(to);
      if (endpoints === undefined) return;
      const request = decodeRequest(api, api.versions.last, new Reader(bytes));
      assert(request.ok, `the ${api.name} request can be read`);
      const answering = answered(endpoints, api.name, request.value) as Task<ResponseOf<A>>;
      runtime.tasks.spawn(`answer ${api.name}`, answering).onSettled((response) => {
        const reply = new Writer(256);
        encodeResponse(api, api.versions.last, response, reply);
        this.#over(to, from.id, () => arrived(reply.toBytes()));
      });
    });
  }

  #over(from: number, to: number, deliver: () => void): void {
    const { runtime } = this.node(to);
    this.#after(1000, () => {
      if (this.cuts.has(`${from}-${to}`) || this.node(to).runtime !== runtime) return;
      runtime.tasks.enter(deliver);
    });
  }
}

function namesOf(records: readonly MetadataRecord[]): string[] {
  return records.flatMap((record) => (record.kind === 'feature-level' ? [record.body.name] : []));
}

export function directoryOf(id: number): string {
  return `AAAAAAAAAAAAAAAAAAAA${String(id % 10)}g`;
}

export function featureRecord(name: string): MetadataRecord {
  return { kind: 'feature-level', body: { name, featureLevel: 1 } };
}

// biome-ignore lint/suspicious/noExplicitAny: the table joins each API with its own request
function answered(endpoints: RaftEndpoints, name: string, request: any): Task<unknown> {
  switch (name) {
    case 'Vote':
      return endpoints.vote(request as RequestOf<never>);
    case 'BeginQuorumEpoch':
      return endpoints.beginQuorumEpoch(request as RequestOf<never>);
    case 'EndQuorumEpoch':
      return endpoints.endQuorumEpoch(request as RequestOf<never>);
    case 'Fetch':
      return endpoints.fetch(request as RequestOf<never>);
    default:
      return endpoints.fetchSnapshot(request as RequestOf<never>);
  }
}
