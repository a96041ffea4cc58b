// From a frame to a handler's task: header, API row, version, body. What Kafka answers by ending the connection
// (unknown key, unsupported version, a body that does not parse) ends it here, with a reason for the log; the one
// exception is ApiVersions, which any version may ask (KIP-511).

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode } from '../errors.ts';
import { apiVersions } from '../protocol/apis/api-versions.ts';
import { apiByKey } from '../protocol/apis.ts';
import { bytesLength, Reader, Writer } from '../protocol/bytes.ts';
import { decodeRequest, encodeResponse, isFlexible } from '../protocol/codec.ts';
import { readRequestHeader, skipHeaderTags, writeResponseHeader } from '../protocol/frame.ts';
import type { Api, ResponseOf } from '../protocol/schema.ts';
import { type Handler, respond, type Verdict } from './handler.ts';
import type { CommonServices } from './services.ts';

/** A request that was understood and may be started. */
export interface Call {
  readonly api: Api;
  readonly version: number;
  readonly correlationId: number;
  readonly pipelined: boolean;
  /** Runs the handler: up to its first wait when the task is spawned. */
  start(): Task<Verdict<unknown>>;
}

/** API keys are small and dense: requests are counted by plain index. */
const apiKeysMax = 256;

/** Finds handlers by API key, and counts what was started. */
export class Dispatcher {
  readonly #services: CommonServices;
  readonly #handlers: ReadonlyMap<number, Handler<Api, never>>;
  readonly #started = new Float64Array(apiKeysMax);

  constructor(services: CommonServices) {
    this.#services = services;
    this.#handlers = new Map(services.handlers.map((handler) => [handler.api.key, handler]));
  }

  /** A request that came by a connection was started: what costs nothing, and what no trace need listen to. */
  countStarted({ key }: Api): void {
    this.#started[key] = (this.#started[key] as number) + 1;
  }

  /** Requests started so far by the name of their API; those that were never asked are left out. */
  requestCounts(): Map<string, number> {
    const counts = new Map<string, number>();
    this.#started.forEach((count, key) => {
      if (count > 0) counts.set(apiByKey(key)?.name ?? String(key), count);
    });
    return counts;
  }

  /** Understands a frame; the error is the reason to end the connection. */
  understand(bytes: Uint8Array, peer: string): Outcome<Call, string> {
    const reader = new Reader(bytes);
    const header = readRequestHeader(reader);
    if (!header.ok) return header;
    const { apiKey, version, correlationId, clientId } = header.value;
    const handler = this.#handlers.get(apiKey);
    if (handler === undefined) {
      return failure(`api key ${apiKey} (${apiByKey(apiKey)?.name ?? 'unknown'}) is not served here`);
    }
    if (version < handler.served.first || version > handler.served.last) {
      if (handler.api.key === apiVersions.key) return success(unsupportedApiVersions(handler, correlationId));
      const { first, last } = handler.served;
      return failure(`${handler.api.name} version ${version} is not supported, ${first} to ${last} are`);
    }
    if (isFlexible(handler.api, version)) skipHeaderTags(reader);
    const request = decodeRequest(handler.api, version, reader);
    if (!request.ok) return failure(request.error);
    // Each table of handlers comes with the services that its handlers were written for.
    const services = this.#services as never;
    const context = { version, correlationId, clientId, peer, services };
    return success({
      api: handler.api,
      version,
      correlationId,
      pipelined: handler.pipelined,
      start: () => handler.handle(request.value, context),
    });
  }
}

/** The bytes of a response, size first. */
export function encodeCallResponse(call: Call, response: unknown): Uint8Array[] {
  const writer = new Writer(256);
  // The size goes in front of what it counts, in one piece with it.
  writer.int32(0);
  write(call, response, writer);
  const chunks = writer.finish();
  const first = chunks[0] as Uint8Array;
  new DataView(first.buffer, first.byteOffset).setInt32(0, bytesLength(chunks) - 4);
  return chunks;
}

/**
 * Answers a frame that came by another way than a connection of its own: inside an Envelope, or from this very node.
 * Undefined where a connection would have been ended.
 */
export function* answerFrame(
  dispatcher: Dispatcher,
  bytes: Uint8Array,
  peer: string,
): Task<Uint8Array | undefined> {
  const call = dispatcher.understand(bytes, peer);
  if (!call.ok) return undefined;
  const verdict = yield* call.value.start();
  if (verdict.kind !== 'respond') return undefined;
  const writer = new Writer(256);
  write(call.value, verdict.response, writer);
  return writer.toBytes();
}

function write(call: Call, response: unknown, writer: Writer): void {
  writeResponseHeader(call.api, call.version, call.correlationId, writer);
  encodeResponse(call.api, call.version, response as ResponseOf<Api>, writer);
}

// KIP-511: the body is not parsed; the answer has version 0 and tells the one range that the client needs to go on.
function unsupportedApiVersions(handler: Handler<Api, never>, correlationId: number): Call {
  const { first, last } = handler.advertised;
  return {
    api: handler.api,
    version: 0,
    correlationId,
    pipelined: false,
    *start() {
      return respond({
        errorCode: ErrorCode.UNSUPPORTED_VERSION,
        apiKeys: [{ apiKey: apiVersions.key, minVersion: first, maxVersion: last }],
        throttleTimeMs: 0,
      });
    },
  };
}
