import { describe, expect, test } from 'vitest';
import type { Completion, Task } from '../base/task.ts';
import type { Connection, ConnectionHandlers, Ports } from '../ports.ts';
import { apiVersions } from '../protocol/apis/api-versions.ts';
import { heartbeat } from '../protocol/apis/heartbeat.ts';
import { metadata } from '../protocol/apis/metadata.ts';
import { produce } from '../protocol/apis/produce.ts';
import { concat, Reader, Writer } from '../protocol/bytes.ts';
import { decodeResponse, encodeRequest } from '../protocol/codec.ts';
import { frame, readResponseHeader, writeRequestHeader } from '../protocol/frame.ts';
import type { Api, EncodableRequestOf } from '../protocol/schema.ts';
import { Runtime } from '../runtime.ts';
import { type ConnectionLimits, ServerConnection } from './connection.ts';
import { Dispatcher } from './dispatch.ts';
import { closeConnection, type Handler, handler, respond, silent, type Verdict } from './handler.ts';
import type { Services } from './services.ts';

// A connection to talk to by hand, and handlers whose answers wait for a gate of their own.

class Pipe implements Connection {
  readonly peer = 'test:1';
  readonly local = 'broker:9092';
  handlers: ConnectionHandlers | undefined;
  readonly sent: Uint8Array[] = [];
  closed = false;
  paused = false;
  /** What `send` says is queued. */
  queuedBytes = 0;

  attach(handlers: ConnectionHandlers): void {
    this.handlers = handlers;
  }
  send(chunks: readonly Uint8Array[]): number {
    this.sent.push(concat(chunks));
    return this.queuedBytes;
  }
  close(): void {
    this.closed = true;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
}

interface Desk {
  readonly pipe: Pipe;
  readonly started: number[];
  /** Lets the request with this correlation id answer. */
  release(correlationId: number): void;
  ask<A extends Api>(api: A, version: number, correlationId: number, body: EncodableRequestOf<A>): void;
  /** Correlation ids of the responses so far. */
  answered(): number[];
}

function newDesk(queuedBytesMax = 1000, more: Partial<ConnectionLimits> = {}): Desk {
  const timers = { after: () => () => {} };
  const clock = { wallMs: () => 0, monotonicUs: () => 0 };
  const trace = { wants: () => false, emit: () => {} };
  const runtime = new Runtime({ timers, clock, trace } as unknown as Ports, (error) => {
    throw error;
  });
  const gates = new Map<number, Completion<void>>();
  const started: number[] = [];
  const gated = (verdict: Verdict<never>) =>
    function* (_request: unknown, context: { correlationId: number }): Task<Verdict<never>> {
      started.push(context.correlationId);
      const gate = runtime.tasks.completion<void>(`gate ${context.correlationId}`);
      gates.set(context.correlationId, gate);
      yield* gate.wait();
      return verdict;
    };
  const heartbeats = handler({
    api: heartbeat,
    handle: gated(respond({ throttleTimeMs: 0, errorCode: 0 }) as never),
  });
  const produces = handler({
    api: produce,
    pipelined: true,
    handle: gated(respond({ responses: [] }) as never),
  });
  const metadatas = handler({ api: metadata, handle: gated(closeConnection('as told') as never) });
  const versions = handler({ api: apiVersions, handle: gated(silent as never) });
  const handlers = [heartbeats, produces, metadatas, versions] as unknown as Handler[];
  const services = { runtime, handlers } as unknown as Services;
  const limits: ConnectionLimits = {
    frameBytesMax: 1000,
    queuedBytesMax,
    idleMs: 1e9,
    framesWaitingMax: 3,
    pipelinedMax: 5,
    requestBytesMax: 150,
    ...more,
  };
  const pipe = new Pipe();
  new ServerConnection(pipe, services, new Dispatcher(services), limits, {
    ended: () => {},
    isBack: () => false,
  }).open();
  const receive = (bytes: Uint8Array) => runtime.tasks.enter(() => pipe.handlers?.bytes(bytes));
  return {
    pipe,
    started,
    release: (correlationId) => runtime.tasks.enter(() => gates.get(correlationId)?.settle()),
    ask: (api, version, correlationId, body) => receive(request(api, version, correlationId, body)),
    answered: () => pipe.sent.flatMap(correlationIds),
  };
}

function request<A extends Api>(api: A, version: number, correlationId: number, body: EncodableRequestOf<A>) {
  const writer = new Writer();
  writeRequestHeader(api, { version, correlationId, clientId: 'test' }, writer);
  encodeRequest(api, version, body, writer);
  return concat(frame(writer.finish()));
}

function correlationIds(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ids: number[] = [];
  for (let at = 0; at < bytes.length; at += 4 + view.getInt32(at)) ids.push(view.getInt32(at + 4));
  return ids;
}

const beat = { groupId: 'g', generationId: 1, memberId: 'm' };
const nothing = { acks: 1, timeoutMs: 1, topicData: [] };

describe('a connection', () => {
  test('has one request in process at a time', () => {
    const desk = newDesk();
    desk.ask(heartbeat, 4, 1, beat);
    desk.ask(heartbeat, 4, 2, beat);
    expect(desk.started).toEqual([1]);
    desk.release(1);
    expect([desk.started, desk.answered()]).toEqual([[1, 2], [1]]);
  });

  test('lets produces overlap and answers them in order', () => {
    const desk = newDesk();
    for (const id of [1, 2, 3]) desk.ask(produce, 9, id, nothing);
    desk.ask(heartbeat, 4, 4, beat);
    desk.release(3);
    desk.release(2);
    // What must not overlap waits for all before it: it may want to see what they wrote.
    expect([desk.started, desk.answered()]).toEqual([[1, 2, 3], []]);
    desk.release(1);
    expect([desk.started, desk.answered()]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3],
    ]);
    desk.release(4);
    expect(desk.answered()).toEqual([1, 2, 3, 4]);
  });

  test('does not start anything behind a request that must not overlap', () => {
    const desk = newDesk();
    desk.ask(heartbeat, 4, 1, beat);
    desk.ask(produce, 9, 2, nothing);
    expect(desk.started).toEqual([1]);
  });

  test('stops reading when too many frames wait, and reads again', () => {
    const desk = newDesk();
    for (const id of [1, 2, 3, 4]) desk.ask(heartbeat, 4, id, beat);
    expect(desk.pipe.paused).toBe(true);
    desk.release(1);
    expect(desk.pipe.paused).toBe(false);
  });

  test('starts nothing more for a reader that does not read, and drops nothing', () => {
    const desk = newDesk(10);
    desk.pipe.queuedBytes = 11;
    desk.ask(heartbeat, 4, 1, beat);
    desk.release(1);
    desk.ask(heartbeat, 4, 2, beat);
    expect([desk.started, desk.pipe.paused]).toEqual([[1], true]);
    desk.pipe.queuedBytes = 0;
    desk.pipe.handlers?.drained();
    expect([desk.started, desk.pipe.paused]).toEqual([[1, 2], false]);
  });

  const all = {
    topics: null,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  };

  test('ends when a handler says so, once what came before is answered, and nothing later is started', () => {
    const desk = newDesk();
    desk.ask(produce, 9, 1, nothing);
    desk.ask(metadata, 12, 2, all);
    desk.ask(produce, 9, 3, nothing);
    desk.release(1);
    expect([desk.pipe.closed, desk.started]).toEqual([false, [1, 2]]);
    desk.release(2);
    expect([desk.pipe.closed, desk.answered(), desk.started]).toEqual([true, [1], [1, 2]]);
  });

  test.each([
    ['a frame that cannot be understood', new Uint8Array([0, 0, 0, 10, 3, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff])],
    ['bytes that are no frame', new Uint8Array([0xff, 0xff, 0xff, 0xff])],
  ])('ends on %s, once what came before is answered', (_what, bytes) => {
    const desk = newDesk();
    desk.ask(produce, 9, 1, nothing);
    desk.pipe.handlers?.bytes(bytes);
    expect([desk.pipe.closed, desk.pipe.paused]).toEqual([false, true]);
    desk.release(1);
    expect([desk.pipe.closed, desk.answered()]).toEqual([true, [1]]);
  });

  test('lets no more overlap, and reads no more, than the bytes of its requests allow', () => {
    const bytes = request(produce, 9, 1, nothing).length - 4;
    const desk = newDesk(1000, { requestBytesMax: 2 * bytes });
    for (const id of [1, 2]) desk.ask(produce, 9, id, nothing);
    expect([desk.started, desk.pipe.paused]).toEqual([[1, 2], false]);
    desk.ask(produce, 9, 3, nothing);
    expect([desk.started, desk.pipe.paused]).toEqual([[1, 2], true]);
    desk.release(1);
    expect([desk.started, desk.pipe.paused]).toEqual([[1, 2, 3], false]);
  });

  test('takes a request that is larger than that, alone', () => {
    const desk = newDesk(1000, { requestBytesMax: 1 });
    desk.ask(produce, 9, 1, nothing);
    desk.ask(produce, 9, 2, nothing);
    expect(desk.started).toEqual([1]);
    desk.release(1);
    expect(desk.started).toEqual([1, 2]);
    desk.release(2);
    expect([desk.answered(), desk.pipe.paused]).toEqual([[1, 2], false]);
  });

  test.each([
    ['an unknown key', new Uint8Array([0, 0, 0, 10, 3, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff])],
    ['a version that is not served', new Uint8Array([0, 0, 0, 10, 0, 12, 0, 99, 0, 0, 0, 1, 0xff, 0xff])],
    ['a frame that is too large', new Uint8Array([0, 0, 4, 0])],
    ['a negative size', new Uint8Array([0xff, 0xff, 0xff, 0xff])],
    ['a body that does not parse', new Uint8Array([0, 0, 0, 12, 0, 12, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 9])],
    ['bytes behind the body', withTail()],
  ])('ends without an answer on %s', (_what, bytes) => {
    const desk = newDesk();
    desk.pipe.handlers?.bytes(bytes);
    expect([desk.pipe.closed, desk.pipe.sent]).toEqual([true, []]);
  });

  test('answers ApiVersions of the future in version 0 with the range to go on with (KIP-511)', () => {
    const desk = newDesk();
    desk.pipe.handlers?.bytes(new Uint8Array([0, 0, 0, 12, 0, 18, 0, 99, 0, 0, 0, 5, 0xff, 0xff, 7, 7]));
    const reader = new Reader(desk.pipe.sent[0] as Uint8Array, 4);
    expect(readResponseHeader(apiVersions, 0, reader)).toBe(5);
    const response = decodeResponse(apiVersions, 0, reader);
    expect(response.ok && [response.value.errorCode, response.value.apiKeys]).toEqual([
      35,
      [{ apiKey: 18, minVersion: 0, maxVersion: 4 }],
    ]);
  });
});

function withTail(): Uint8Array {
  const whole = concat([request(heartbeat, 0, 1, beat), new Uint8Array([1, 2])]);
  new DataView(whole.buffer).setInt32(0, whole.length - 4);
  return whole;
}
