// One connection to one broker. It opens with ApiVersions (falling back as KIP-511 says), picks for every
// request the highest version that both sides know, lets requests overtake nothing (responses come in the
// order of the requests, by Kafka's rule), and ends when a response is late, malformed or answers something
// else.
//
// What must stay true
// - Every request that was started has an outcome: a response, or why there is none.
// - `sent` is false only when no byte can have reached the broker. It decides between "not done" and
//   "unknown".
// - Bytes of strangers never throw: they end the connection.
//
// A late response ends the whole connection, as in the Java client: later responses would queue behind it for
// ever.

import { assert } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import { ErrorCode } from '../errors.ts';
import type { Address, Cancel, Connection } from '../ports.ts';
import { apiVersions } from '../protocol/apis/api-versions.ts';
import { Reader, Writer } from '../protocol/bytes.ts';
import { decodeResponse, encodeRequest } from '../protocol/codec.ts';
import { FrameAssembler, frame, readResponseHeader, writeRequestHeader } from '../protocol/frame.ts';
import type { Api, DecodedResponseOf, EncodableRequestOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';

export type ConnectionErrorKind = 'disconnected' | 'timeout' | 'unsupported' | 'malformed';

export interface ConnectionError {
  readonly kind: ConnectionErrorKind;
  /** Whether a byte of the request may have reached the broker. */
  readonly sent: boolean;
  readonly detail: string;
}

/** A request body, or how to make it for the version that was agreed on. */
export type Draft<A extends Api> = EncodableRequestOf<A> | ((version: number) => EncodableRequestOf<A>);

export interface RequestOptions {
  /** Default: the connection's own. */
  readonly timeoutMs?: number;
  /** For callers that cannot say what newer versions want, such as topic ids that they do not know. */
  readonly maxVersion?: number;
}

export type Answer<A extends Api> = Outcome<DecodedResponseOf<A>, ConnectionError>;

export interface ConnectionSettings {
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly socketConnectionSetupTimeoutMs: number;
  readonly receiveMessageMaxBytes: number;
}

interface InFlight {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly answer: Completion<Outcome<unknown, ConnectionError>>;
  readonly cancelTimeout: Cancel;
}

const softwareName = 'odradek';
const softwareVersion = '0.1.0';

/** The versions that a broker offers of one API. */
interface Offered {
  readonly min: number;
  readonly max: number;
}

export class BrokerConnection {
  readonly peer: string;
  readonly #runtime: Runtime;
  readonly #settings: ConnectionSettings;
  readonly #pipe: Connection;
  readonly #frames: FrameAssembler;
  readonly #inFlight: InFlight[] = [];
  readonly #closed: Completion<string>;
  #offered: ReadonlyMap<number, Offered> | undefined;
  #nextCorrelationId = 0;

  private constructor(runtime: Runtime, pipe: Connection, settings: ConnectionSettings) {
    this.#runtime = runtime;
    this.#pipe = pipe;
    this.#settings = settings;
    this.peer = pipe.peer;
    this.#frames = new FrameAssembler(settings.receiveMessageMaxBytes, runtime.buffers);
    this.#closed = runtime.tasks.completion(`end of the connection to ${pipe.peer}`);
    pipe.attach({
      bytes: (chunk) => this.#receive(chunk),
      closed: (reason) => this.#end('disconnected', reason),
      drained: () => {},
    });
  }

  /** Connects and agrees on versions. */
  static *open(
    runtime: Runtime,
    address: Address,
    settings: ConnectionSettings,
  ): Task<Outcome<BrokerConnection, ConnectionError>> {
    const name = `${address.host}:${address.port}`;
    const connecting = runtime.tasks.spawn(`connect to ${name}`, runtime.connect(address));
    const connected = yield* runtime.within(connecting, settings.socketConnectionSetupTimeoutMs);
    if (connected === undefined) {
      connecting.onSettled((late) => {
        if (late.ok) late.value.close();
      });
      return failure({ kind: 'timeout', sent: false, detail: `no connection to ${name} in time` });
    }
    if (!connected.ok) {
      return failure({ kind: 'disconnected', sent: false, detail: connected.error.detail });
    }
    const connection = new BrokerConnection(runtime, connected.value, settings);
    const agreed = yield* connection.#negotiate();
    if (agreed.ok) return success(connection);
    connection.close();
    return agreed;
  }

  get open(): boolean {
    return !this.#closed.settled;
  }

  /** Settles with the reason when the connection has ended, by whomever. */
  get closed(): Completion<string> {
    return this.#closed;
  }

  get inFlightCount(): number {
    return this.#inFlight.length;
  }

  /** The version that a request of this API would have; undefined where the two sides have none in common. */
  versionOf(api: Api, maxVersion = Number.POSITIVE_INFINITY): number | undefined {
    const offered = this.#offered?.get(api.key);
    if (offered === undefined) return undefined;
    const ours = api.latestUnstable ? api.versions.last - 1 : api.versions.last;
    const version = Math.min(offered.max, ours, maxVersion);
    return version >= Math.max(offered.min, api.versions.first) ? version : undefined;
  }

  /** Sends a request and waits for its response. */
  *request<A extends Api>(api: A, draft: Draft<A>, options: RequestOptions = {}): Task<Answer<A>> {
    return yield* this.start(api, draft, options).wait();
  }

  /**
   * Sends a request; its answer is known later. Requests started one after the other arrive in that order.
   */
  start<A extends Api>(api: A, draft: Draft<A>, options: RequestOptions = {}): Completion<Answer<A>> {
    const label = `${api.name} response of ${this.peer}`;
    const version = this.versionOf(api, options.maxVersion);
    if (this.open && version !== undefined) {
      return this.#send(api, version, draft, options.timeoutMs ?? this.#settings.requestTimeoutMs, label);
    }
    const answer = this.#runtime.tasks.completion<Answer<A>>(label);
    answer.settle(
      failure(
        this.open
          ? { kind: 'unsupported', sent: false, detail: `${this.peer} has no common version of ${api.name}` }
          : { kind: 'disconnected', sent: false, detail: `the connection to ${this.peer} has ended` },
      ),
    );
    return answer;
  }

  /** Sends a request that has no response (Produce with acks 0). False when the connection has ended. */
  startWithoutResponse<A extends Api>(api: A, draft: Draft<A>, options: RequestOptions = {}): boolean {
    const version = this.versionOf(api, options.maxVersion);
    if (!this.open || version === undefined) return false;
    this.#write(api, version, draft, this.#takeCorrelationId());
    return true;
  }

  close(): void {
    this.#end('disconnected', 'closed by the client');
  }

  *#negotiate(): Task<Outcome<undefined, ConnectionError>> {
    const draft = { clientSoftwareName: softwareName, clientSoftwareVersion: softwareVersion };
    const { requestTimeoutMs } = this.#settings;
    let version = apiVersions.versions.last;
    for (;;) {
      const label = `ApiVersions v${version} response of ${this.peer}`;
      const answer = yield* this.#send(apiVersions, version, draft, requestTimeoutMs, label).wait();
      if (!answer.ok) return answer;
      const { errorCode, apiKeys } = answer.value;
      if (errorCode === ErrorCode.NONE) {
        this.#offered = new Map(
          apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
        );
        return success(undefined);
      }
      const detail = `ApiVersions v${version} was refused with error ${errorCode}`;
      if (errorCode !== ErrorCode.UNSUPPORTED_VERSION || version === 0) {
        return failure({ kind: 'unsupported', sent: true, detail });
      }
      const own = apiKeys.find(({ apiKey }) => apiKey === apiVersions.key);
      version = Math.max(0, Math.min(version - 1, own?.maxVersion ?? 0));
    }
  }

  #send<A extends Api>(
    api: A,
    version: number,
    draft: Draft<A>,
    timeoutMs: number,
    label: string,
  ): Completion<Answer<A>> {
    const answer = this.#runtime.tasks.completion<Answer<A>>(label);
    const correlationId = this.#takeCorrelationId();
    const request: InFlight = {
      api,
      version,
      correlationId,
      answer: answer as unknown as Completion<Outcome<unknown, ConnectionError>>,
      cancelTimeout: this.#runtime.after(timeoutMs, () => this.#timeOut(request, timeoutMs)),
    };
    this.#inFlight.push(request);
    this.#write(api, version, draft, correlationId);
    return answer;
  }

  #write<A extends Api>(api: A, version: number, draft: Draft<A>, correlationId: number): void {
    const writer = new Writer();
    writeRequestHeader(api, { version, correlationId, clientId: this.#settings.clientId }, writer);
    encodeRequest(api, version, typeof draft === 'function' ? draft(version) : draft, writer);
    const { trace } = this.#runtime;
    if (trace.wants('request-sent')) {
      const { peer, local } = this.#pipe;
      trace.emit({ kind: 'request-sent', api: api.name, version, correlationId, peer, local });
    }
    this.#pipe.send(frame(writer.finish()));
  }

  #takeCorrelationId(): number {
    const id = this.#nextCorrelationId;
    this.#nextCorrelationId = id === 2147483647 ? 0 : id + 1;
    return id;
  }

  #receive(chunk: Uint8Array): void {
    if (!this.open) return;
    const frames = this.#frames.push(chunk);
    if (!frames.ok) return this.#end('malformed', frames.error);
    for (const bytes of frames.value) {
      this.#settleFirst(bytes);
      if (!this.open) return;
    }
  }

  #settleFirst(bytes: Uint8Array): void {
    const request = this.#inFlight[0];
    if (request === undefined) return this.#end('malformed', 'a response that nothing asked for');
    const reader = new Reader(bytes);
    const correlationId = readResponseHeader(request.api, this.#responseVersion(request, bytes), reader);
    if (reader.failure !== undefined) return this.#end('malformed', reader.failure);
    if (correlationId !== request.correlationId) {
      const expected = `${request.api.name} ${request.correlationId}`;
      return this.#end('malformed', `response ${correlationId} where ${expected} was due`);
    }
    const decoded = decodeResponse(request.api, this.#responseVersion(request, bytes), reader);
    if (!decoded.ok) return this.#end('malformed', decoded.error);
    this.#inFlight.shift();
    request.cancelTimeout();
    const { trace } = this.#runtime;
    if (trace.wants('response-received')) {
      const { peer, local } = this.#pipe;
      trace.emit({ kind: 'response-received', api: request.api.name, correlationId, peer, local });
    }
    request.answer.settle(decoded);
  }

  /**
   * A broker that does not know our version of ApiVersions answers in version 0, with the error first
   * (KIP-511).
   */
  #responseVersion(request: InFlight, bytes: Uint8Array): number {
    if (request.api.key !== apiVersions.key || bytes.length < 6) return request.version;
    const errorCode = new DataView(bytes.buffer, bytes.byteOffset).getInt16(4);
    return errorCode === ErrorCode.UNSUPPORTED_VERSION ? 0 : request.version;
  }

  #timeOut(request: InFlight, timeoutMs: number): void {
    if (!this.open) return;
    const at = this.#inFlight.indexOf(request);
    assert(at >= 0, 'a request whose time runs out is still in flight');
    this.#inFlight.splice(at, 1);
    const detail = `no ${request.api.name} response of ${this.peer} within ${timeoutMs} ms`;
    request.answer.settle(failure({ kind: 'timeout', sent: true, detail }));
    this.#end('disconnected', detail);
  }

  #end(kind: ConnectionErrorKind, detail: string): void {
    if (!this.open) return;
    this.#closed.settle(detail);
    this.#pipe.close();
    for (const request of this.#inFlight.splice(0)) {
      request.cancelTimeout();
      request.answer.settle(failure({ kind, sent: true, detail }));
    }
  }
}
