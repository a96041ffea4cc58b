// Scaling: each sweep as small pictures over what was changed, and, where producers or partitions were, the fit of
// the scalability law with its residuals.

import type { Sweep, WorkloadRun } from '../../bench/result.ts';
import { html } from '../escape.ts';
import { number, percent } from '../format.ts';
import { paragraph } from '../page.ts';
import {
  bars,
  categoryAxis,
  dots,
  frame,
  limitColour,
  line,
  lineEntry,
  logAxis,
  narrow,
  type Plot,
  partColours,
  plot,
  symbols,
  zeroAxis,
} from './chart.ts';
import { placeOf, runBadges, worstKind } from './facts.ts';
import { type Block, badgesOf, heading, type Section, type Told } from './section.ts';
import type { Targets } from './targets.ts';
import { type Fit, pointsMin, uslFit } from './usl.ts';
import { micro, tickDuration, tickValue, time } from './words.ts';

type SweepPoint = Sweep['points'][number];

export function scalingSection({ bench, targets }: Told): Section {
  const blocks = bench.sweeps.flatMap((sweep, index) => {
    if (sweep.points.length === 0) return [];
    const id = `s${index + 1}`;
    return [
      heading(`${sweep.name}: over ${sweep.over.join(', ')}`),
      ...doubts(sweep),
      ...metrics.flatMap((metric) => multiple(sweep, metric, `${id}-${metric.id}`, targets)),
      ...limitMultiple(sweep, `${id}-limit`, targets),
      ...scalability(sweep, id, targets),
    ];
  });
  return { id: 'scaling', title: 'Scaling', blocks };
}

function doubts({ points }: Sweep): string[] {
  const doubted = points.filter(({ run }) => worstKind(runBadges(run)) !== 'good');
  return doubted.map(
    ({ at, run }) => `<p class="quiet">${badgesOf(runBadges(run))} at ${html(placeOf(at))}</p>`,
  );
}

// ---- small multiples

interface Metric {
  readonly id: string;
  readonly name: string;
  readonly isTime: boolean;
  of(run: WorkloadRun): number | null;
  write(value: number | null): string;
}

const whole = (value: number | null) => (value === null ? 'not measured' : number(value));

const metrics: readonly Metric[] = [
  {
    ...{ id: 'records', name: 'records per second', isTime: false, write: whole },
    of: ({ throughput }) => throughput.recordsPerSecond,
  },
  {
    ...{ id: 'p99', name: 'p99 latency', isTime: true, write: time },
    of: ({ latencies }) => latencies[0]?.whole.p99Us ?? null,
  },
  {
    ...{ id: 'cpu', name: 'broker CPU, us per record', isTime: false, write: micro },
    of: ({ broker }) =>
      broker === null || broker.userUsPerRecord === null || broker.systemUsPerRecord === null
        ? null
        : broker.userUsPerRecord + broker.systemUsPerRecord,
  },
];

/** What a sweep is drawn over: the path whose numbers differ; points that agree in all else are one line. */
interface Lines {
  readonly path: string;
  readonly series: ReadonlyMap<string, readonly SweepPoint[]>;
  /** So wide that equal ratios should be equal distances. */
  readonly isLog: boolean;
}

/** null: nothing in it is a number, or the number is always the same. */
function linesOf({ over, points }: Sweep): Lines | null {
  const path = over.find((one) => {
    const values = points.map(({ at }) => at[one]);
    return values.every((value) => typeof value === 'number') && new Set(values).size > 1;
  });
  if (path === undefined) return null;
  const series = new Map<string, SweepPoint[]>();
  for (const point of points.toSorted((one, other) => Number(one.at[path]) - Number(other.at[path]))) {
    const { [path]: _, ...rest } = point.at;
    const name = placeOf(rest);
    series.set(name, [...(series.get(name) ?? []), point]);
  }
  const values = points.map(({ at }) => Number(at[path]));
  const least = Math.min(...values);
  return { path, series, isLog: least > 0 && Math.max(...values) / least >= 16 };
}

/** Lines of one picture that can be told apart. */
const seriesMax = 6;

function multiple(sweep: Sweep, metric: Metric, id: string, targets: Targets): Plot[] {
  const measured = sweep.points.filter(({ run }) => metric.of(run) !== null);
  if (measured.length === 0) return [];
  const lines = linesOf(sweep);
  const caption = `${metric.name} over ${lines?.path ?? sweep.over.join(', ')} (n = ${measured.length} runs)`;
  const rows = sweep.points.map(({ at, run }) => [
    ...sweep.over.map((path) => written(at[path])),
    metric.write(metric.of(run)),
    runBadges(run)
      .map(({ text }) => text)
      .join(' '),
  ]);
  const twin = { head: [...sweep.over, metric.name, 'stamps'], rows };
  const option = lines === null ? barsOption(sweep, metric, targets) : linesOption(lines, metric, targets);
  return [plot(id, caption, option, narrow(260), twin)];
}

function written(value: number | string | boolean | undefined): string {
  return typeof value === 'number' ? number(value, Number.isInteger(value) ? 0 : 2) : String(value ?? '-');
}

function linesOption({ path, series, isLog }: Lines, metric: Metric, targets: Targets) {
  const drawn = [...series].slice(0, seriesMax);
  const isOne = drawn.length === 1;
  const colour = (index: number) =>
    isOne ? targets.colourOf(targets.ofRuns) : (partColours[index % partColours.length] as string);
  const isTimeAxis = metric.isTime || isLog;
  return {
    ...frame(isOne ? [] : drawn.map(([name]) => name), { left: 74, right: 24 }),
    xAxis: isLog ? wideAxis(path, series) : zeroAxis(path, 30),
    yAxis: isTimeAxis
      ? logAxis(metric.isTime ? 'latency' : metric.name, 56, metric.isTime ? tickDuration : tickValue)
      : zeroAxis(metric.name, 56, tickValue),
    series: drawn.map(([name, points], index) => ({
      ...line(name, colour(index), index),
      ...{ symbol: 'circle', symbolSize: 6 },
      data: points.map(({ at, run }) => [Number(at[path]), positive(metric.of(run), isTimeAxis)]),
    })),
  };
}

/** Numbers of workers double from point to point, sizes grow tenfold: the ticks are where the points are. */
function wideAxis(path: string, series: Lines['series']) {
  const values = [...series.values()].flatMap((points) => points.map(({ at }) => Number(at[path])));
  const logBase = Math.max(...values) / Math.min(...values) > 200 ? 10 : 2;
  return { ...logAxis(path, 30, tickValue), logBase, min: 'dataMin', max: 'dataMax' };
}

/** A log axis has no place for zero. */
function positive(value: number | null, isLog: boolean): number | null {
  return value === null || (isLog && value <= 0) ? null : value;
}

function barsOption(sweep: Sweep, metric: Metric, targets: Targets) {
  const names = sweep.points.map(({ at }) => placeOf(at));
  const colour = targets.colourOf(targets.ofRuns);
  return {
    ...frame([], { left: 74, right: 24 }),
    xAxis: categoryAxis(
      sweep.over.join(', '),
      30,
      sweep.points.map(({ at }) => Object.values(at).map(written).join(', ')),
    ),
    yAxis: zeroAxis(metric.name, 56, metric.isTime ? tickDuration : tickValue),
    series: [
      { ...bars(metric.name, colour), barMaxWidth: 40, data: sweep.points.map(({ run }) => metric.of(run)) },
    ],
    aria: { label: { description: names.join('; ') } },
  };
}

/** MB/s over the size of a record, between the limits that were measured at each size. */
function limitMultiple(sweep: Sweep, id: string, targets: Targets): Block[] {
  const lines = linesOf(sweep);
  if (lines === null || !lines.path.endsWith('bytes') || lines.series.size !== 1) return [];
  const points = [...lines.series.values()][0] as readonly SweepPoint[];
  const limits = [...new Set(points.flatMap(({ run }) => run.limits.map(({ of }) => of)))];
  const limitAt = ({ run }: SweepPoint, of: string) =>
    run.limits.find((limit) => limit.of === of)?.megabytesPerSecond ?? null;
  const x = ({ at }: SweepPoint) => Number(at[lines.path]);
  const option = {
    ...frame(['result', ...limits], { left: 74, right: 24, top: limits.length > 2 ? 62 : 34 }),
    xAxis: lines.isLog ? wideAxis(lines.path, lines.series) : zeroAxis(lines.path, 30),
    yAxis: logAxis('MB per second', 56, tickValue),
    series: [
      {
        ...line('result', targets.colourOf(targets.ofRuns)),
        ...{ symbol: 'circle', symbolSize: 6 },
        data: points.map((point) => [x(point), positive(point.run.throughput.megabytesPerSecond, true)]),
      },
      ...limits.map((of, index) => ({
        ...line(of, limitColour, 1 + index),
        ...{ symbol: symbols[(1 + index) % symbols.length] as string, symbolSize: 7 },
        data: points.map((point) => [x(point), positive(limitAt(point, of), true)]),
      })),
    ],
  };
  const rows = points.map((point) => [
    ...[number(x(point)), number(point.run.throughput.megabytesPerSecond, 1)],
    ...limits.map((of) => {
      const value = limitAt(point, of);
      return value === null ? '-' : number(value, 1);
    }),
  ]);
  const caption = `MB/s and its limits over ${lines.path} (n = ${points.length} runs)`;
  return [plot(id, caption, option, narrow(280), { head: [lines.path, 'MB/s', ...limits], rows })];
}

// ---- scalability

/** Paths whose number is a number of workers, as the law wants it. */
const workers = /(^|\.)(producers|consumers|partitions|generatorProcesses|brokers)$/;

function scalability(sweep: Sweep, id: string, targets: Targets): Block[] {
  const lines = linesOf(sweep);
  if (lines === null || !workers.test(lines.path) || lines.series.size !== 1) return [];
  const points = [...lines.series.values()][0] as readonly SweepPoint[];
  const measured = points
    .map(({ at, run }) => ({ n: Number(at[lines.path]), rate: run.throughput.recordsPerSecond }))
    .filter(({ n, rate }) => n > 0 && rate > 0);
  const fit = uslFit(measured);
  if (fit === null) {
    const wanted = `${pointsMin} different points above zero, and a curve that fits`;
    return [paragraph(`No scalability law was fitted: it needs ${wanted}.`, 'quiet')];
  }
  return [
    paragraph(fitSentence(fit)),
    uslPlot(lines.path, measured, fit, `${id}-usl`, targets),
    residualPlot(lines.path, measured, fit, `${id}-residuals`, targets),
  ];
}

function fitSentence({ lambda, sigma, kappa, peak, residuals }: Fit): string {
  const worst = residuals.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  const most = peak === null ? 'the curve has no peak' : `the peak of the curve is at N = ${number(peak, 1)}`;
  const above = sigma < 0 ? ' A negative sigma means that more workers made each other faster.' : '';
  return (
    `Universal scalability law: lambda ${number(lambda)} records/s, sigma ${number(sigma, 4)} (waiting` +
    ` for one another), ` +
    `kappa ${number(kappa, 6)} (agreeing with one another); ${most}; the largest residual is` +
    ` ${percent(worst)}.${above}`
  );
}

type Measured = readonly { readonly n: number; readonly rate: number }[];

function uslPlot(path: string, measured: Measured, fit: Fit, id: string, targets: Targets): Plot {
  const most = measured.reduce((high, { n }) => Math.max(high, n), 1);
  const curve = Array.from({ length: 61 }, (_, step) => (most * step) / 60).map((n) => [
    n,
    n === 0 ? 0 : fit.at(n),
  ]);
  const option = {
    ...frame(['measured', lineEntry('fitted'), lineEntry('linear')], { left: 74, right: 24 }),
    xAxis: zeroAxis(path, 30),
    yAxis: { ...zeroAxis('records per second', 56, tickValue), max: ceiling(measured, fit) },
    series: [
      { ...line('fitted', 'var(--ink)'), data: curve },
      {
        ...line('linear', limitColour, 1),
        clip: true,
        data: [
          [0, 0],
          [most, most * fit.lambda],
        ],
      },
      {
        ...dots('measured', targets.colourOf(targets.ofRuns)),
        data: measured.map(({ n, rate }) => [n, rate]),
      },
    ],
  };
  const rows = measured.map(({ n, rate }, index) => [
    ...[number(n), number(rate), number(fit.at(n))],
    `${number(100 * (fit.residuals[index] as number), 2)} %`,
  ]);
  const head = [path, 'measured/s', 'fitted/s', 'residual'];
  const caption = `Scalability law over ${path} (records/s; n = ${measured.length} runs)`;
  return plot(id, caption, option, narrow(280), { head, rows });
}

/** The line of linear scaling may leave the picture; the points may not. */
function ceiling(measured: Measured, fit: Fit): number {
  return Math.round(1.15 * measured.reduce((most, { n, rate }) => Math.max(most, rate, fit.at(n)), 1));
}

function residualPlot(path: string, measured: Measured, fit: Fit, id: string, targets: Targets): Plot {
  const percents = fit.residuals.map((residual) => 100 * residual);
  const option = {
    ...frame([], { left: 74, right: 24 }),
    xAxis: categoryAxis(
      path,
      30,
      measured.map(({ n }) => number(n)),
    ),
    yAxis: { ...zeroAxis('residual, %', 50, (value) => number(value, 1)), min: null },
    series: [{ ...bars('residual', targets.colourOf(targets.ofRuns)), barMaxWidth: 24, data: percents }],
  };
  const rows = measured.map(({ n }, index) => [number(n), `${number(percents[index] as number, 2)} %`]);
  const caption = `Residuals of the fit (measured over fitted minus 1, in %; n = ${measured.length} runs)`;
  return plot(id, caption, option, narrow(280), { head: [path, 'residual'], rows });
}
