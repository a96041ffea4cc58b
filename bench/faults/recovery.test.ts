import { describe, expect, test } from 'vitest';
import { type Workload, workloadSchema } from '../workload.ts';
import { Flow } from './flow.ts';
import { drainReportOf, faultReports } from './recovery.ts';

const produce: Workload = workloadSchema.parse({
  kind: 'produce',
  load: { loop: 'open', recordsPerSecond: 1000, arrivals: 'uniform' },
  warmupSeconds: 1,
  durationSeconds: 9,
  drainSeconds: 2,
});

/** One record a millisecond for ten seconds; the one meant for `ms` is done when `doneMs` says, or never. */
function flowOf(doneMs: (ms: number) => number | undefined): Flow {
  const flow = new Flow();
  for (let ms = 0; ms < 10_000; ms++) {
    flow.meant(ms * 1000);
    const done = doneMs(ms);
    if (done !== undefined) flow.done(done * 1000);
  }
  return flow;
}

const pauseFrom3To5 = [{ fault: 'pause' as const, what: 'a test', fromUs: 3_000_000, untilUs: 5_000_000 }];

describe('what came of a fault', () => {
  test('a backlog of what arrived meanwhile, and the time until it was gone', () => {
    // Done a millisecond after it was meant; what arrives from second 3 on is worked off at 2 records a ms from 5 on.
    const flow = flowOf((ms) => (ms < 3000 ? ms + 1 : Math.max(ms + 1, 5001 + (ms - 3000) / 2)));
    const [report] = faultReports(pauseFrom3To5, flow, produce);
    expect(report).toMatchObject({ fault: 'pause', fromSecond: 3, untilSecond: 5, recoveredAfterSeconds: 0 });
    expect(report?.backlogMaxRecords).toBeGreaterThanOrEqual(2000);
    expect(report?.backlogMaxRecords).toBeLessThanOrEqual(2002);
    // 2000 waiting and 1 more a millisecond, 2 a millisecond done: two seconds.
    expect(report?.drainedAfterSeconds).toBeCloseTo(2, 2);
  });

  test('throughput that comes back late counts from the end of the fault', () => {
    // Nothing before second 6.2, though the fault ends at 5.
    const flow = flowOf((ms) => (ms < 3000 ? ms + 1 : Math.max(ms + 1, 6200 + (ms - 3000) / 100)));
    const [report] = faultReports(pauseFrom3To5, flow, produce);
    expect(report?.answeredAfterSeconds).toBeCloseTo(1.2, 2);
    // A window of half a second is full as soon as the burst lies in it.
    expect(report?.recoveredAfterSeconds).toBeGreaterThan(0.6);
    expect(report?.recoveredAfterSeconds).toBeLessThanOrEqual(1.2);
  });

  test('what never comes back is null, and never 0', () => {
    const flow = flowOf((ms) => (ms < 3000 ? ms + 1 : undefined));
    const [report] = faultReports(pauseFrom3To5, flow, produce);
    expect(report).toMatchObject({
      answeredAfterSeconds: null,
      recoveredAfterSeconds: null,
      drainedAfterSeconds: null,
    });
    expect(report?.backlogMaxRecords).toBeGreaterThanOrEqual(6999);
  });

  test('half the throughput is not recovered', () => {
    const flow = flowOf((ms) => (ms < 3000 ? ms + 1 : 5001 + (ms - 3000) * 2));
    expect(faultReports(pauseFrom3To5, flow, produce)[0]?.recoveredAfterSeconds).toBeNull();
  });

  test('a fault is judged by the time before it that had none', () => {
    const second = { fault: 'kill' as const, what: 'a test', fromUs: 7_000_000, untilUs: 7_500_000 };
    const flow = flowOf((ms) => (ms < 3000 || ms >= 5000 ? ms + 1 : 5001));
    const [first, other] = faultReports([...pauseFrom3To5, second], flow, produce);
    expect(first?.drainedAfterSeconds).toBeLessThan(0.01);
    // Nothing really happened in the second one.
    expect(other).toMatchObject({ recoveredAfterSeconds: 0, drainedAfterSeconds: 0 });
    expect(other?.backlogMaxRecords).toBeLessThan(5);
  });
});

describe('a backlog', () => {
  const workload = workloadSchema.parse({
    kind: 'end-to-end',
    load: { loop: 'open', recordsPerSecond: 1000 },
    backlogRecords: 5000,
    warmupSeconds: 0,
    durationSeconds: 4,
  }) as Extract<Workload, { kind: 'end-to-end' }>;

  function drained(readPerMs: number) {
    const [written, read] = [new Flow(), new Flow()];
    let left = 5000;
    for (let ms = 0; ms < 4000; ms++) {
      written.done(ms * 1000);
      left++;
      const taken = Math.min(left, readPerMs);
      read.done(ms * 1000, taken);
      left -= taken;
    }
    return drainReportOf(5000, written, read, workload);
  }

  test('is worked off at what the consumer has over the producers', () => {
    const { drainedAfterSeconds, curve } = drained(3);
    // 2 a millisecond more than come; up with the producers when 100 are left.
    expect(drainedAfterSeconds).toBeCloseTo(2.45, 2);
    expect(curve[0]).toEqual({ second: 0, backlogRecords: 5000 });
    expect(curve[10]).toEqual({ second: 1, backlogRecords: 3000 });
    expect(curve).toHaveLength(41);
  });

  test('that stays is told as such', () => {
    expect(drained(1).drainedAfterSeconds).toBeNull();
  });
});

test('many records and late ones are counted in the thousandth in which they happen', () => {
  const flow = new Flow();
  flow.done(40_000_500, 7);
  flow.done(0, 2);
  const done = flow.doneBefore(41_000_000);
  expect([done[0], done[1], done[40_000], done[40_001]]).toEqual([0, 2, 2, 9]);
});
