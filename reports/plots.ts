// The plots of a benchmark, as SVG made by echarts on the server side. Colours are CSS variables, so that one picture
// serves light, dark and paper. What echarts numbers through the life of a process (ids, classes) is renamed after
// the plot: the same stored run gives the same bytes, whatever was rendered before.
//
// Log axes are echarts' own: the percentile curve is drawn over 1/(1-p), so that each further nine is one decade.

import { type EChartsCoreOption, init } from 'echarts';
import type { LatencyReport, SecondLatency, SecondReport, WorkloadRun } from '../bench/result.ts';
import { html } from './escape.ts';
import { duration, number, percent } from './format.ts';

const width = 900;
const ink = 'var(--ink)';
const faint = 'var(--line)';
const colours = ['var(--c1)', 'var(--c2)', 'var(--c3)', 'var(--c4)'];
const font = 'system-ui, sans-serif';

export interface Plot {
  readonly id: string;
  readonly title: string;
  readonly svg: string;
  /** The same numbers as a table: head, then rows. */
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
}

/** Points of a series, and rows of the table under it. */
const pointsMax = 300;

/** Every plot of a workload for which there are numbers. */
export function plotsOf(run: WorkloadRun, id: string): Plot[] {
  const plots = [limitsPlot(run, `${id}-limits`), throughputPlot(run, `${id}-throughput`)];
  const drawn = run.latencies.filter(({ whole }) => whole.curve.length > 0);
  if (drawn.length > 0) plots.push(percentilePlot(drawn, `${id}-percentiles`));
  for (const latency of drawn) {
    if (latency.perSecond.some(({ p99Us }) => p99Us !== null)) {
      plots.push(latencyPlot(latency, `${id}-latency-${latency.of}`));
    }
  }
  return plots;
}

function throughputPlot(run: WorkloadRun, id: string): Plot {
  const { throughput } = run;
  const { seconds, every } = gathered(run.seconds, (of) => ({
    ...(of[0] as SecondReport),
    records: Math.round(of.reduce((sum, second) => sum + second.records, 0) / of.length),
    bytes: Math.round(of.reduce((sum, second) => sum + second.bytes, 0) / of.length),
  }));
  const warm = run.seconds.filter(({ phase }) => phase === 'warm-up').length;
  const offered = throughput.offeredRecordsPerSecond;
  const option: EChartsCoreOption = {
    ...frame(['records/s', ...(offered === null ? [] : ['offered'])]),
    xAxis: {
      ...axis('second of the load'),
      type: 'category',
      data: seconds.map(({ second }) => String(second)),
    },
    yAxis: {
      ...axis('records per second'),
      type: 'value',
      min: 0,
      axisLabel: label((value) => number(value)),
    },
    series: [
      {
        ...line('records/s', 0),
        type: 'bar',
        data: seconds.map(({ records, phase }) => ({
          value: records,
          itemStyle: { color: colours[0], opacity: phase === 'warm-up' ? 0.35 : 1 },
        })),
      },
      ...(offered === null ? [] : [{ ...line('offered', 1), data: seconds.map(() => offered) }]),
    ],
  };
  const pale = warm === 0 ? '' : `; the first ${warm} (pale) are the warm-up and do not count`;
  const head = ['second', 'phase', 'records', 'bytes', 'broker CPU', 'client CPU'];
  const rows = seconds.map((second) => [
    String(second.second),
    second.phase,
    number(second.records),
    number(second.bytes),
    cpu(second.brokerCpuPercent),
    cpu(second.clientCpuPercent),
  ]);
  return plot(
    id,
    `Throughput by the second (n = ${run.seconds.length} seconds${pale}${every('mean')})`,
    option,
    260,
    { head, rows },
  );
}

function percentilePlot(latencies: readonly LatencyReport[], id: string): Plot {
  // echarts guesses the width of letters here: short names do not run into each other.
  const legend = latencies.map(({ of }) => latencyNames[of]);
  const names = latencies.map(latencyName);
  const option: EChartsCoreOption = {
    ...frame(legend),
    xAxis: {
      ...axis('percentile, one decade for each further nine'),
      type: 'log',
      logBase: 10,
      min: 1,
      axisLabel: label(percentileLabel),
    },
    yAxis: { ...axis('latency'), type: 'log', logBase: 10, axisLabel: label(tickDuration) },
    series: latencies.map((latency, index) => ({
      ...line(legend[index] as string, index),
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
  return plot(id, `Latency by percentile (n = ${counts})`, option, 320, { head, rows });
}

function latencyPlot(latency: LatencyReport, id: string): Plot {
  const { seconds: perSecond, every } = gathered(latency.perSecond, worst);
  const option: EChartsCoreOption = {
    ...frame(['p50', 'p99', 'max']),
    xAxis: {
      ...axis('second of the load'),
      type: 'category',
      data: perSecond.map(({ second }) => String(second)),
    },
    yAxis: { ...axis('latency'), type: 'log', logBase: 10, axisLabel: label(tickDuration) },
    series: [
      { ...line('p50', 0), data: perSecond.map(({ p50Us }) => drawable(p50Us)) },
      { ...line('p99', 1), data: perSecond.map(({ p99Us }) => drawable(p99Us)) },
      { ...line('max', 2), data: perSecond.map(({ maxUs }) => drawable(maxUs)) },
    ],
  };
  const rows = perSecond.map(({ second, count, censored, p50Us, p99Us, maxUs }) => [
    ...[String(second), number(count), number(censored)],
    ...[p50Us, p99Us, maxUs].map(time),
  ]);
  const head = ['second', 'n', 'censored', 'p50', 'p99', 'max'];
  return plot(id, `${capital(latencyName(latency))} by the second${every('worst')}`, option, 260, {
    head,
    rows,
  });
}

/** The result between the limits that the machine set in the same run. */
function limitsPlot(run: WorkloadRun, id: string): Plot {
  const bars = [
    { name: 'this run', value: run.throughput.megabytesPerSecond, colour: colours[0], what: run.name },
    ...run.limits.map((limit) => ({
      name: `${limit.of} probe`,
      value: limit.megabytesPerSecond,
      colour: colours[3],
      what: limit.pattern,
    })),
  ];
  const option: EChartsCoreOption = {
    ...frame([]),
    grid: { left: 110, right: 90, top: 10, bottom: 44 },
    xAxis: { ...axis('MB per second'), type: 'value', min: 0, axisLabel: label((value) => number(value)) },
    yAxis: { type: 'category', data: bars.map(({ name }) => name).reverse(), ...line0 },
    series: [
      {
        ...line('MB/s', 0),
        type: 'bar',
        barMaxWidth: 26,
        label: { show: true, position: 'right', color: ink, fontFamily: font, formatter: megabytesLabel },
        data: bars.map(({ value, colour }) => ({ value, itemStyle: { color: colour } })).reverse(),
      },
    ],
  };
  const { share } = run;
  const of = (value: number) => (share === null ? '' : percent(value / share.limitMegabytesPerSecond));
  const rows = bars.map(({ name, value, what }) => [name, number(value, 1), of(value), what]);
  const table = { head: ['what', 'MB/s', 'share of the smaller limit', 'how'], rows };
  const binding =
    share === null ? 'no limit was measured' : `${percent(share.share)} of the ${share.binding} probe`;
  return plot(id, `Speed of light: ${binding}`, option, 60 + bars.length * 40, table);
}

/**
 * A long series, gathered so that picture and table stay readable; `every` says so in the title. Percentiles are never
 * averaged: of several seconds the worst stands for all.
 */
function gathered<T>(series: readonly T[], gather: (several: readonly T[]) => T) {
  const size = Math.ceil(series.length / pointsMax);
  if (size <= 1) return { seconds: series, every: () => '' };
  const seconds = Array.from({ length: Math.ceil(series.length / size) }, (_, at) =>
    gather(series.slice(at * size, (at + 1) * size)),
  );
  return { seconds, every: (how: string) => `; the ${how} of every ${size} seconds` };
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

// ---- drawing

function plot(
  id: string,
  title: string,
  option: EChartsCoreOption,
  height: number,
  table: Plot['table'],
): Plot {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, textStyle: { fontFamily: font, color: ink }, ...option });
  const drawn = chart.renderToSVGString({ useViewBox: true });
  chart.dispose();
  return { id, title, svg: settled(drawn, id, title), table };
}

/**
 * Renames what echarts counts through the life of the process, takes away how it answers to a pointer (this page has no
 * script to do the rest), and names the picture for those who do not see it.
 */
function settled(svg: string, id: string, title: string): string {
  const names = new Map<string, string>();
  const still = svg.replace(/<style[\s\S]*?<\/style>\s*/g, '').replace(/ class="[^"]*"/g, '');
  const renamed = still.replace(/\bzr\d+-[\w-]+/g, (name) => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const given = `${id}-${names.size}`;
    names.set(name, given);
    return given;
  });
  return renamed
    .replace(
      /^<svg [^>]*?(viewBox="[^"]*")[^>]*>/,
      `<svg class="plot" $1 role="img" aria-label="${html(title)}">`,
    )
    .replace(/<rect width="\d+" height="\d+" x="0" y="0" [^>]*fill="none"><\/rect>\n?/, '');
}

function frame(legend: readonly string[]): EChartsCoreOption {
  const shown = {
    data: [...legend],
    top: 0,
    left: 80,
    itemGap: 60,
    textStyle: { color: ink, fontFamily: font },
  };
  return {
    color: colours,
    backgroundColor: 'transparent',
    grid: { left: 80, right: 44, top: legend.length > 0 ? 34 : 12, bottom: 50 },
    ...(legend.length > 0 ? { legend: shown } : {}),
  };
}

const line0 = {
  axisLine: { lineStyle: { color: ink } },
  axisTick: { lineStyle: { color: ink } },
  axisLabel: { color: ink, fontFamily: font },
};

function axis(name: string) {
  return {
    ...line0,
    name,
    nameLocation: 'middle',
    nameGap: name.startsWith('latency') || name.startsWith('records') ? 60 : 30,
    nameTextStyle: { color: ink, fontFamily: font },
    splitLine: { lineStyle: { color: faint } },
  };
}

function label(formatter: (value: number) => string) {
  return { color: ink, fontFamily: font, formatter, hideOverlap: true };
}

function line(name: string, index: number) {
  const colour = colours[index % colours.length] as string;
  return {
    name,
    type: 'line',
    symbol: 'none',
    silent: true,
    emphasis: { disabled: true },
    lineStyle: { color: colour, width: 2, type: (['solid', 'dashed', 'dotted'] as const)[index % 3] },
    itemStyle: { color: colour },
  };
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

/** A tick of a log axis is a power of ten: no decimals. */
function tickDuration(us: number): string {
  if (us < 1_000) return `${number(us)} us`;
  return us < 1_000_000 ? `${number(us / 1_000)} ms` : `${number(us / 1_000_000)} s`;
}

function percentileLabel(decade: number): string {
  const digits = String(Math.round(decade)).length - 1;
  if (digits === 0) return '0 %';
  if (digits === 1) return '90 %';
  return digits === 2 ? '99 %' : `99.${'9'.repeat(digits - 2)} %`;
}

function megabytesLabel(parameters: { value: number }): string {
  return `${number(parameters.value, 1)} MB/s`;
}

/** A log axis has no place for 0 or for nothing. */
function drawable(us: number | null): number | null {
  return us === null ? null : Math.max(1, us);
}

const latencyNames = {
  acknowledge: 'acknowledgement',
  'end-to-end': 'end to end',
  poll: 'poll',
  'send-lateness': 'lateness of the generator',
};

export function latencyName({ of, fromIntendedTime }: LatencyReport): string {
  return `${latencyNames[of]} (${fromIntendedTime ? 'from the intended time' : 'service time'})`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function time(us: number | null): string {
  return us === null ? 'too few samples' : duration(us);
}

function cpu(value: number | null): string {
  return value === null ? 'not measured' : `${number(value)} %`;
}
