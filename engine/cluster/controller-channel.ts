// The way from a broker to the active controller: on this node or over the network, the same to whoever asks. It
// knows from the quorum who leads, tries again while nobody does or the one asked no longer does, and gives up with
// REQUEST_TIMED_OUT when the time is over.
//
// Requests of clients that only the controller can answer are handed on inside an Envelope (KIP-590), so that the
// controller answers the client's own request, in the client's own version; NOT_CONTROLLER is never shown to a client.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { BrokerConnections } from '../client/broker-connections.ts';
import type { ConnectionsConfig } from '../client/client-config.ts';
import { ErrorCode } from '../errors.ts';
import type { Address } from '../ports.ts';
import { envelope } from '../protocol/apis/envelope.ts';
import { Reader, Writer } from '../protocol/bytes.ts';
import { decodeResponse, encodeRequest } from '../protocol/codec.ts';
import { readResponseHeader, writeRequestHeader } from '../protocol/frame.ts';
import type {
  Api,
  DecodedResponseOf,
  EncodableRequestOf,
  RequestOf,
  ResponseOf,
} from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import type { Quorum } from './quorum.ts';

/** Answers a request frame (header and body) as the controller's listener would; the value is the response frame. */
export type AnswerHere = (frame: Uint8Array, peer: string) => Task<Uint8Array | undefined>;

export interface ControllerChannelOptions {
  readonly nodeId: number;
  readonly quorum: Quorum;
  readonly connections: ConnectionsConfig;
  /** Present where this node is a controller too. */
  readonly answerHere: AnswerHere | undefined;
  /** Between two tries. */
  readonly retryBackoffMs: number;
}

/** Who asked a broker for what only the controller can answer. */
export interface Asker {
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string;
  readonly peer: string;
}

/** A try that did not bring an answer: the next one may. */
const tryAgain = failure('try again' as const);

type Try<T> = Outcome<T, 'try again'>;

export class ControllerChannel {
  readonly #runtime: Runtime;
  readonly #options: ControllerChannelOptions;
  readonly #connections: BrokerConnections;
  #correlationId = 0;

  constructor(runtime: Runtime, options: ControllerChannelOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#connections = new BrokerConnections(runtime, options.connections);
  }

  close(): void {
    this.#connections.close();
  }

  /** A request of this broker's own, in the newest version that both sides know. */
  request<A extends Api>(
    api: A,
    draft: EncodableRequestOf<A>,
    timeoutMs: number,
  ): Task<Outcome<DecodedResponseOf<A>, number>> {
    return this.#untilAnswered(timeoutMs, () => this.#tryRequest(api, draft));
  }

  /** Hands a client's request on; the answer is the controller's own. */
  forward<A extends Api>(
    api: A,
    request: RequestOf<A>,
    asker: Asker,
    timeoutMs: number,
  ): Task<Outcome<ResponseOf<A>, number>> {
    const frame = encodedRequest(api, asker.version, asker.correlationId, asker.clientId, request as never);
    return this.#untilAnswered(timeoutMs, () => this.#tryForward(api, frame, asker));
  }

  *#untilAnswered<T>(timeoutMs: number, once: () => Task<Try<T>>): Task<Outcome<T, number>> {
    const { clock } = this.#runtime;
    const deadlineUs = clock.monotonicUs() + timeoutMs * 1000;
    for (;;) {
      const { nextLeadership } = this.#options.quorum;
      const answer = yield* once();
      if (answer.ok) return answer;
      if (clock.monotonicUs() >= deadlineUs) return failure(ErrorCode.REQUEST_TIMED_OUT);
      yield* this.#runtime.within(nextLeadership, this.#options.retryBackoffMs);
    }
  }

  *#tryRequest<A extends Api>(api: A, draft: EncodableRequestOf<A>): Task<Try<DecodedResponseOf<A>>> {
    const to = this.#leader();
    if (to === undefined) return tryAgain;
    if (to === 'here') {
      const version = api.latestUnstable ? api.versions.last - 1 : api.versions.last;
      const frame = encodedRequest(api, version, this.#correlationId++, 'broker', draft);
      const answered = yield* this.#answerHere(frame, 'this node');
      return answered === undefined ? tryAgain : unlessRefused(decodedResponse(api, version, answered));
    }
    const connected = yield* this.#connections.to(to.key, to.address);
    if (!connected.ok) return tryAgain;
    const answer = yield* connected.value.request(api, draft);
    return answer.ok ? unlessRefused(answer.value) : tryAgain;
  }

  *#tryForward<A extends Api>(api: A, frame: Uint8Array, asker: Asker): Task<Try<ResponseOf<A>>> {
    const to = this.#leader();
    if (to === undefined) return tryAgain;
    if (to === 'here') {
      const answered = yield* this.#answerHere(frame, asker.peer);
      return answered === undefined
        ? tryAgain
        : unlessMoved(asResponse<A>(decodedResponse(api, asker.version, answered)));
    }
    const connected = yield* this.#connections.to(to.key, to.address);
    if (!connected.ok) return tryAgain;
    const answer = yield* connected.value.request(envelope, {
      requestData: frame,
      requestPrincipal: null,
      clientHostAddress: new Uint8Array([127, 0, 0, 1]),
    });
    if (!answer.ok) return tryAgain;
    const { errorCode, responseData } = answer.value;
    if (errorCode !== ErrorCode.NONE || responseData === null) return tryAgain;
    return unlessMoved(asResponse<A>(decodedResponse(api, asker.version, responseData)));
  }

  *#answerHere(frame: Uint8Array, peer: string): Task<Uint8Array | undefined> {
    const { answerHere } = this.#options;
    return answerHere === undefined ? undefined : yield* answerHere(frame, peer);
  }

  #leader(): 'here' | { key: string; address: Address } | undefined {
    const { quorum, nodeId } = this.#options;
    const { leaderId } = quorum.leader;
    if (leaderId < 0) return undefined;
    if (leaderId === nodeId && this.#options.answerHere !== undefined) return 'here';
    const address = quorum.voters.find(({ id }) => id === leaderId)?.address;
    return address === undefined ? undefined : { key: String(leaderId), address };
  }
}

function encodedRequest<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  clientId: string,
  body: EncodableRequestOf<A>,
): Uint8Array {
  const writer = new Writer();
  writeRequestHeader(api, { version, correlationId, clientId }, writer);
  encodeRequest(api, version, body, writer);
  return writer.toBytes();
}

/** What was decoded has every field that can be encoded; for an API it does not know the compiler cannot see it. */
function asResponse<A extends Api>(decoded: DecodedResponseOf<A> | undefined): ResponseOf<A> | undefined {
  return decoded as unknown as ResponseOf<A> | undefined;
}

/** What a controller sent; bytes of strangers may be anything. */
function decodedResponse<A extends Api>(
  api: A,
  version: number,
  frame: Uint8Array,
): DecodedResponseOf<A> | undefined {
  const reader = new Reader(frame);
  readResponseHeader(api, version, reader);
  if (reader.failure !== undefined) return undefined;
  const decoded = decodeResponse(api, version, reader);
  return decoded.ok ? decoded.value : undefined;
}

/** The one who was asked may be the controller no longer. Of one item of a request that says something else. */
function unlessRefused<T>(response: T | undefined): Try<T> {
  const errorCode = (response as { errorCode?: number } | undefined)?.errorCode;
  return response === undefined || errorCode === ErrorCode.NOT_CONTROLLER ? tryAgain : success(response);
}

/** The same, of what clients ask: there each item carries the refusal. */
function unlessMoved<T>(response: T | undefined): Try<T> {
  return response === undefined || saysNotController(response) ? tryAgain : success(response);
}

function saysNotController(response: unknown): boolean {
  if (typeof response !== 'object' || response === null) return false;
  for (const [name, value] of Object.entries(response)) {
    if (name === 'errorCode' && value === ErrorCode.NOT_CONTROLLER) return true;
    if (Array.isArray(value) && value.some(saysNotController)) return true;
  }
  return false;
}
