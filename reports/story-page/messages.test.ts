// Messages are put together from both sides; what one side alone tells of was lost.

import { describe, expect, test } from 'vitest';
import { messageSentence, messagesOf } from './messages.ts';
import type { PageEvent } from './page-event.ts';
import { partitionSeries } from './replicas.ts';

const at = (timeUs: number, node: string, event: PageEvent['event']): PageEvent => ({
  ...{ step: timeUs, timeUs, node, incarnation: 1, event },
});

const ends = { peer: 'broker-1:9092', local: 'produce-1:40007' };
const request = (correlationId: number, api = 'Produce') => ({ api, version: 9, correlationId });

describe('messages', () => {
  const events = [
    at(10, 'produce-1', { kind: 'request-sent', ...request(3), ...ends }),
    at(20, 'broker-1', { kind: 'request-received', ...request(3), peer: ends.local }),
    // The same number on another connection is another request.
    at(21, 'broker-2', {
      ...{ kind: 'request-sent', ...request(3, 'Fetch') },
      ...{ peer: 'broker-1:9093', local: 'broker-2:40008' },
    }),
    at(30, 'broker-1', { kind: 'response-sent', api: 'Produce', correlationId: 3, peer: ends.local }),
    at(45, 'produce-1', { kind: 'response-received', api: 'Produce', correlationId: 3, ...ends }),
    at(50, 'produce-1', { kind: 'request-sent', ...request(4), ...ends }),
  ];
  const found = messagesOf(events.entries());

  test('have both ends, and their sort', () => {
    const short = found.map(({ api, from, to, sentUs, receivedUs, sort, isResponse }) => [
      ...[api, from, to, sentUs, receivedUs, sort, isResponse],
    ]);
    expect(short).toEqual([
      ['Produce', 'produce-1', 'broker-1', 10, 20, 'produce', false],
      ['Fetch', 'broker-2', 'broker-1', 21, null, 'cluster', false],
      ['Produce', 'broker-1', 'produce-1', 30, 45, 'produce', true],
      ['Produce', 'produce-1', 'broker-1', 50, null, 'produce', false],
    ]);
    expect(found.map(({ sentAt, receivedAt }) => [sentAt, receivedAt])).toEqual([
      [0, 1],
      [2, -1],
      [3, 4],
      [5, -1],
    ]);
  });

  test('are told in a sentence', () => {
    expect(found.map(messageSentence)).toEqual([
      'the request Produce from produce-1 to broker-1 takes 0.01 ms',
      'the request Fetch from broker-2 to broker-1 never arrives',
      'the answer to Produce from broker-1 to produce-1 takes 0.02 ms',
      'the request Produce from produce-1 to broker-1 never arrives',
    ]);
  });
});

describe('the series of a partition', () => {
  const place = { topic: 'orders', partition: 0 };
  const decided = {
    ...{ ...place, topicId: '', partitionEpoch: 0, replicas: '1,2', eligibleLeaderReplicas: '' },
    ...{ minInsyncReplicas: 1, unclean: false },
  };
  const began = { ...place, topicId: '', partitionEpoch: 0, logStartOffset: 0, highWatermark: 0 };
  const [series, ...others] = partitionSeries(
    [
      at(1, 'c', { kind: 'partition-committed', ...decided, leader: 1, leaderEpoch: 0, isr: '1,2' }),
      at(2, 'broker-1', {
        kind: 'leader-began',
        ...began,
        leaderEpoch: 0,
        isr: '1,2',
        replicas: '1,2',
        logEndOffset: 0,
      }),
      at(3, 'broker-1', { kind: 'log-appended', ...place, logEndOffset: 5, bytes: 9, batches: 1 }),
      at(4, 'broker-1', {
        ...{
          kind: 'high-watermark-moved',
          ...place,
          highWatermark: 4,
          logEndOffset: 5,
          leaderEpoch: 0,
          leads: true,
        },
      }),
      at(5, 'broker-1', { kind: 'node-crashed', reason: 'x' }),
      at(6, 'c', { kind: 'partition-committed', ...decided, leader: 2, leaderEpoch: 1, isr: '2' }),
      at(7, 'broker-2', {
        kind: 'leader-began',
        ...began,
        leaderEpoch: 1,
        isr: '2',
        replicas: '1,2',
        logEndOffset: 4,
      }),
      at(8, 'broker-1', { kind: 'log-truncated', ...place, logEndOffset: 4 }),
    ],
    (id) => `broker-${id}`,
  );

  test('has log end and high watermark of each replica, and a gap where it is dead', () => {
    const points = series?.replicas
      .get('broker-1')
      ?.map(({ timeUs, logEnd, highWatermark }) => [...[timeUs, logEnd, highWatermark]]);
    expect(points).toEqual([
      [2, 0, 0],
      [3, 5, 0],
      [4, 5, 4],
      [5, -1, -1],
      [8, 4, -1],
    ]);
    expect(series?.top).toBe(5);
    expect(others).toEqual([]);
  });

  test('has who led, and who was in sync', () => {
    expect(series?.reigns).toEqual([
      { timeUs: 2, node: 'broker-1', epoch: 0 },
      { timeUs: 7, node: 'broker-2', epoch: 1 },
    ]);
    expect(series?.inSync.map(({ nodes }) => nodes.join(' '))).toEqual(['broker-1 broker-2', 'broker-2']);
  });
});
