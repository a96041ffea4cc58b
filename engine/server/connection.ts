// One client's connection: frames in, responses out, in order. As in Kafka a connection has one request in process at
// a time; only requests whose handler says so (Produce) may overlap, with each other, because their order is fixed in
// their first stage.
//
//   bytes -> frames (waiting) -> slots (in process, by request order) -> bytes
//
// What must stay true
// - Answers leave in the order of the requests, and so does the end: a request that ends the connection (unreadable,
//   unsupported, acks=0 that failed) ends it after everything before it was answered.
// - Pressure slows a client down instead of filling memory: too many requests or request bytes that wait, too many
//   response bytes that it does not read. Both stop reading from the connection; neither drops anything.

import type { Outcome } from '../base/outcome.ts';
import type { Cancel, Connection } from '../ports.ts';
import { FrameAssembler } from '../protocol/frame.ts';
import { type Call, type Dispatcher, encodeCallResponse } from './dispatch.ts';
import type { Verdict } from './handler.ts';
import type { CommonServices } from './services.ts';

export interface ConnectionLimits {
  /** `socket.request.max.bytes`: a larger frame ends the connection. */
  readonly frameBytesMax: number;
  /** Response bytes that may wait for a slow reader before its next request is started. */
  readonly queuedBytesMax: number;
  /** `connections.max.idle.ms`: a connection without traffic for so long is ended; negative: never. */
  readonly idleMs: number;
  /** Frames that may wait behind a request in process before reading stops. */
  readonly framesWaitingMax: number;
  /** Requests of pipelined APIs in process at once. */
  readonly pipelinedMax: number;
  /** Bytes of requests, waiting and in process, above which reading stops and no request overlaps another. */
  readonly requestBytesMax: number;
}

/** What a connection tells, and asks, whoever keeps all of them. */
export interface OtherConnections {
  /** Told once, last. */
  ended(connection: ServerConnection): void;
  /** Whether the host of this peer (`host:port`) is connected. */
  isBack(peer: string): boolean;
}

/** What becomes of a request: bytes to send (none for acks=0), or the end of the connection. */
type Ending = Answer | { readonly close: string };

interface Answer {
  readonly send: readonly Uint8Array[];
  /** Buffers of the pool that the bytes are in. */
  readonly lent: readonly Uint8Array[];
}

/** The next frame, and what it was understood as. */
interface Understood {
  readonly call: Outcome<Call, string>;
  readonly request: Uint8Array;
}

interface Slot {
  /** undefined for a frame that could not be understood. */
  readonly call: Call | undefined;
  readonly requestBytes: number;
  ending: Ending | undefined;
}

export class ServerConnection {
  readonly #connection: Connection;
  readonly #services: CommonServices;
  readonly #dispatcher: Dispatcher;
  readonly #limits: ConnectionLimits;
  readonly #others: OtherConnections;
  readonly #frames: FrameAssembler;
  readonly #waiting: Uint8Array[] = [];
  #next: Understood | undefined;
  readonly #slots: Slot[] = [];
  /** Buffers that answers on their way refer to. Those of a connection that breaks are not used again. */
  readonly #lent: Uint8Array[] = [];
  /** Of frames that wait and of slots. */
  #requestBytes = 0;
  /** The stream cannot be cut into frames any more: the connection ends when all before is answered. */
  #broken: string | undefined;
  #pumping = false;
  #paused = false;
  #congested = false;
  #closed = false;
  #lastTrafficUs: number;
  #cancelIdle: Cancel = () => {};

  constructor(
    connection: Connection,
    services: CommonServices,
    dispatcher: Dispatcher,
    limits: ConnectionLimits,
    others: OtherConnections,
  ) {
    this.#connection = connection;
    this.#services = services;
    this.#dispatcher = dispatcher;
    this.#limits = limits;
    this.#others = others;
    this.#frames = new FrameAssembler(limits.frameBytesMax, services.runtime.buffers);
    this.#lastTrafficUs = services.runtime.clock.monotonicUs();
  }

  get peer(): string {
    return this.#connection.peer;
  }

  open(): void {
    const { trace } = this.#services.runtime;
    if (trace.wants('connection-opened')) trace.emit({ kind: 'connection-opened', peer: this.peer });
    this.#watchIdle(this.#limits.idleMs);
    this.#connection.attach({
      bytes: (chunk) => this.#receive(chunk),
      closed: (reason) => this.#ended(reason),
      drained: () => {
        this.#giveBackLent();
        this.#congested = false;
        this.#pump();
      },
    });
  }

  /** Ends the connection; requests in process run on, their answers go nowhere. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#connection.close();
    this.#ended(reason);
  }

  #receive(chunk: Uint8Array): void {
    if (this.#closed) return;
    this.#lastTrafficUs = this.#services.runtime.clock.monotonicUs();
    const frames = this.#frames.push(chunk);
    if (frames.ok) {
      for (const frame of frames.value) {
        this.#waiting.push(frame);
        this.#requestBytes += frame.length;
      }
    } else this.#broken = frames.error;
    this.#pump();
  }

  /** Starts what may be started, then holds the reader back or lets it go. */
  #pump(): void {
    // A handler that never waits completes inside `#start` and comes back here: one loop, not a deep recursion.
    if (this.#pumping) return;
    this.#pumping = true;
    for (let next = this.#peek(); next !== undefined && this.#mayStart(next); next = this.#peek()) {
      this.#next = undefined;
      if (next.call.ok) this.#start(next.call.value, next.request);
      else this.#endAfterAnswers(next.call.error, next.request.length);
    }
    if (!this.#closed && this.#broken !== undefined && this.#framesWaiting === 0 && !this.#endIsPlanned()) {
      this.#endAfterAnswers(this.#broken, 0);
    }
    this.#pumping = false;
    this.#holdOrLetGo();
  }

  #holdOrLetGo(): void {
    if (this.#closed) return;
    const { framesWaitingMax, requestBytesMax } = this.#limits;
    const tooMany =
      this.#congested ||
      this.#endIsPlanned() ||
      this.#framesWaiting >= framesWaitingMax ||
      this.#requestBytes > requestBytesMax;
    if (tooMany === this.#paused) return;
    this.#paused = tooMany;
    if (tooMany) this.#connection.pause();
    else this.#connection.resume();
  }

  /** The request that is to be started next, already understood: what may start depends on what it is. */
  #peek(): Understood | undefined {
    if (this.#closed || this.#congested || this.#endIsPlanned()) return undefined;
    if (this.#next !== undefined) return this.#next;
    const bytes = this.#waiting.shift();
    if (bytes === undefined) return undefined;
    this.#next = { call: this.#dispatcher.understand(bytes, this.peer), request: bytes };
    return this.#next;
  }

  get #framesWaiting(): number {
    return this.#waiting.length + (this.#next === undefined ? 0 : 1);
  }

  /** Whoever must not overlap sees all that came before it done: what a connection wrote it can read. */
  #mayStart({ call }: Understood): boolean {
    if (!call.ok || this.#slots.length === 0) return true;
    const { pipelinedMax, requestBytesMax } = this.#limits;
    const overlaps = call.value.pipelined && this.#slots.at(-1)?.call?.pipelined === true;
    return overlaps && this.#slots.length < pipelinedMax && this.#requestBytes <= requestBytesMax;
  }

  #endIsPlanned(): boolean {
    return this.#slots.some(({ ending }) => ending !== undefined && 'close' in ending);
  }

  #endAfterAnswers(reason: string, requestBytes: number): void {
    this.#slots.push({ call: undefined, requestBytes, ending: { close: reason } });
    this.#flush();
  }

  #start(call: Call, request: Uint8Array): void {
    const { runtime } = this.#services;
    if (runtime.trace.wants('request-received')) {
      const { api, version, correlationId } = call;
      runtime.trace.emit({
        kind: 'request-received',
        api: api.name,
        version,
        correlationId,
        peer: this.peer,
      });
    }
    const slot: Slot = { call, requestBytes: request.length, ending: undefined };
    this.#slots.push(slot);
    this.#dispatcher.countStarted(call.api);
    const ended = runtime.tasks.spawn(`${call.api.name} of ${this.peer}`, call.start());
    ended.onSettled((verdict) => {
      if ('requestIsFree' in verdict && verdict.requestIsFree) runtime.buffers.giveBack(request);
      if (this.#closed) return this.#unheard(call);
      slot.ending = endingOf(call, verdict);
      this.#flush();
      this.#pump();
    });
  }

  /** An answer that goes nowhere: its client will ask again, and must not get twice what it asked for once. */
  #unheard({ api }: Call): void {
    if (api.name !== 'Produce') return;
    const { runtime } = this.#services;
    runtime.reached('produce-answer-unheard');
    if (this.#others.isBack(this.peer)) runtime.reached('produce-answered-after-reconnect');
  }

  /** Does what is known, up to the first request that has no answer: order is the protocol's promise. */
  #flush(): void {
    const chunks: Uint8Array[] = [];
    let end: string | undefined;
    while (end === undefined && this.#slots[0]?.ending !== undefined) {
      const { call, requestBytes, ending } = this.#slots.shift() as Slot;
      this.#requestBytes -= requestBytes;
      if (ending === undefined) break;
      if ('close' in ending) end = ending.close;
      else this.#answer(call, ending, chunks);
    }
    if (chunks.length > 0) {
      this.#lastTrafficUs = this.#services.runtime.clock.monotonicUs();
      this.#congested = this.#connection.send(chunks) > this.#limits.queuedBytesMax;
    }
    if (end !== undefined) this.close(end);
  }

  #answer(call: Call | undefined, { send: response, lent }: Answer, chunks: Uint8Array[]): void {
    chunks.push(...response);
    this.#lent.push(...lent);
    const { trace } = this.#services.runtime;
    if (call === undefined || response.length === 0 || !trace.wants('response-sent')) return;
    const { api, correlationId } = call;
    trace.emit({ kind: 'response-sent', api: api.name, correlationId, peer: this.peer });
  }

  /** The system has taken everything: what answers referred to may be used again. */
  #giveBackLent(): void {
    for (const buffer of this.#lent) this.#services.runtime.buffers.giveBack(buffer);
    this.#lent.length = 0;
  }

  #watchIdle(delayMs: number): void {
    const { runtime } = this.#services;
    const { idleMs } = this.#limits;
    if (idleMs < 0) return;
    this.#cancelIdle = runtime.after(delayMs, () => {
      // Whoever waits for an answer of ours is not idle.
      if (this.#slots.length > 0) return this.#watchIdle(idleMs);
      const silentMs = (runtime.clock.monotonicUs() - this.#lastTrafficUs) / 1000;
      if (silentMs >= idleMs) this.close('idle');
      else this.#watchIdle(Math.max(1, idleMs - silentMs));
    });
  }

  #ended(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelIdle();
    this.#waiting.length = 0;
    this.#next = undefined;
    const { trace } = this.#services.runtime;
    if (trace.wants('connection-closed')) trace.emit({ kind: 'connection-closed', peer: this.peer, reason });
    this.#others.ended(this);
  }
}

function endingOf(call: Call, verdict: Verdict<unknown>): Ending {
  if (verdict.kind === 'close') return { close: verdict.reason };
  if (verdict.kind === 'silent') return { send: [], lent: [] };
  return { send: encodeCallResponse(call, verdict.response), lent: verdict.lent ?? [] };
}
