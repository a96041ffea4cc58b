// The producer against the scripted broker: what is written, in which order, and what the caller is told.

import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { utf8 } from '../protocol/bytes.ts';
import { batchAt } from '../protocol/record-batch.ts';
import { type ProducerOptions, producerConfig } from './client-config.ts';
import { Producer } from './producer.ts';
import type { SendOutcome } from './send-outcome.ts';
import { type Fate, TestingCluster } from './testing-broker.ts';
import { TestingWorld } from './testing-world.ts';

type Overrides = Partial<Omit<ProducerOptions, 'bootstrapServers'>>;

function setUp(options: Overrides = {}, nodeIds: readonly number[] = [1]) {
  const world = new TestingWorld();
  const cluster = new TestingCluster(world, nodeIds);
  cluster.addTopic('orders', 2);
  const runtime = world.runtime();
  const producer = new Producer(runtime, { bootstrapServers: cluster.bootstrapServers, ...options });
  const outcomes: SendOutcome[] = [];
  const send = (value: string, partition: number | undefined = 0) => {
    const outcome = producer.send({ topic: 'orders', partition, value: utf8(value) });
    outcome.onSettled((settled) => outcomes.push(settled));
  };
  /** One record per batch. */
  const sendApart = (values: readonly string[], apartMs = 10) => {
    for (const value of values) {
      send(value);
      world.advance(apartMs);
    }
  };
  const flush = () => world.finish(runtime, producer.flush());
  /** Connections, metadata and producer id are there, and the broker has state for the producer. */
  const warmUp = () => {
    send('warm');
    flush();
    outcomes.length = 0;
  };
  return { world, cluster, runtime, producer, outcomes, send, sendApart, flush, warmUp };
}

/** The fates of the first Produce requests, in their order. */
function produceFates(...fates: (Fate | undefined)[]) {
  let next = 0;
  return (api: string) => (api === 'Produce' ? fates[next++] : undefined);
}

const values = Array.from({ length: 12 }, (_, index) => `v${index}`);

describe('a producer', () => {
  test('writes in order and tells the offsets', () => {
    const { cluster, outcomes, send, flush } = setUp();
    for (const value of values) send(value);
    flush();
    expect(cluster.values('orders', 0)).toEqual(values);
    expect(outcomes.map((outcome) => outcome.kind === 'ok' && outcome.offset)).toEqual(
      values.map((_, n) => n),
    );
    expect(cluster.partition('orders', 0).batches).toHaveLength(1);
  });

  test('lingers, and sends a full batch at once', () => {
    const { world, cluster, send } = setUp({ lingerMs: 1000, batchSizeBytes: 200 });
    send('first');
    world.advance(900);
    expect(cluster.values('orders', 0)).toEqual([]);
    world.advance(200);
    expect(cluster.values('orders', 0)).toEqual(['first']);
    for (const value of values) send(value);
    world.advance(50);
    expect(cluster.values('orders', 0).length).toBeGreaterThan(values.length - 6);
  });

  test('keeps order and writes once when responses are lost', () => {
    const { cluster, outcomes, sendApart, flush } = setUp({ lingerMs: 0 });
    cluster.script = produceFates(undefined, { kind: 'lose-response' }, undefined, { kind: 'lose-request' });
    sendApart(values, 1);
    flush();
    expect(cluster.values('orders', 0)).toEqual(values);
    expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true);
    expect(outcomes.some(({ attempts }) => attempts > 1)).toBe(true);
  });

  test('retries keep their sequences, and later batches wait for the oldest', () => {
    const { cluster, sendApart, flush, warmUp } = setUp({ lingerMs: 0 });
    warmUp();
    const error: Fate = { kind: 'error', errorCode: ErrorCode.NOT_ENOUGH_REPLICAS };
    cluster.script = produceFates(error, undefined, error, error);
    sendApart(values, 1);
    flush();
    expect(cluster.values('orders', 0)).toEqual(['warm', ...values]);
    const sequences = cluster.partition('orders', 0).batches.map((bytes) => batchAt(bytes).baseSequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    expect(cluster.partition('orders', 0).batches.every((bytes) => batchAt(bytes).producerEpoch === 0)).toBe(
      true,
    );
  });

  test('a first batch refused while the second is taken: the hole in Kafka, told as what it is', () => {
    // A broker without state for a producer takes any first sequence; the client then waits for a turn that
    // never comes. What must hold is the honesty of the outcome.
    const { cluster, outcomes, sendApart, flush } = setUp({ lingerMs: 0 });
    cluster.script = produceFates({ kind: 'error', errorCode: ErrorCode.NOT_ENOUGH_REPLICAS });
    sendApart(values, 1);
    flush();
    const written = cluster.values('orders', 0);
    expect(written).not.toContain('v0');
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(written.length);
    const failed = outcomes.filter((outcome) => outcome.kind === 'failed');
    expect(failed.every(({ certainty }) => certainty === 'not-written')).toBe(true);
    expect(failed).toHaveLength(values.length - written.length);
  });

  test('without idempotence a lost response is written twice: the weakness is real', () => {
    const { cluster, send, flush } = setUp({ enableIdempotence: false });
    cluster.script = produceFates({ kind: 'lose-response' });
    send('once');
    flush();
    expect(cluster.values('orders', 0)).toEqual(['once', 'once']);
  });

  test('without idempotence, one request in flight keeps the order over retries', () => {
    const { cluster, sendApart, flush } = setUp({
      enableIdempotence: false,
      maxInFlightRequestsPerConnection: 1,
      lingerMs: 0,
    });
    const error: Fate = { kind: 'error', errorCode: ErrorCode.NOT_ENOUGH_REPLICAS };
    cluster.script = produceFates(error, undefined, error);
    sendApart(values, 1);
    flush();
    expect(cluster.values('orders', 0)).toEqual(values);
  });

  test('without idempotence, several in flight reorder over retries: the weakness is real', () => {
    const { cluster, sendApart, flush, warmUp } = setUp({ enableIdempotence: false, lingerMs: 0 });
    warmUp();
    cluster.script = produceFates(undefined, { kind: 'error', errorCode: ErrorCode.NOT_ENOUGH_REPLICAS });
    sendApart(values, 0.3);
    flush();
    const written = cluster.values('orders', 0).slice(1);
    expect([...written].sort()).toEqual([...values].sort());
    expect(written).not.toEqual(values);
  });
});

describe('certainty', () => {
  test('every attempt refused: certainly not written', () => {
    const { cluster, outcomes, send, flush } = setUp({ retries: 2 });
    cluster.script = (api) =>
      api === 'Produce' ? { kind: 'error', errorCode: ErrorCode.NOT_ENOUGH_REPLICAS } : undefined;
    send('x');
    flush();
    expect(outcomes).toEqual([
      { kind: 'failed', certainty: 'not-written', error: 'NOT_ENOUGH_REPLICAS', attempts: 3 },
    ]);
  });

  test('one attempt open, the others refused: unknown', () => {
    const { cluster, outcomes, send, flush } = setUp({ retries: 2 });
    const error: Fate = { kind: 'error', errorCode: ErrorCode.NOT_ENOUGH_REPLICAS };
    cluster.script = produceFates({ kind: 'lose-request' }, error, error);
    send('x');
    flush();
    expect(outcomes).toEqual([
      { kind: 'failed', certainty: 'unknown', error: 'NOT_ENOUGH_REPLICAS', attempts: 3 },
    ]);
  });

  test('an error after the write is not a refusal', () => {
    const { cluster, outcomes, send, flush } = setUp({ retries: 1 });
    const after: Fate = { kind: 'serve-and-error', errorCode: ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND };
    cluster.script = produceFates(after, after);
    send('x');
    flush();
    expect(outcomes[0]).toMatchObject({ kind: 'failed', certainty: 'unknown' });
    expect(cluster.values('orders', 0)).toEqual(['x']);
  });

  test('delivery timeout: not written when nothing was sent, unknown when something was', () => {
    const never = setUp({ deliveryTimeoutMs: 40_000 });
    never.cluster.script = (api) => (api === 'InitProducerId' ? { kind: 'silence' } : undefined);
    never.send('x');
    never.flush();
    expect(never.outcomes).toEqual([
      { kind: 'failed', certainty: 'not-written', error: 'DELIVERY_TIMEOUT', attempts: 0 },
    ]);
    const silent = setUp({ deliveryTimeoutMs: 40_000 });
    silent.cluster.script = (api) => (api === 'Produce' ? { kind: 'silence' } : undefined);
    silent.send('x');
    silent.flush();
    expect(silent.outcomes[0]).toMatchObject({ certainty: 'unknown', error: 'DELIVERY_TIMEOUT' });
    expect(silent.world.nowMs).toBeGreaterThanOrEqual(40_000);
    expect(silent.world.nowMs).toBeLessThan(40_200);
  });

  test('no metadata, no room: not written, after maxBlockMs', () => {
    const { world, runtime, producer } = setUp({ maxBlockMs: 5_000 });
    const outcome = world.finish(runtime, producer.send({ topic: 'nowhere', value: utf8('x') }).wait());
    expect(outcome).toMatchObject({ certainty: 'not-written', error: 'METADATA_TIMEOUT' });
    expect(world.nowMs).toBeLessThan(5_200);
  });

  test('acks 0 tells ok without an offset', () => {
    const { world, cluster, outcomes, send, flush } = setUp({ acks: 0, enableIdempotence: false });
    send('x');
    flush();
    world.advance(5);
    expect(outcomes).toMatchObject([{ kind: 'ok', offset: -1, attempts: 1 }]);
    expect(cluster.requests.filter(({ api }) => api === 'Produce')).toHaveLength(1);
  });
});

describe('limits and recovery', () => {
  test('never more requests in flight than allowed', () => {
    const { world, cluster, sendApart, flush } = setUp({ lingerMs: 0, maxInFlightRequestsPerConnection: 2 });
    let waiting = 0;
    let most = 0;
    cluster.script = (api) => {
      if (api !== 'Produce') return undefined;
      waiting++;
      most = Math.max(most, waiting);
      world.runtime().after(20, () => {
        waiting--;
      });
      return { kind: 'delay', delayMs: 20 };
    };
    sendApart(values, 2);
    flush();
    expect(most).toBe(2);
    expect(cluster.values('orders', 0)).toEqual(values);
  });

  test('a batch given up leaves a gap that a new epoch closes, once and in order', () => {
    const { cluster, outcomes, sendApart, flush } = setUp({ lingerMs: 0, retries: 5 });
    cluster.script = produceFates(undefined, undefined, {
      kind: 'error',
      errorCode: ErrorCode.INVALID_TIMESTAMP,
    });
    sendApart(values, 4);
    flush();
    const failed = outcomes.filter(({ kind }) => kind === 'failed');
    expect(failed).toHaveLength(1);
    expect(cluster.values('orders', 0)).toHaveLength(values.length - 1);
    expect(cluster.values('orders', 0)).toEqual(
      values.filter((value) => cluster.values('orders', 0).includes(value)),
    );
    expect(batchAt(cluster.partition('orders', 0).batches.at(-1) as Uint8Array).producerEpoch).toBe(1);
  });

  test('follows the leader to another broker', () => {
    const { world, cluster, sendApart, flush } = setUp({ lingerMs: 0 }, [1, 2]);
    sendApart(values.slice(0, 6));
    const partition = cluster.partition('orders', 0);
    partition.leaderId = 2;
    partition.leaderEpoch = 1;
    sendApart(values.slice(6));
    flush();
    expect(cluster.values('orders', 0)).toEqual(values);
    expect(world.bugs).toEqual([]);
  });

  test('cuts a batch that the broker finds too large', () => {
    const { cluster, outcomes, send, flush } = setUp();
    cluster.script = (api, request) => {
      if (api !== 'Produce') return undefined;
      const { records } = request.topicData[0].partitionData[0];
      const tooLarge = batchAt(records).recordsCount > 3;
      return tooLarge ? { kind: 'error', errorCode: ErrorCode.MESSAGE_TOO_LARGE } : undefined;
    };
    for (const value of values) send(value);
    flush();
    expect(cluster.values('orders', 0)).toEqual(values);
    expect(outcomes.map((outcome) => outcome.kind === 'ok' && outcome.offset)).toEqual(
      values.map((_, n) => n),
    );
  });

  test('records wait for room in the buffer and none is lost', () => {
    const { cluster, outcomes, send, flush } = setUp({ bufferMemoryBytes: 300, batchSizeBytes: 100 });
    for (const value of values) send(value);
    flush();
    flush();
    expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true);
    expect(cluster.values('orders', 0)).toEqual(values);
  });

  test('speaks to a broker that knows only old versions', () => {
    const world = new TestingWorld();
    const cluster = new TestingCluster(world);
    cluster.addTopic('orders', 1);
    for (const [key, version] of [
      [18, 0],
      [3, 1],
      [0, 3],
      [22, 0],
    ] as const)
      cluster.maxVersions.set(key, version);
    const runtime = world.runtime();
    const producer = new Producer(runtime, { bootstrapServers: cluster.bootstrapServers });
    const outcome = world.finish(runtime, producer.send({ topic: 'orders', value: utf8('x') }).wait());
    expect(outcome).toMatchObject({ kind: 'ok', partition: 0, offset: 0 });
  });

  test('close gives every record its outcome, and later sends fail', () => {
    const { world, cluster, runtime, producer, outcomes, send } = setUp();
    cluster.script = (api) => (api === 'Produce' ? { kind: 'silence' } : undefined);
    send('x');
    world.advance(100);
    world.finish(runtime, producer.close(1_000));
    expect(outcomes).toMatchObject([{ kind: 'failed', certainty: 'unknown', error: 'PRODUCER_CLOSED' }]);
    send('y');
    expect(outcomes[1]).toMatchObject({ certainty: 'not-written', error: 'PRODUCER_CLOSED' });
    world.advance(120_000);
    expect(runtime.tasks.pending()).toEqual([]);
  });

  test('options that contradict each other are named', () => {
    const bootstrapServers = [{ host: 'broker', port: 1 }];
    expect(producerConfig({ bootstrapServers, acks: 1 })).toMatchObject({ ok: false });
    const wrong = producerConfig({ bootstrapServers, lingerMs: -1, batchSizeBytes: 0 });
    expect(wrong.ok === false && wrong.error).toMatch(/lingerMs.*batchSizeBytes/);
    const unknown = producerConfig({ bootstrapServers, linger: 5 } as ProducerOptions);
    expect(unknown.ok === false && unknown.error).toMatch(/linger is not an option/);
  });
});
