import { expect, test } from 'vitest';
import type { NodeCounts } from '../engine/host/index.ts';
import { BrokerCounter, brokerCountsOf } from './broker-counts.ts';
import { ioOf, parseIo } from './process-use.ts';

const processId = 7;

const node = (produced: number, fetched: number, fsyncs: number, written: number): NodeCounts => ({
  requests: { Produce: produced, Fetch: fetched },
  traffic: { receivedBytes: written * 2, sentBytes: 0 },
  disk: { writes: 1, writtenBytes: written, fsyncs },
  garbageCollections: fsyncs * 2,
  garbageCollectionMs: fsyncs * 3,
});

test('the calls of a process stand in /proc; what does not look like it is unknown', () => {
  const text = 'rchar: 5\nwchar: 6\nsyscr: 7\nsyscw: 8\nread_bytes: 0\nwrite_bytes: 0\n';
  expect(parseIo(text)).toEqual({ readCalls: 7, writeCalls: 8 });
  expect(parseIo('rchar: 5\n')).toBeUndefined();
  expect(ioOf(2 ** 30)).toBeUndefined();
});

test('counts are what lies between two readings', () => {
  const before = { processId, io: { readCalls: 10, writeCalls: 20 }, node: node(100, 1, 10, 1_000) };
  const after = { processId, io: { readCalls: 30, writeCalls: 60 }, node: node(500, 2, 20, 5_000) };
  expect(brokerCountsOf(before, after, 2_000)).toEqual({
    requests: 401,
    fsyncs: 10,
    produceRequestsPerFsync: 40,
    readCallsPerThousandRecords: 10,
    writeCallsPerThousandRecords: 20,
    fsyncsPerThousandRecords: 5,
    bytesWrittenPerByteReceived: 0.5,
    garbageCollections: 20,
    garbageCollectionMs: 30,
  });
});

test('what could not be read is null, and nothing at all is no counts', () => {
  const io = { readCalls: 10, writeCalls: 20 };
  const onlyIo = brokerCountsOf({ processId, io, node: undefined }, { processId, io, node: undefined }, 10);
  expect(onlyIo).toMatchObject({ readCallsPerThousandRecords: 0, requests: null, garbageCollections: null });
  const readers = { processId, io: undefined, node: node(1, 1, 1, 1) };
  expect(brokerCountsOf(readers, readers, 10)).toMatchObject({
    readCallsPerThousandRecords: null,
    fsyncs: 0,
    produceRequestsPerFsync: null,
    bytesWrittenPerByteReceived: null,
  });
  expect(
    brokerCountsOf({ processId, io, node: undefined }, { processId, io: undefined, node: undefined }, 10),
  ).toBeNull();
});

test('of a broker that was killed and started again in between there are no counts', () => {
  const before = { processId, io: { readCalls: 10, writeCalls: 20 }, node: node(100, 1, 10, 1_000) };
  const after = { processId: 8, io: { readCalls: 12, writeCalls: 25 }, node: node(110, 2, 20, 5_000) };
  expect(brokerCountsOf(before, after, 2_000)).toBeNull();
});

test('only the two ends of the measured time are read; a missed one leaves no counts', async () => {
  let asked = 0;
  const broker = {
    processId: process.pid,
    counts: async () => node(++asked * 10, 0, asked, asked),
  };
  const counter = new BrokerCounter(broker, 1, 3);
  for (const second of [0, 1, 2, 3, 4]) counter.onSecond(second);
  expect(await counter.report(10)).toMatchObject({ requests: 10, fsyncs: 1 });
  expect(asked).toBe(2);
  const missed = new BrokerCounter(broker, 1, 3);
  missed.onSecond(1);
  expect(await missed.report(10)).toBeNull();
});
