// The machine, and what it can do: each result beside the probes that ran in the same pattern, in the same run.

import type { BenchResult, WorkloadRun } from '../../bench/result.ts';
import { bytes, number, percent } from '../format.ts';
import { paragraph, table } from '../page.ts';
import { bars, categoryAxis, frame, ink, limitColour, type Plot, plot, wide, zeroAxis } from './chart.ts';
import { heading, type Section, type Told } from './section.ts';
import type { Targets } from './targets.ts';
import { cpu } from './words.ts';

export function machineSection(told: Told): Section {
  const drawn = told.runs
    .filter(({ run }) => run.limits.length > 0)
    .flatMap(({ run, id }) => [heading(run.name), limitsPlot(run, `${id}-limits`, told.targets)]);
  const read =
    'Each bar is what the machine did in the pattern of the workload and in the same run; the smallest' +
    ' limit binds. A share' +
    ' above 100 % means that the broker grouped more than the probe.';
  return {
    ...{ id: 'machine', title: 'Machine and its limits' },
    blocks: [
      machineTable(told.bench),
      ...disturbance(told),
      ...(drawn.length > 0 ? [paragraph(read, 'quiet'), ...drawn] : []),
    ],
  };
}

function machineTable({ environment }: BenchResult): string {
  const { node, platform, kernel, processor, cores, memoryBytes, disk, commit, version } = environment;
  return table(
    ['machine', ''],
    [
      ['processor', `${processor}, ${cores} cores`],
      ['memory', bytes(memoryBytes)],
      ['disk', disk ?? 'not known'],
      ['system', `${platform}, kernel ${kernel}`],
      ['Node', node],
      ['odradek', `${version}, commit ${commit ?? 'not known'}`],
    ],
  );
}

/** Who else was at work meanwhile. */
function disturbance({ runs }: Told): string[] {
  if (runs.length === 0) return [];
  const rows = runs.map(({ run }) => [
    run.name,
    { right: cpu(run.machine.othersCpuPercent) },
    { right: cpu(run.machine.stolenCpuPercent) },
  ]);
  return [
    table(['meanwhile, of one core', { right: 'other processes' }, { right: 'taken by the host' }], rows),
  ];
}

function limitsPlot(run: WorkloadRun, id: string, targets: Targets): Plot {
  const { share, throughput } = run;
  const result = {
    ...{ name: 'result', value: throughput.megabytesPerSecond, colour: targets.colourOf(targets.ofRuns) },
    ...{ what: `${number(throughput.recordsPerSecond)} records/s`, cpu: '', operations: '' },
  };
  const limits = run.limits.map((limit) => ({
    ...{ name: limit.of, value: limit.megabytesPerSecond, colour: limitColour, what: limit.pattern },
    cpu: limit.cpuUsPerRecord === null ? '-' : number(limit.cpuUsPerRecord, 2),
    operations: number(limit.operationsPerSecond),
  }));
  const rows = [result, ...limits.toSorted((one, other) => one.value - other.value)];
  const of = (value: number) =>
    share === null || share.limitMegabytesPerSecond === 0
      ? '-'
      : percent(value / share.limitMegabytesPerSecond);
  const text = (value: number) => `${number(value, 1)} MB/s${share === null ? '' : `, ${of(value)}`}`;
  const option = {
    ...frame([], { left: 120, right: 150, top: 6, bottom: 44 }),
    xAxis: zeroAxis('MB per second', 28),
    yAxis: {
      ...categoryAxis(
        '',
        0,
        rows.map(({ name }) => name),
      ),
      inverse: true,
    },
    series: [
      {
        ...bars('MB/s', limitColour),
        barMaxWidth: 22,
        label: {
          ...{ show: true, position: 'right', color: ink },
          formatter: ({ dataIndex }: { dataIndex: number }) => text(rows[dataIndex]?.value ?? 0),
        },
        data: rows.map(({ value, colour }) => ({ value, itemStyle: { color: colour } })),
      },
    ],
  };
  const head = ['what', 'MB/s', 'of the binding limit', 'operations/s', 'CPU us/record', 'how'];
  const twin = rows.map(({ name, value, what, cpu, operations }) => [
    ...[name, number(value, 1), of(value), operations, cpu, what],
  ]);
  const binding =
    share === null
      ? 'no limit was measured'
      : `${percent(share.share)} of the ${share.binding} limit, which binds`;
  const caption = `Speed of light: ${binding} (MB/s; n = 1 run, each probe once)`;
  return plot(id, caption, option, wide(54 + rows.length * 34), { head, rows: twin });
}
