// One client's connection: frames in, responses out, in order. As in Kafka a connection has one request in process at
// a time; only APIs whose handler says so (Produce) may overlap, because their order is fixed in their first stage.
//
//   bytes -> frames (waiting) -> slots (in process, by request order) -> bytes
//
// Two pressures slow a client down instead of filling memory: too many frames waiting, or too many response bytes that
// it does not read. Both stop reading from the connection; neither drops anything.

import type { Cancel, Connection } from '../ports.ts';
import { FrameAssembler } from '../protocol/frame.ts';
import { type Call, type Dispatcher, encodeCallResponse } from './dispatch.ts';
import type { Verdict } from './handler.ts';
import type { Services } from './services.ts';

export interface ConnectionLimits {
  /** `socket.request.max.bytes`: a larger frame ends the connection. */
  readonly frameBytesMax: number;
  /** Response bytes that may wait for a slow reader before its next request is started. */
  readonly queuedBytesMax: number;
  /** `connections.max.idle.ms`: a connection without traffic for so long is ended. */
  readonly idleMs: number;
  /** Frames that may wait behind a request in process before reading stops. */
  readonly framesWaitingMax: number;
  /** Requests of pipelined APIs in process at once. */
  readonly pipelinedMax: number;
}

interface Slot {
  readonly call: Call;
  /** The response once it is known; an empty list sends nothing. */
  response: readonly Uint8Array[] | undefined;
}

export class ServerConnection {
  readonly #connection: Connection;
  readonly #services: Services;
  readonly #dispatcher: Dispatcher;
  readonly #limits: ConnectionLimits;
  readonly #onClosed: (connection: ServerConnection) => void;
  readonly #frames: FrameAssembler;
  readonly #waiting: Uint8Array[] = [];
  readonly #slots: Slot[] = [];
  #pumping = false;
  #paused = false;
  #congested = false;
  #closed = false;
  #lastTrafficUs: number;
  #cancelIdle: Cancel = () => {};

  constructor(
    connection: Connection,
    services: Services,
    dispatcher: Dispatcher,
    limits: ConnectionLimits,
    onClosed: (connection: ServerConnection) => void,
  ) {
    this.#connection = connection;
    this.#services = services;
    this.#dispatcher = dispatcher;
    this.#limits = limits;
    this.#onClosed = onClosed;
    this.#frames = new FrameAssembler(limits.frameBytesMax);
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
    if (!frames.ok) return this.close(frames.error);
    this.#waiting.push(...frames.value);
    this.#pump();
  }

  /** Starts what may be started, then holds the reader back or lets it go. */
  #pump(): void {
    // A handler that never waits completes inside `#start` and comes back here: one loop, not a deep recursion.
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#closed && this.#waiting.length > 0 && this.#mayStart()) {
      const call = this.#dispatcher.understand(this.#waiting.shift() as Uint8Array, this.peer);
      if (call.ok) this.#start(call.value);
      else this.close(call.error);
    }
    this.#pumping = false;
    if (this.#closed) return;
    const tooMany = this.#waiting.length >= this.#limits.framesWaitingMax || this.#congested;
    if (tooMany !== this.#paused) {
      this.#paused = tooMany;
      if (tooMany) this.#connection.pause();
      else this.#connection.resume();
    }
  }

  #mayStart(): boolean {
    if (this.#congested) return false;
    const last = this.#slots.at(-1);
    return last === undefined || (last.call.pipelined && this.#slots.length < this.#limits.pipelinedMax);
  }

  #start(call: Call): void {
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
    const slot: Slot = { call, response: undefined };
    this.#slots.push(slot);
    const ended = runtime.tasks.spawn(`${call.api.name} of ${this.peer}`, call.start());
    ended.onSettled((verdict) => this.#complete(slot, verdict));
  }

  #complete(slot: Slot, verdict: Verdict<unknown>): void {
    if (this.#closed) return;
    if (verdict.kind === 'close') return this.close(verdict.reason);
    slot.response = verdict.kind === 'silent' ? [] : encodeCallResponse(slot.call, verdict.response);
    this.#flush();
    this.#pump();
  }

  /** Sends the responses that are known, up to the first that is not: order is the protocol's promise. */
  #flush(): void {
    const { trace, clock } = this.#services.runtime;
    const chunks: Uint8Array[] = [];
    for (let slot = this.#slots[0]; slot?.response !== undefined; slot = this.#slots[0]) {
      chunks.push(...slot.response);
      this.#slots.shift();
      if (slot.response.length > 0 && trace.wants('response-sent')) {
        const { api, correlationId } = slot.call;
        trace.emit({ kind: 'response-sent', api: api.name, correlationId, peer: this.peer });
      }
    }
    if (chunks.length === 0) return;
    this.#lastTrafficUs = clock.monotonicUs();
    this.#congested = this.#connection.send(chunks) > this.#limits.queuedBytesMax;
  }

  #watchIdle(delayMs: number): void {
    const { runtime } = this.#services;
    this.#cancelIdle = runtime.after(delayMs, () => {
      const idleMs = (runtime.clock.monotonicUs() - this.#lastTrafficUs) / 1000;
      if (idleMs >= this.#limits.idleMs && this.#slots.length === 0) this.close('idle');
      else this.#watchIdle(Math.max(1, this.#limits.idleMs - idleMs));
    });
  }

  #ended(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelIdle();
    this.#waiting.length = 0;
    const { trace } = this.#services.runtime;
    if (trace.wants('connection-closed')) trace.emit({ kind: 'connection-closed', peer: this.peer, reason });
    this.#onClosed(this);
  }
}
