// What a record costs: processor time of broker and generator apart, memory, garbage collection, and what the broker
// asked of the system.

import type { ProcessCost, WorkloadRun } from '../../bench/result.ts';
import { bytes, maybe, number } from '../format.ts';
import { type Cell, paragraph, table } from '../page.ts';
import { bars, categoryAxis, frame, type Plot, partColours, plot, wide, zeroAxis } from './chart.ts';
import { perRun, type Section, type Told } from './section.ts';
import { cpu, micro } from './words.ts';

export function costSection(told: Told): Section {
  if (told.runs.length === 0) return { id: 'cost', title: 'Cost', blocks: [] };
  const plotted = told.runs.flatMap(({ run }) => rowsOf(run));
  const blocks = perRun(told, ({ run }) => [...countsTable(run), ...start(run)]);
  return {
    ...{ id: 'cost', title: 'Cost' },
    blocks: [
      ...(plotted.length > 0 ? [costPlot(plotted)] : []),
      costTable(told.runs.map(({ run }) => run)),
      ...blocks,
    ],
  };
}

interface CostRow {
  readonly name: string;
  readonly user: number;
  readonly system: number;
}

function rowsOf({ name, broker, client }: WorkloadRun): CostRow[] {
  const row = (who: string, cost: ProcessCost | null): CostRow[] => {
    const user = cost?.userUsPerRecord ?? null;
    const system = cost?.systemUsPerRecord ?? null;
    return user === null || system === null ? [] : [{ name: `${who}: ${name}`, user, system }];
  };
  return [...row('broker', broker), ...row('generator', client)];
}

function costPlot(rows: readonly CostRow[]): Plot {
  const stacked = (part: 'user' | 'system', colour: string) => ({
    ...bars(part, colour),
    ...{ stack: 'cpu', barMaxWidth: 20, data: rows.map((row) => row[part]) },
  });
  const names = rows.map(({ name }) => name);
  const option = {
    ...frame(['user', 'system'], { left: 330, right: 40, bottom: 46 }),
    xAxis: zeroAxis('processor time per record, us', 30, (value) => number(value, value < 10 ? 1 : 0)),
    yAxis: {
      ...categoryAxis('', 0, names),
      inverse: true,
      axisLabel: { color: 'var(--ink)', width: 310, overflow: 'truncate', interval: 0 },
    },
    series: [stacked('user', partColours[0]), stacked('system', partColours[1])],
  };
  const twin = rows.map(({ name, user, system }) => [name, micro(user), micro(system), micro(user + system)]);
  return plot(
    'cost-cpu',
    `Processor time per record (us; n = ${rows.length} processes, 1 run each)`,
    option,
    wide(96 + rows.length * 28),
    {
      head: ['process', 'user us', 'system us', 'together us'],
      rows: twin,
    },
  );
}

function costTable(runs: readonly WorkloadRun[]): string {
  const row = (workload: string, process: string, of: ProcessCost | null): Cell[] => [
    ...[workload, process],
    { right: micro(of?.userUsPerRecord ?? null) },
    { right: micro(of?.systemUsPerRecord ?? null) },
    { right: cpu(of?.cpuPercent ?? null) },
    { right: maybe(of?.rssMaxBytes ?? null, bytes) },
  ];
  const heads = ['user, us/record', 'system, us/record', 'of one core', 'resident memory at most'];
  const rows = runs.flatMap(({ name, broker, client }) => [
    row(name, 'broker', broker),
    row(name, 'generator', client),
  ]);
  return table(['workload', 'process', ...heads.map((right) => ({ right }))], rows);
}

const counted: readonly (readonly [
  name: keyof NonNullable<WorkloadRun['brokerCounts']>,
  words: string,
  digits: number,
])[] = [
  ['requests', 'requests', 0],
  ['fsyncs', 'fsyncs', 0],
  ['produceRequestsPerFsync', 'produce requests acknowledged for each fsync', 2],
  ['fsyncsPerThousandRecords', 'fsyncs per 1,000 records', 3],
  ['readCallsPerThousandRecords', 'read calls per 1,000 records', 2],
  ['writeCallsPerThousandRecords', 'write calls per 1,000 records', 2],
  ['bytesWrittenPerByteReceived', 'bytes written for each byte received', 3],
  ['garbageCollections', 'garbage collections', 0],
  ['garbageCollectionMs', 'garbage collection, ms', 1],
];

function countsTable({ brokerCounts }: WorkloadRun): string[] {
  if (brokerCounts === null) return [];
  const rows = counted.map(([name, words, digits]): Cell[] => [
    words,
    { right: maybe(brokerCounts[name], (value) => number(value, digits)) },
  ]);
  return [table(['the broker, over the measured time', { right: 'count' }], rows)];
}

function start({ startToFirstAcknowledgedMs: ms }: WorkloadRun): string[] {
  if (ms === null) return [];
  return [
    paragraph(`From the start of the broker's process to the first acknowledged record: ${number(ms)} ms.`),
  ];
}
