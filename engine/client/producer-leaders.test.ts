// The producer while leaders change: what is written stays whole, in order and once, and what is told is true.

import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { utf8 } from '../protocol/bytes.ts';
import { batchAt } from '../protocol/record-batch.ts';
import type { ProducerOptions } from './client-config.ts';
import { Producer } from './producer.ts';
import type { SendOutcome } from './send-outcome.ts';
import { TestingCluster } from './testing-broker.ts';
import { TestingWorld } from './testing-world.ts';

function setUp(options: Partial<Omit<ProducerOptions, 'bootstrapServers'>> = {}) {
  const world = new TestingWorld();
  const cluster = new TestingCluster(world, [1, 2, 3]);
  cluster.addTopic('orders', 1);
  const runtime = world.runtime();
  const { bootstrapServers } = cluster;
  const producer = new Producer(runtime, { bootstrapServers, lingerMs: 0, ...options });
  const outcomes: SendOutcome[] = [];
  const send = (value: string) =>
    producer
      .send({ topic: 'orders', partition: 0, value: utf8(value) })
      .onSettled((outcome) => outcomes.push(outcome));
  const flush = () => world.finish(runtime, producer.flush());
  const produced = () => cluster.requests.filter(({ api }) => api === 'Produce');
  const written = () => cluster.values('orders', 0);
  return { world, cluster, runtime, producer, outcomes, send, flush, produced, written };
}

const values = Array.from({ length: 40 }, (_, index) => `v${index}`);

describe('a leader that moves', () => {
  test('again and again, with lost answers, neither loses, repeats nor reorders', () => {
    const { world, cluster, outcomes, send, flush, written } = setUp();
    let count = 0;
    cluster.script = (api) => {
      if (api !== 'Produce') return undefined;
      count++;
      if (count % 7 === 3) return { kind: 'lose-response' };
      if (count % 7 === 5) return { kind: 'lose-request' };
      return count % 4 === 0 ? { kind: 'delay', delayMs: 15 } : undefined;
    };
    send('first');
    flush();
    for (const [at, value] of values.entries()) {
      send(value);
      world.advance(2);
      if (at % 10 === 9) cluster.lead('orders', 0, 1 + (((at / 10) % 3) | 0));
    }
    flush();
    expect(written()).toEqual(['first', ...values]);
    expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true);
    const sequences = cluster.partition('orders', 0).batches.map((bytes) => batchAt(bytes).baseSequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  test('and says where: the retry goes there at once, without metadata and without a wait', () => {
    const { world, cluster, outcomes, send, flush, written, produced } = setUp({ retryBackoffMs: 1_000 });
    send('a');
    flush();
    cluster.lead('orders', 0, 3);
    cluster.script = (api) => (api === 'Metadata' ? { kind: 'silence' } : undefined);
    cluster.rewrite = (api, response, nodeId) => {
      if (api !== 'Produce' || nodeId === 3) return;
      response.responses[0].partitionResponses[0].currentLeader = { leaderId: 3, leaderEpoch: 1 };
      response.nodeEndpoints = [{ nodeId: 3, host: 'broker', port: 9003, rack: null }];
    };
    send('b');
    world.advance(50);
    expect(outcomes.at(-1)).toMatchObject({ kind: 'ok', attempts: 2 });
    expect(written()).toEqual(['a', 'b']);
    expect(produced().map(({ nodeId }) => nodeId)).toEqual([1, 1, 3]);
  });

  test('and hints at a leader older than the one that is known: nobody follows', () => {
    const { world, cluster, send, flush, producer } = setUp();
    cluster.lead('orders', 0, 2);
    send('a');
    flush();
    cluster.rewrite = (api, response) => {
      if (api !== 'Produce') return;
      response.responses[0].partitionResponses[0].currentLeader = { leaderId: 1, leaderEpoch: 0 };
    };
    send('b');
    world.advance(50);
    expect(producer.metadata.currentLeader('orders', 0)).toMatchObject({ leaderId: 2, leaderEpoch: 1 });
  });

  test('while the old one is silent: the batch waits out its request, and is written once', () => {
    const { world, cluster, outcomes, send, flush, written } = setUp({ requestTimeoutMs: 5_000 });
    send('a');
    flush();
    cluster.script = (api, _request, nodeId) => {
      if (api === 'Metadata') return undefined;
      return nodeId === 1 ? { kind: 'silence' } : undefined;
    };
    send('b');
    world.advance(10);
    cluster.lead('orders', 0, 2);
    for (const value of ['c', 'd']) send(value);
    flush();
    expect(written()).toEqual(['a', 'b', 'c', 'd']);
    expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true);
  });

  test('one request at a time is one of both leaders, without idempotence too', () => {
    const { world, cluster, producer, send, flush, written, produced } = setUp({
      maxInFlightRequestsPerConnection: 1,
      requestTimeoutMs: 5_000,
      enableIdempotence: false,
    });
    send('a');
    flush();
    cluster.script = (_api, _request, nodeId) => (nodeId === 1 ? { kind: 'silence' } : undefined);
    send('b');
    world.advance(10);
    cluster.lead('orders', 0, 2);
    const leader = { leaderId: 2, leaderEpoch: 1 };
    expect(producer.metadata.learnLeader('orders', 0, leader, [])).toBe(true);
    send('c');
    world.advance(1_000);
    expect(produced().map(({ nodeId }) => nodeId)).toEqual([1, 1]);
    flush();
    expect(written()).toEqual(['a', 'b', 'c']);
  });

  test.each([1, 5])(
    'and does not know the producer, while the old one is silent; in flight: %i',
    (inFlight) => {
      const { world, cluster, outcomes, producer, send, flush, written, produced } = setUp({
        maxInFlightRequestsPerConnection: inFlight,
        requestTimeoutMs: 5_000,
      });
      cluster.script = (api, _request, nodeId) =>
        api === 'Produce' && nodeId === 1 ? { kind: 'silence' } : undefined;
      send('a');
      world.advance(50);
      cluster.lead('orders', 0, 2);
      const endpoint = { nodeId: 2, host: 'broker', port: 9002, rack: null };
      producer.metadata.learnLeader('orders', 0, { leaderId: 2, leaderEpoch: 1 }, [endpoint]);
      send('b');
      world.advance(50);
      expect(produced().map(({ nodeId }) => nodeId)).toEqual(inFlight === 1 ? [1] : [1, 2]);
      expect(written()).toEqual(inFlight === 1 ? [] : ['b']);
      flush();
      // With more than one the first is out of order from now on, until its producer raises the epoch or gives it up.
      if (inFlight > 1) return;
      expect(written()).toEqual(['a', 'b']);
      expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true);
    },
  );

  test('is gone with its broker: the next one takes over', () => {
    const { world, cluster, send, flush, written } = setUp();
    send('a');
    flush();
    cluster.stopNode(1);
    send('b');
    world.advance(2_000);
    expect(written()).toEqual(['a']);
    cluster.lead('orders', 0, 2);
    flush();
    expect(written()).toEqual(['a', 'b']);
  });
});

describe('a new leader that lacks acknowledged batches', () => {
  test('refuses the order of the next one: a new epoch, and everything after is written once', () => {
    const { cluster, outcomes, send, flush, written } = setUp();
    for (const value of ['a', 'b']) {
      send(value);
      flush();
    }
    const partition = cluster.partition('orders', 0);
    partition.batches.pop();
    for (const state of partition.producers.values()) state.last.pop();
    cluster.lead('orders', 0, 2);
    for (const value of ['c', 'd']) send(value);
    flush();
    expect(written()).toEqual(['a', 'c', 'd']);
    expect(outcomes.every(({ kind }) => kind === 'ok')).toBe(true);
    expect(batchAt(partition.batches.at(-1) as Uint8Array).producerEpoch).toBe(1);
  });

  test('knows nothing of the producer: it begins anew', () => {
    const { cluster, send, flush, written } = setUp();
    send('a');
    flush();
    let refused = 0;
    cluster.script = (api) =>
      api === 'Produce' && refused++ === 0
        ? { kind: 'error', errorCode: ErrorCode.UNKNOWN_PRODUCER_ID }
        : undefined;
    cluster.rewrite = (api, response) => {
      const told = api === 'Produce' ? response.responses[0].partitionResponses[0] : undefined;
      if (told?.errorCode === ErrorCode.UNKNOWN_PRODUCER_ID) told.logStartOffset = 1;
    };
    send('b');
    flush();
    expect(written()).toEqual(['a', 'b']);
  });
});

describe('an epoch that the broker finds old', () => {
  test('fails the batch for certain, and the next one comes under a newer epoch', () => {
    const { cluster, outcomes, send, flush, written } = setUp();
    send('a');
    flush();
    let refused = 0;
    cluster.script = (api) =>
      api === 'Produce' && refused++ === 0
        ? { kind: 'error', errorCode: ErrorCode.INVALID_PRODUCER_EPOCH }
        : undefined;
    send('b');
    flush();
    send('c');
    flush();
    expect(outcomes[1]).toEqual({
      kind: 'failed',
      certainty: 'not-written',
      error: 'INVALID_PRODUCER_EPOCH',
      attempts: 1,
    });
    expect(written()).toEqual(['a', 'c']);
    expect(batchAt(cluster.partition('orders', 0).batches.at(-1) as Uint8Array).producerEpoch).toBe(1);
  });
});

describe('too few replicas', () => {
  for (const errorCode of [
    ErrorCode.NOT_ENOUGH_REPLICAS,
    ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
    ErrorCode.REQUEST_TIMED_OUT,
    ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ErrorCode.KAFKA_STORAGE_ERROR,
  ]) {
    test(`are waited for within the delivery timeout (error ${errorCode})`, () => {
      const { world, cluster, outcomes, send, flush, written } = setUp();
      send('a');
      flush();
      const wasWritten = errorCode !== ErrorCode.NOT_ENOUGH_REPLICAS;
      const kind = wasWritten ? 'serve-and-error' : 'error';
      cluster.script = (api) => (api === 'Produce' ? { kind, errorCode } : undefined);
      for (const value of ['b', 'c']) send(value);
      world.advance(60_000);
      expect(outcomes).toHaveLength(1);
      cluster.script = () => undefined;
      flush();
      expect(outcomes.every(({ kind: each }) => each === 'ok')).toBe(true);
      expect(written()).toEqual(['a', 'b', 'c']);
    });

    test(`for longer: what is told is what is known (error ${errorCode})`, () => {
      const { cluster, outcomes, send, flush } = setUp();
      send('a');
      flush();
      const wasWritten = errorCode !== ErrorCode.NOT_ENOUGH_REPLICAS;
      const kind = wasWritten ? 'serve-and-error' : 'error';
      cluster.script = (api) => (api === 'Produce' ? { kind, errorCode } : undefined);
      send('b');
      flush();
      const certainty = wasWritten ? 'unknown' : 'not-written';
      expect(outcomes[1]).toMatchObject({ kind: 'failed', certainty, error: 'DELIVERY_TIMEOUT' });
    });
  }
});
