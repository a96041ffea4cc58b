// Latency: by percentile (each further nine one decade), as a map of time and latency, and by the second.

import type { LatencyReport, SecondLatency, WorkloadRun } from '../../bench/result.ts';
import { number } from '../format.ts';
import { paragraph } from '../page.ts';
import {
  categoryAxis,
  frame,
  gathered,
  line,
  lineEntry,
  logAxis,
  type Plot,
  partColours,
  plot,
  wide,
} from './chart.ts';
import { heatPlot } from './heat.ts';
import { type Block, perRun, type Section, type Told } from './section.ts';
import { faultAreas } from './throughput.ts';
import { capital, drawable, latencyName, latencyShort, tickDuration, time } from './words.ts';

export function latencySection(told: Told): Section {
  const blocks = perRun(told, ({ run, id }) => {
    const drawn = run.latencies.filter(({ whole }) => whole.curve.length > 0);
    if (drawn.length === 0) return [];
    return [
      percentilePlot(drawn, `${id}-percentiles`),
      ...drawn.flatMap((latency, at) => seconds(run, latency, `${id}-${at}`)),
    ];
  });
  const isCorrected = told.runs.some(({ run }) => run.latencies.some((latency) => latency.fromIntendedTime));
  const read = isCorrected ? `${corrected} ${service}` : service;
  return {
    ...{ id: 'latency', title: 'Latency' },
    blocks: blocks.length === 0 ? [] : [paragraph(read, 'quiet'), ...blocks],
  };
}

const corrected =
  'From the intended time (corrected): the time that a record waited for its turn is in it, as its user feels it.';
const service = 'Service time: from the send itself; it says nothing of what a user waits at a given rate.';

function seconds(run: WorkloadRun, latency: LatencyReport, id: string): Block[] {
  const heat = latency.of === 'send-lateness' ? null : heatPlot(latency, `${id}-heat`);
  const hasSeconds = latency.perSecond.some(({ p99Us }) => p99Us !== null);
  return [
    ...(heat === null ? [] : [heat]),
    ...(hasSeconds ? [secondsPlot(run, latency, `${id}-seconds`)] : []),
  ];
}

function percentilePlot(latencies: readonly LatencyReport[], id: string): Plot {
  const legend = latencies.map((latency) => latencyShort(latency, latencies));
  const names = latencies.map(latencyName);
  const option = {
    ...frame(legend.map(lineEntry)),
    xAxis: { ...logAxis('percentile, one decade for each further nine', 30, percentileLabel), min: 1 },
    yAxis: logAxis('latency', 60, tickDuration),
    series: latencies.map((latency, index) => ({
      ...line(legend[index] as string, partColours[index % partColours.length] as string, index),
      data: curveOf(latency),
    })),
  };
  const head = ['latency', 'n', 'censored', 'min', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max'];
  const rows = latencies.map((latency, index) => {
    const { count, censored, minUs, p50Us, p90Us, p99Us, p999Us, p9999Us, maxUs } = latency.whole;
    const times = [minUs, p50Us, p90Us, p99Us, p999Us, p9999Us, maxUs];
    return [names[index] as string, number(count), number(censored), ...times.map(time)];
  });
  const counts = latencies.map(({ whole }) => number(whole.count)).join(', ');
  return plot(id, `Latency by percentile (time on a log axis; n = ${counts})`, option, wide(320), {
    head,
    rows,
  });
}

function curveOf({ whole }: LatencyReport): [number, number][] {
  return whole.curve
    .map(({ percentile, us }): [number, number] => {
      const beyond = 1 - percentile / 100;
      // The largest of n samples lies at 1 - 1/n: there is no place for 100 %.
      return [beyond * whole.count < 1 ? Math.max(1, whole.count) : 1 / beyond, Math.max(1, us)];
    })
    .filter(([, us]) => Number.isFinite(us));
}

function percentileLabel(decade: number): string {
  const digits = String(Math.round(decade)).length - 1;
  if (digits === 0) return '0 %';
  if (digits === 1) return '90 %';
  return digits === 2 ? '99 %' : `99.${'9'.repeat(digits - 2)} %`;
}

function secondsPlot(run: WorkloadRun, latency: LatencyReport, id: string): Plot {
  const { seconds: perSecond, every } = gathered(latency.perSecond, worst);
  const names = ['p50', 'p99', 'max'] as const;
  const values = { p50: 'p50Us', p99: 'p99Us', max: 'maxUs' } as const;
  const option = {
    ...frame(names.map(lineEntry)),
    xAxis: categoryAxis(
      'second of the load',
      30,
      perSecond.map(({ second }) => String(second)),
    ),
    yAxis: logAxis('latency', 60, tickDuration),
    series: names.map((name, index) => ({
      ...line(name, partColours[index] as string, index),
      data: perSecond.map((second) => drawable(second[values[name]])),
      ...(index === 0 ? faultAreas(run.faults, perSecond) : {}),
    })),
  };
  const rows = perSecond.map(({ second, count, censored, p50Us, p99Us, maxUs }) => [
    ...[String(second), number(count), number(censored)],
    ...[p50Us, p99Us, maxUs].map(time),
  ]);
  const head = ['second', 'n', 'censored', 'p50', 'p99', 'max'];
  const n = `n = ${latency.perSecond.length} seconds, warm-up included${every('worst')}`;
  const caption = `${capital(latencyName(latency))} by the second (time on a log axis; ${n})`;
  return plot(id, caption, option, wide(260), { head, rows });
}

function worst(of: readonly SecondLatency[]): SecondLatency {
  const most = (name: 'p50Us' | 'p99Us' | 'maxUs') =>
    of.reduce<number | null>((high, second) => {
      const value = second[name];
      return value === null ? high : Math.max(high ?? 0, value);
    }, null);
  const sum = (name: 'count' | 'censored') => of.reduce((total, second) => total + second[name], 0);
  const whole = { p50Us: most('p50Us'), p99Us: most('p99Us'), maxUs: most('maxUs') };
  return { ...(of[0] as SecondLatency), ...whole, count: sum('count'), censored: sum('censored') };
}
