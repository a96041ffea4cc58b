// The loops in virtual time, against a producer and a consumer that do what the test says.

import { describe, expect, test } from 'vitest';
import type { ConsumedRecord, Consumer, Producer, SendOutcome } from '../../engine/index.ts';
import { openOutstandingMax } from '../generators/plan.ts';
import { Ledger } from '../ledger.ts';
import { Payloads } from '../payload.ts';
import { UniformSchedule } from '../schedule.ts';
import { type Workload, workloadSchema } from '../workload.ts';
import { FollowDriver } from './consume.ts';
import { ProduceDriver } from './produce.ts';
import { fakeProducer, ok, VirtualTime } from './testing-time.ts';

const failed: SendOutcome = { kind: 'failed', certainty: 'unknown', error: 'REQUEST_TIMED_OUT', attempts: 1 };

function setUp(producerOf: (time: VirtualTime) => Producer, changes: object = {}) {
  const time = new VirtualTime();
  const workload: Workload = workloadSchema.parse({
    kind: 'produce',
    load: { loop: 'open', recordsPerSecond: 1 },
    record: { bytes: 100 },
    warmupSeconds: 0,
    durationSeconds: 4,
    ...changes,
  });
  const ledger = new Ledger(1);
  const payloads = new Payloads(workload.record, 'test');
  const driver = new ProduceDriver({
    runtime: time.runtime,
    producers: [producerOf(time)],
    topic: 'bench',
    workload,
    payloads,
    ledger,
  });
  return { time, workload, ledger, payloads, driver };
}

describe('the open loop', () => {
  test('sends on time while the broker stands still, and counts its standstill in every record', () => {
    // Nothing is answered before second 2: what was sent at second 0 waits 2 s, at second 1.9 only 0.1 s.
    const { time, driver, ledger } = setUp((clock) =>
      fakeProducer(clock, (sent, nowUs) => ({
        afterMs: Math.max(1, 2000 - nowUs / 1000),
        outcome: ok(sent),
      })),
    );
    time.run(driver.openLoop(new UniformSchedule(100), 4_000_000));
    time.run(driver.drain(10_000_000));
    expect(ledger.intended).toBe(400);
    expect(ledger.acknowledgedCount).toBe(400);
    expect(driver.lateness.report().maxUs).toBeLessThanOrEqual(1);
    const { p50Us, p90Us, maxUs } = driver.acknowledged.report();
    expect(maxUs).toBeGreaterThan(1_990_000);
    expect(p90Us).toBeGreaterThan(1_500_000);
    expect(p50Us).toBeLessThan(30_000);
    // A closed loop with the same broker would have had one slow record and no other.
    expect(driver.series.recordsIn(0)).toBe(0);
    expect(driver.series.recordsIn(2)).toBeGreaterThan(290);
  });

  test('records late sends from the time at which they were meant', () => {
    const { time, driver } = setUp((clock) => {
      const instant = fakeProducer(clock, (sent) => ({ afterMs: 0, outcome: ok(sent) }));
      return instant;
    });
    // The generator itself is held up until second 1: its own fault, and in the latencies all the same.
    time.run(time.runtime.sleep(1000));
    time.run(driver.openLoop(new UniformSchedule(100), 2_000_000));
    time.run(driver.drain(10_000_000));
    expect(driver.lateness.report().maxUs).toBeGreaterThanOrEqual(999_000);
    expect(driver.acknowledged.report().maxUs).toBeGreaterThanOrEqual(999_000);
    expect(driver.acknowledged.report().count).toBe(200);
  });

  test('counts failed and unfinished records, at the age they had', () => {
    const { time, driver, ledger } = setUp((clock) =>
      fakeProducer(clock, (sent) => {
        if (sent === 0) return { afterMs: 3000, outcome: failed };
        return sent === 1 ? undefined : { afterMs: 1, outcome: ok(sent) };
      }),
    );
    time.run(driver.openLoop(new UniformSchedule(10), 1_000_000));
    time.run(driver.drain(9_000_000));
    expect(ledger.account(8)).toMatchObject({ intended: 10, acknowledged: 8, failed: 1, unfinished: 1 });
    const report = driver.acknowledged.report();
    expect(report).toMatchObject({ count: 10, censored: 2 });
    // Record 1 was meant for 0.1 s and was given up at 9 s.
    expect(report.maxUs).toBeGreaterThanOrEqual(8_890_000);
  });

  test('gives records up instead of holding more than memory has room for', () => {
    const { time, driver, ledger } = setUp((clock) => fakeProducer(clock, () => undefined));
    const more = openOutstandingMax + 50;
    time.run(driver.openLoop(new UniformSchedule(more), 1_000_000));
    expect(ledger.intended).toBe(more);
    expect(ledger.outstanding).toBe(openOutstandingMax);
  });
});

describe('the closed loop', () => {
  test('never has more under way than it may', () => {
    let most = 0;
    const { time, driver, ledger } = setUp((clock) =>
      fakeProducer(clock, (sent) => {
        most = Math.max(most, ledgerOutstanding());
        return { afterMs: 10, outcome: ok(sent) };
      }),
    );
    function ledgerOutstanding(): number {
      return ledger.outstanding;
    }
    time.run(driver.closedLoop(5, 1_000_000));
    time.run(driver.drain(5_000_000));
    expect(most).toBe(5);
    // 5 records every 10 ms.
    expect(ledger.acknowledgedCount).toBe(500);
  });

  test('ends after the number of records that was asked for', () => {
    const { time, driver, ledger } = setUp((clock) =>
      fakeProducer(clock, (sent) => ({ afterMs: 1, outcome: ok(sent) })),
    );
    time.run(driver.closedLoop(7, 60_000_000, 100));
    time.run(driver.drain(60_000_000));
    expect(ledger.acknowledgedCount).toBe(100);
  });

  test('ends in time when nobody answers', () => {
    const { time, driver, ledger } = setUp((clock) => fakeProducer(clock, () => undefined));
    time.run(driver.closedLoop(7, 1_000_000));
    time.run(driver.drain(2_000_000));
    expect(ledger.account(0)).toMatchObject({ intended: 7, unfinished: 7 });
  });

  test('ignores what is answered after the drain', () => {
    const { time, driver, ledger } = setUp((clock) =>
      fakeProducer(clock, (sent) => ({ afterMs: 3000, outcome: ok(sent) })),
    );
    time.run(driver.closedLoop(2, 1_000_000));
    time.run(driver.drain(2_000_000));
    const before = driver.acknowledged.report().count;
    time.run(time.runtime.sleep(5000));
    expect(ledger.account(0)).toMatchObject({ acknowledged: 0, unfinished: 2 });
    expect(driver.acknowledged.report().count).toBe(before);
  });
});

/** Hands out `polls` one after the other, then nothing. */
function fakeConsumer(time: VirtualTime, polls: ConsumedRecord[][]): Consumer {
  return {
    *poll(timeoutMs: number) {
      const next = polls.shift();
      if (next === undefined) yield* time.runtime.sleep(timeoutMs);
      return next ?? [];
    },
  } as unknown as Consumer;
}

function recordAt(payloads: Payloads, offset: number, sequence = offset): ConsumedRecord {
  const [key, value] = [payloads.keyOf(sequence), payloads.valueOf(sequence)];
  return { topic: 'bench', partition: 0, offset, timestampMs: 0, key, value, headers: [], leaderEpoch: 0 };
}

test('following counts from the intended time, and gives up at the end what never came', () => {
  const { time, ledger, payloads, workload } = setUp((clock) => fakeProducer(clock, () => undefined));
  for (const intendedUs of [0, 100_000, 200_000])
    ledger.acknowledge(ledger.intend(intendedUs), 0, ledger.intended - 1);
  const consumer = fakeConsumer(time, [[recordAt(payloads, 0)], [recordAt(payloads, 1)]]);
  time.run(time.runtime.sleep(500));
  const follower = new FollowDriver({
    runtime: time.runtime,
    consumer,
    partitions: [],
    workload,
    ledger,
    payloads,
  });
  time.run(follower.follow(() => true, 3_000_000));
  expect(follower.delivered.report()).toMatchObject({ count: 3, censored: 1 });
  expect(follower.delivered.report().p50Us).toBeGreaterThanOrEqual(500_000);
  expect(follower.delivered.report().maxUs).toBeGreaterThanOrEqual(2_790_000);
  expect(ledger.undelivered).toBe(1);
});
