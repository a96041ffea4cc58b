// The proof without real time: a service that stands still for a second, under the real loop, schedule and histograms.

import { describe, expect, test } from 'vitest';
import { ProduceDriver } from '../drivers/produce.ts';
import { fakeProducer, ok, VirtualTime } from '../drivers/testing-time.ts';
import { Ledger } from '../ledger.ts';
import { Payloads } from '../payload.ts';
import { SeededRandom } from '../random.ts';
import type { LatencyReport, WorkloadRun } from '../result.ts';
import { scheduleOf } from '../schedule.ts';
import { type Workload, workloadSchema } from '../workload.ts';
import { Flow } from './flow.ts';
import { faultReports } from './recovery.ts';
import { stalledPercentileUs, stallReportOf } from './stall.ts';
import { faultLines } from './text.ts';

const fromMs = 3000;

function workloadOf(load: object): Workload {
  return workloadSchema.parse({
    kind: 'produce',
    load,
    record: { bytes: 100 },
    faults: [{ fault: 'pause', atSeconds: 2, forSeconds: 1 }],
    warmupSeconds: 1,
    durationSeconds: 5,
  });
}

/**
 * One server, first come first served, `servicesPerMs` records a millisecond, which does nothing from `fromMs` on for
 * `stallMs`.
 */
function stalledRun(workload: Workload, servicesPerMs: number, stallMs = 1000): WorkloadRun {
  const time = new VirtualTime();
  let freeMs = 0;
  const producer = fakeProducer(time, (sent, nowUs) => {
    freeMs = Math.max(freeMs, nowUs / 1000) + 1 / servicesPerMs;
    if (freeMs > fromMs && freeMs < fromMs + stallMs) freeMs = fromMs + stallMs + 1 / servicesPerMs;
    return { afterMs: freeMs - nowUs / 1000, outcome: ok(sent) };
  });
  const flow = new Flow();
  const driver = new ProduceDriver({
    runtime: time.runtime,
    producers: [producer],
    topic: 'bench',
    workload,
    payloads: new Payloads(workload.record, 'test'),
    ledger: new Ledger(1),
    startUs: 0,
    flow,
  });
  if (workload.kind === 'consume') throw new Error('nobody sends');
  const { load } = workload;
  if (load.loop === 'open')
    time.run(driver.openLoop(scheduleOf(load, new SeededRandom('stall/arrivals')), 6_000_000));
  else time.run(driver.closedLoop(load.outstandingRecords, 6_000_000));
  time.run(driver.drain(16_000_000));
  const happened = {
    fault: 'pause' as const,
    what: 'a test',
    fromUs: fromMs * 1000,
    untilUs: (fromMs + stallMs) * 1000,
  };
  const acknowledge: LatencyReport = {
    of: 'acknowledge',
    fromIntendedTime: load.loop === 'open',
    whole: driver.acknowledged.report(),
    perSecond: [],
  };
  const faults = faultReports([happened], flow, workload);
  return { workload, faults, latencies: [acknowledge], drain: null } as unknown as WorkloadRun;
}

describe('the analytic answer', () => {
  const stall = {
    durationSeconds: 10,
    stallSeconds: 1,
    answeredAfterSeconds: 0,
    drainedAfterSeconds: 0,
    usualUs: 0,
  };

  test('is a straight line over the share of records that the stall reaches', () => {
    expect(stalledPercentileUs(stall, 100)).toBe(1_000_000);
    expect(stalledPercentileUs(stall, 95)).toBeCloseTo(500_000, 3);
    expect(stalledPercentileUs(stall, 99)).toBeCloseTo(900_000, 3);
    expect(stalledPercentileUs(stall, 89.9)).toBeUndefined();
    expect(stalledPercentileUs(stall, 50)).toBeUndefined();
  });

  test('reaches more records when the backlog takes its time to go', () => {
    expect(stalledPercentileUs({ ...stall, drainedAfterSeconds: 1 }, 90)).toBeCloseTo(500_000, 3);
  });

  test('is higher when the broker answers late', () => {
    const late = { ...stall, answeredAfterSeconds: 0.1, drainedAfterSeconds: 0.1 };
    expect(stalledPercentileUs(late, 100)).toBeCloseTo(1_100_000, 3);
    expect(stalledPercentileUs(late, 99)).toBeCloseTo(1_000_000, 3);
  });
});

describe('a stall of a second at 10,000 records a second', () => {
  test.each([
    ['uniform', 'far faster than the load', 500],
    ['uniform', 'at twice the load', 20],
    ['poisson', 'far faster than the load', 500],
    ['poisson', 'at three times the load', 30],
  ])(
    'is reported within 2 %% of the analytic answer: %s arrivals, a server %s',
    (arrivals, _how, servicesPerMs) => {
      const run = stalledRun(workloadOf({ loop: 'open', recordsPerSecond: 10_000, arrivals }), servicesPerMs);
      const report = stallReportOf(run);
      expect(report?.rows.map(({ percentile }) => percentile)).toEqual([90, 95, 99, 99.5, 99.9, 100]);
      for (const { percentile, error } of report?.rows ?? [])
        expect(Math.abs(error), `p${percentile}`).toBeLessThan(0.02);
      expect(faultLines(run).flat().join('\n')).toContain('all within 2 %');
      expect(report?.clean).toBe(servicesPerMs === 500);
      // 1 s of 5 s, and so 90 % of the records wait less than half of it where the backlog goes at once.
      if (servicesPerMs === 500) expect(report?.rows[0]?.analyticUs).toBeCloseTo(510_000, -4);
    },
  );

  test('is not clean when the generator itself was late', () => {
    const run = stalledRun(workloadOf({ loop: 'open', recordsPerSecond: 10_000, arrivals: 'uniform' }), 500);
    const late = { of: 'send-lateness', fromIntendedTime: true, whole: { p99Us: 60_000 }, perSecond: [] };
    const doubted = { ...run, latencies: [...run.latencies, late as unknown as LatencyReport] };
    expect(stallReportOf(run)?.clean).toBe(true);
    expect(stallReportOf(doubted)?.clean).toBe(false);
    expect(faultLines(doubted).flat().join('\n')).toContain('NOT A CLEAN STALL');
  });

  test('does not agree when the stall was longer than is said', () => {
    const run = stalledRun(
      workloadOf({ loop: 'open', recordsPerSecond: 10_000, arrivals: 'uniform' }),
      500,
      1050,
    );
    const [told] = run.faults;
    const wrong = { ...run, faults: [{ ...(told as (typeof run.faults)[0]), untilSecond: 4 }] };
    expect(stallReportOf(wrong)?.agrees).toBe(false);
    expect(faultLines(wrong).flat().join('\n')).toContain('NOT WITHIN 2 %');
  });

  test('hardly shows in a closed loop, which is why none is asked of it', () => {
    const run = stalledRun(workloadOf({ loop: 'closed', outstandingRecords: 10 }), 10);
    const [acknowledge] = run.latencies;
    expect(acknowledge?.fromIntendedTime).toBe(false);
    // Ten slow records among ten thousands.
    expect(acknowledge?.whole.maxUs).toBeGreaterThan(900_000);
    expect(acknowledge?.whole.p999Us).toBeLessThan(10_000);
    expect(stallReportOf(run)).toBeUndefined();
  });
});
