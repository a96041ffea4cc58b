// The knee: latency over rate until the objective breaks, and what was achieved of what was offered.

import type { Knee } from '../../bench/result.ts';
import { duration, number } from '../format.ts';
import { paragraph } from '../page.ts';
import {
  dots,
  frame,
  line,
  lineEntry,
  logAxis,
  markLines,
  narrow,
  type Plot,
  partColours,
  plot,
  wide,
  zeroAxis,
} from './chart.ts';
import { badgesOf, heading, type Section, type Told } from './section.ts';
import type { Targets } from './targets.ts';
import { drawable, tickDuration, tickValue, time } from './words.ts';

export function kneeSection({ bench, targets }: Told): Section {
  const blocks = bench.knees.flatMap((knee, index) => {
    const stamps = [...new Set(knee.points.flatMap((point) => point.stamps.map(({ name }) => name)))];
    const badges = stamps.map((text) => ({ text, kind: 'warn' as const, why: '' }));
    const said = badges.length === 0 ? [] : [`<p>At some rates: ${badgesOf(badges)}</p>`];
    const drawn =
      knee.points.length === 0 ? [] : [curve(knee, index, targets), achieved(knee, index, targets)];
    return [heading(knee.workload), paragraph(sentence(knee)), ...said, ...drawn];
  });
  return { id: 'knee', title: 'Knee: how far the latency objective holds', blocks };
}

function sentence({ objective, recordsPerSecond, failedAtRecordsPerSecond: failed }: Knee): string {
  const promise = `p${objective.percentile} of at most ${number(objective.latencyMs, 1)} ms`;
  if (recordsPerSecond === null) return `Objective: ${promise}. No rate that was tried met it.`;
  const between =
    failed === null
      ? 'no rate that was tried failed it, so the knee lies higher'
      : `the knee lies between this and ${number(failed)}, the lowest rate that failed`;
  return `Objective: ${promise}. It holds up to ${number(recordsPerSecond)} records/s; ${between}.`;
}

function sorted({ points }: Knee) {
  return points.toSorted((one, other) => one.offeredRecordsPerSecond - other.offeredRecordsPerSecond);
}

function curve(knee: Knee, index: number, targets: Targets): Plot {
  const points = sorted(knee);
  const { objective, recordsPerSecond } = knee;
  const names = ['p50', 'p99', 'p99.9'] as const;
  const of = { p50: 'p50Us', p99: 'p99Us', 'p99.9': 'p999Us' } as const;
  const promised = `p${objective.percentile}`;
  const colour = targets.colourOf(targets.ofRuns);
  const option = {
    ...frame([...names.map(lineEntry), 'met', 'failed'], { right: 60, top: 56 }),
    xAxis: zeroAxis('offered records per second', 30),
    yAxis: logAxis('latency', 60, tickDuration),
    series: [
      ...names.map((name, at) => ({
        ...line(name, partColours[at] as string, at),
        data: points.map((point) => [point.offeredRecordsPerSecond, drawable(point[of[name]])]),
        ...(at === 0
          ? {
              markLine: markLines('y', [{ at: objective.latencyMs * 1_000, text: `objective: ${promised}` }]),
            }
          : {}),
      })),
      ...[true, false].map((met) => ({
        ...dots(met ? 'met' : 'failed', met ? colour : 'var(--bad)', met ? 0 : 2, 9),
        data: points
          .filter((point) => point.met === met)
          .map((point) => [point.offeredRecordsPerSecond, drawable(point.objectiveUs)]),
        ...(met && recordsPerSecond !== null
          ? { markLine: markLines('x', [{ at: recordsPerSecond, text: 'knee' }], colour) }
          : {}),
      })),
    ],
  };
  const rows = points.map((point) => [
    ...[number(point.offeredRecordsPerSecond), number(point.achievedRecordsPerSecond)],
    ...[point.p50Us, point.p99Us, point.p999Us, point.objectiveUs].map(time),
    ...[point.met ? 'met' : 'failed', point.of, point.stamps.map(({ name }) => name).join(' ')],
  ]);
  const head = ['offered/s', 'achieved/s', 'p50', 'p99', 'p99.9', promised, 'objective', 'of', 'stamps'];
  const caption =
    `Latency over rate; dots are the ${promised} of the objective of ${duration(objective.latencyMs * 1_000)}` +
    ` (time on a log axis; n = ${points.length} rates)`;
  return plot(`k${index + 1}-curve`, caption, option, wide(340), { head, rows });
}

function achieved(knee: Knee, index: number, targets: Targets): Plot {
  const points = sorted(knee);
  const most = points.reduce((high, point) => Math.max(high, point.offeredRecordsPerSecond), 0);
  const colour = targets.colourOf(targets.ofRuns);
  const option = {
    ...frame(['achieved', lineEntry('all that was offered')], { left: 74, right: 30 }),
    xAxis: zeroAxis('offered records per second', 30, tickValue),
    yAxis: zeroAxis('achieved records per second', 56, tickValue),
    series: [
      {
        ...line('all that was offered', 'var(--ink)', 1),
        data: [
          [0, 0],
          [most, most],
        ],
      },
      {
        ...dots('achieved', colour),
        data: points.map((point) => [point.offeredRecordsPerSecond, point.achievedRecordsPerSecond]),
      },
    ],
  };
  const rows = points.map((point) => {
    const { offeredRecordsPerSecond: offered, achievedRecordsPerSecond: got } = point;
    return [number(offered), number(got), offered === 0 ? '-' : `${number((100 * got) / offered, 1)} %`];
  });
  const caption = `Offered and achieved (records/s; n = ${points.length} rates)`;
  return plot(`k${index + 1}-achieved`, caption, option, narrow(300), {
    head: ['offered/s', 'achieved/s', 'achieved of offered'],
    rows,
  });
}
