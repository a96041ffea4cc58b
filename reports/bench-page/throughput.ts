// Throughput: the ratios of all comparisons with their intervals, each round as a pair of dots, and each run by the
// second with its warm-up and its faults.

import type { FaultReport, SecondReport, WorkloadRun } from '../../bench/result.ts';
import { html } from '../escape.ts';
import { clipped, number } from '../format.ts';
import { badge, paragraph } from '../page.ts';
import {
  bars,
  categoryAxis,
  dots,
  frame,
  gathered,
  limitColour,
  line,
  lineEntry,
  markAreas,
  markLines,
  narrow,
  type Plot,
  plot,
  valueAxis,
  wide,
  zeroAxis,
} from './chart.ts';
import { confidenceText, type Metric, outcomeBadge, outcomeOf, ratio } from './facts.ts';
import { type Block, heading, type NamedComparison, perRun, type Section, type Told } from './section.ts';
import type { Targets } from './targets.ts';
import { capital, cpu, spaced, tickValue } from './words.ts';

export function throughputSection(told: Told): Section {
  const ratios = forestPlots(
    told.comparisons.filter(({ comparison }) => !comparison.same),
    told.targets,
    'ratios',
  );
  return {
    ...{ id: 'throughput', title: 'Throughput' },
    blocks: [
      ...(ratios.length > 0 ? [paragraph(ratiosRead, 'quiet')] : []),
      ...ratios,
      ...told.comparisons.flatMap((named) => slopes(named, told.targets)),
      ...perRun(told, ({ run, id }) => (run.seconds.length > 0 ? [secondsPlot(run, id, told.targets)] : [])),
    ],
  };
}

const ratiosRead =
  'A ratio is B over A inside one round, fresh processes on both sides. Of the metrics marked with an' +
  ' arrow up more is' +
  ' better, of those with an arrow down less. A line is the interval of the median ratio, a pale' +
  ' dot is one round.';

// ---- ratios

interface ForestRow {
  readonly name: string;
  readonly comparison: NamedComparison['comparison'];
  readonly metric: Metric;
}

/** Rows of one picture: more are not readable. */
const forestRowsMax = 24;
const nameCharacters = 46;

/** Every metric of every comparison as a row: median, interval, and the rounds themselves. */
export function forestPlots(named: readonly NamedComparison[], targets: Targets, id: string): Plot[] {
  const rows = named.flatMap(({ comparison }): ForestRow[] =>
    comparison.metrics
      .filter(({ medianRatio }) => medianRatio !== null)
      .map((metric) => ({
        name: `${spaced(metric.name)} ${arrow(metric)} ${comparison.workload}`,
        comparison,
        metric,
      })),
  );
  const pages = Math.ceil(rows.length / forestRowsMax);
  return Array.from({ length: pages }, (_, page) => {
    const shown = rows.slice(page * forestRowsMax, (page + 1) * forestRowsMax);
    const part = pages === 1 ? '' : `, part ${page + 1} of ${pages}`;
    return forestPlot(shown, targets, `${id}-${page + 1}`, part);
  });
}

function arrow({ better }: Metric): string {
  return better === 'higher' ? '\u2191' : '\u2193';
}

function forestPlot(rows: readonly ForestRow[], targets: Targets, id: string, part: string): Plot {
  const names = rows.map(({ name }) => clipped(name, nameCharacters));
  const all = rows.flatMap(({ metric }) => [metric.low ?? 1, metric.high ?? 1, ...metric.ratios, 1]);
  const span = Math.max(0.05, ...all.map((value) => Math.abs(value - 1))) * 1.05;
  const colour = ({ comparison }: ForestRow) => targets.colourOf(comparison.b);
  const option = {
    ...frame([], { left: 330, right: 30, top: 24, bottom: 48 }),
    xAxis: {
      ...valueAxis('B over A', 30, [Math.max(0, 1 - span), 1 + span], (value) =>
        number(value, span < 0.2 ? 3 : 2),
      ),
    },
    yAxis: {
      ...categoryAxis('', 0, names),
      inverse: true,
      axisLabel: { ...categoryAxis('', 0, []).axisLabel, interval: 0 },
    },
    series: [
      ...rows.flatMap((row, at) => {
        const { low, high } = row.metric;
        if (low === null || high === null) return [];
        const ends = [low, high].map((value) => [value, at]);
        return [{ ...line(`interval ${at}`, colour(row)), data: ends }];
      }),
      {
        ...dots('rounds', limitColour, 0, 5),
        data: rows.flatMap((row, at) =>
          row.metric.ratios.map((value) => ({
            value: [value, at],
            itemStyle: { color: colour(row), opacity: 0.35 },
          })),
        ),
      },
      {
        ...dots('median', limitColour, 3, 12),
        data: rows.map((row, at) => ({
          value: [row.metric.medianRatio, at],
          itemStyle: { color: colour(row) },
        })),
        markLine: markLines('x', [{ at: 1, text: 'equal' }], 'var(--ink)', 'start'),
      },
    ],
  };
  const table = rows.map(({ comparison, metric }) => {
    const { name, unit, ratios, medianRatio, low, high, signedRankP, verdict } = metric;
    const interval = [medianRatio, low, high].map((value) => (value === null ? '-' : ratio(value)));
    const p = signedRankP === null ? '-' : number(signedRankP, 4);
    const outcome =
      comparison.same && verdict === 'different' ? 'false difference' : outcomeOf(metric, comparison.same);
    return [comparison.question, `${spaced(name)} (${unit})`, String(ratios.length), ...interval, p, outcome];
  });
  const head = ['question', 'metric', 'rounds', 'median', 'low', 'high', 'signed-rank p', 'verdict'];
  const rounds = rows.map(({ metric }) => metric.ratios.length);
  const levels = [...new Set(rows.map(({ comparison }) => confidenceText(comparison.confidence)))];
  const level = levels.join(' or ');
  const [least, most] = [Math.min(...rounds), Math.max(...rounds)];
  const n = least === most ? `n = ${most} rounds` : `n = ${least} to ${most} rounds`;
  return plot(
    ...([id, `Ratios B over A with ${level} intervals (no unit; ${n}${part})`] as const),
    option,
    wide(80 + rows.length * 30),
    { head, rows: table },
  );
}

// ---- rounds

/** Metrics of a comparison whose rounds are drawn. */
const slopesMax = 4;

function slopes({ id, comparison }: NamedComparison, targets: Targets): Block[] {
  if (comparison.rounds.length === 0 || comparison.same) return [];
  const drawn = comparison.metrics.slice(0, slopesMax).flatMap((metric, index) => {
    const slope = slopePlot(comparison, metric, `${id}-slope-${index}`, targets);
    return slope === null ? [] : [slope];
  });
  const outcomes = comparison.metrics.map((metric) => {
    const { text, kind } = outcomeBadge(outcomeOf(metric, comparison.same));
    return `${html(spaced(metric.name))} ${badge(text, kind)}`;
  });
  const rest = comparison.metrics.length - slopesMax;
  const more =
    rest > 0 ? [paragraph(`The rounds of ${rest} further metrics are in bench.json.`, 'quiet')] : [];
  const notes = comparison.notes.map((note) => paragraph(note, 'quiet'));
  return [heading(comparison.question), `<p>${outcomes.join(', ')}</p>`, ...notes, ...drawn, ...more];
}

/** Each round as a pair of dots: A on the left, B on the right. */
function slopePlot(
  { a, b, rounds }: NamedComparison['comparison'],
  metric: Metric,
  id: string,
  targets: Targets,
): Plot | null {
  const pairs = rounds.map((round, index) => ({
    round: index + 1,
    order: round.order,
    a: round.a[metric.name] ?? null,
    b: round.b[metric.name] ?? null,
  }));
  const whole = pairs.filter((pair) => pair.a !== null && pair.b !== null);
  if (whole.length === 0) return null;
  const side = (name: string, value: number | null, at: number) => ({
    value: [at, value],
    itemStyle: { color: targets.colourOf(name) },
  });
  const digits = Math.max(...whole.map((pair) => Math.max(pair.a ?? 0, pair.b ?? 0))) < 100 ? 2 : 0;
  const option = {
    ...frame([], { left: 84, right: 24, bottom: 28 }),
    xAxis: categoryAxis('', 30, [`A: ${clipped(a, 18)}`, `B: ${clipped(b, 18)}`]),
    yAxis: zeroAxis(metric.unit, 64, (value) => (digits === 0 ? tickValue(value) : number(value, digits))),
    series: [
      ...whole.map((pair) => ({
        ...line(`round ${pair.round}`, limitColour, pair.order === 'AB' ? 0 : 1),
        lineStyle: { color: limitColour, width: 1, type: pair.order === 'AB' ? 'solid' : 'dashed' },
        data: [pair.a, pair.b],
      })),
      {
        ...dots('pairs', limitColour, 0, 7),
        data: whole.flatMap((pair) => [side(a, pair.a, 0), side(b, pair.b, 1)]),
      },
    ],
  };
  const write = (value: number | null) => (value === null ? 'not measured' : number(value, digits));
  const rows = pairs.map((pair) => [
    ...[String(pair.round), pair.order, write(pair.a), write(pair.b)],
    pair.a === null || pair.b === null || pair.a === 0 ? '-' : ratio(pair.b / pair.a),
  ]);
  const head = ['round', 'order', `A: ${a}`, `B: ${b}`, 'B over A'];
  const n = `n = ${whole.length} rounds; dashed: B ran first`;
  const caption = `${capital(spaced(metric.name))} by round (${metric.unit}; ${n})`;
  return plot(id, caption, option, narrow(230), { head, rows });
}

// ---- by the second

function secondsPlot(run: WorkloadRun, id: string, targets: Targets): Plot {
  const { throughput } = run;
  const { seconds, every } = gathered(run.seconds, meanSecond);
  const warm = run.seconds.filter(({ phase }) => phase === 'warm-up').length;
  const offered = throughput.offeredRecordsPerSecond;
  const colour = targets.colourOf(targets.ofRuns);
  const option = {
    ...frame(['records/s', ...(offered === null ? [] : [lineEntry('offered')])]),
    xAxis: categoryAxis(
      'second of the load',
      30,
      seconds.map(({ second }) => String(second)),
    ),
    yAxis: zeroAxis('records per second', 62),
    series: [
      {
        ...bars('records/s', colour),
        data: seconds.map(({ records, phase }) => ({
          value: records,
          itemStyle: { color: colour, opacity: phase === 'warm-up' ? 0.35 : 1 },
        })),
        ...faultAreas(run.faults, seconds),
      },
      ...(offered === null
        ? []
        : [{ ...line('offered', 'var(--ink)', 1), data: seconds.map(() => offered) }]),
    ],
  };
  const pale = warm === 0 ? '' : `; the first ${warm} (pale) are the warm-up and do not count`;
  const rows = seconds.map((second) => [
    String(second.second),
    second.phase,
    number(second.records),
    number(second.bytes),
    cpu(second.brokerCpuPercent),
    cpu(second.clientCpuPercent),
  ]);
  const head = ['second', 'phase', 'records', 'bytes', 'broker CPU', 'client CPU'];
  const n = `n = ${run.seconds.length} seconds${pale}${every('mean')}`;
  return plot(`${id}-throughput`, `Throughput by the second (records/s; ${n})`, option, wide(260), {
    head,
    rows,
  });
}

function meanSecond(of: readonly SecondReport[]): SecondReport {
  const mean = (name: 'records' | 'bytes') =>
    Math.round(of.reduce((sum, second) => sum + second[name], 0) / of.length);
  return { ...(of[0] as SecondReport), records: mean('records'), bytes: mean('bytes') };
}

/** Shades on the seconds in which a fault was on the broker, as far as they are in the series. */
export function faultAreas(faults: readonly FaultReport[], seconds: readonly { readonly second: number }[]) {
  const last = seconds.at(-1)?.second ?? -1;
  const inside = faults.filter(({ fromSecond }) => fromSecond < last + 1);
  if (inside.length === 0) return {};
  const nearest = (at: number) =>
    String((seconds.findLast(({ second }) => second <= at) ?? seconds[0])?.second ?? 0);
  return {
    markArea: markAreas(
      inside.map(({ fault, fromSecond, untilSecond }) => ({
        ...{ from: nearest(fromSecond), to: nearest(untilSecond), text: fault },
      })),
    ),
  };
}
