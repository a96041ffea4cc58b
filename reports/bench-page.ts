// The page of a benchmark: the verdict on the ledger, then for each workload what was measured, against which limits
// of the machine, at what cost, and with which settings.

import type { BenchResult, ProcessCost, WorkloadRun } from '../bench/result.ts';
import { anchor, html } from './escape.ts';
import { bytes, duration, maybe, number, percent } from './format.ts';
import { badge, type Cell, command, details, figure, page, paragraph, table } from './page.ts';
import { latencyName, type Plot, plotsOf } from './plots.ts';
import { benchSentence } from './text.ts';

/** Workloads with plots; a page of more than that many is no page. */
const plottedMax = 24;

export function benchPage(bench: BenchResult): string {
  const { runs, target } = bench;
  const good = runs.length > 0 && runs.every(({ ledger }) => ledger.sound);
  const body = [
    '<h1>Odradek: a benchmark</h1>',
    `<p class="verdict ${good ? 'good' : 'bad'}">${html(benchSentence(bench))}</p>`,
    paragraph(target.kind === 'ours' ? `Our own broker: ${target.address}.` : `Against ${target.address}.`),
    '<h2 id="workloads">Workloads</h2>',
    overview(runs),
    paragraph(
      'Compare only inside one durability, on one machine, in one run. A share is of the smaller of the two probes,' +
        ' taken in the same run.',
      'quiet',
    ),
    '<h2 id="machine">Machine</h2>',
    machine(bench),
    ...runs.map((run, index) => workload(run, index)),
    '<h2 id="again">Again</h2>',
    command(againOf(bench)),
    paragraph(
      `Started ${bench.startedAt}; payloads from seed ${bench.seed}. Histograms (HDR V2) are in bench.json.`,
      'quiet',
    ),
  ];
  return page(`Odradek benchmark: ${benchSentence(bench)}`, body.join('\n'));
}

function overview(runs: readonly WorkloadRun[]): string {
  const rows = runs.map((run, index): Cell[] => {
    const { throughput, share, ledger, stamps } = run;
    const latency = run.latencies[0];
    return [
      { markup: `<a href="#${sectionId(run, index)}">${html(run.name)}</a>` },
      run.durability,
      { right: number(throughput.recordsPerSecond) },
      { right: number(throughput.megabytesPerSecond, 1) },
      share === null ? 'no limit measured' : `${percent(share.share)} of ${share.binding}`,
      { right: maybe(latency?.whole.p50Us ?? null, duration) },
      { right: maybe(latency?.whole.p99Us ?? null, duration) },
      {
        markup: [
          badge(ledger.sound ? 'sound' : 'void', ledger.sound ? 'good' : 'bad'),
          ...stampsOf(stamps),
        ].join(' '),
      },
    ];
  });
  const numbers = (...names: string[]) => names.map((right) => ({ right }));
  const head = [
    'workload',
    'durability',
    ...numbers('records/s', 'MB/s'),
    'share',
    ...numbers('p50', 'p99'),
    'ledger',
  ];
  return table(head, rows);
}

function stampsOf(stamps: WorkloadRun['stamps']): string[] {
  return stamps.filter(({ name }) => name !== 'VOID').map(({ name }) => badge(name, 'warn'));
}

function machine({ environment }: BenchResult): string {
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

function workload(run: WorkloadRun, index: number): string {
  const id = sectionId(run, index);
  const plots = index < plottedMax ? plotsOf(run, id) : [];
  return [
    `<h2 id="${id}">${html(run.name)}</h2>`,
    paragraph(run.story),
    ...run.stamps.map(
      ({ name, why }) => `<p>${badge(name, name === 'VOID' ? 'bad' : 'warn')} ${html(why)}</p>`,
    ),
    ...plots.map(plotFigure),
    plots.length === 0 ? paragraph(`Only the first ${plottedMax} workloads are drawn.`, 'quiet') : '',
    '<h3>Cost</h3>',
    cost(run),
    '<h3>Ledger</h3>',
    ledger(run),
    details('Settings', settings(run)),
    ...run.notes.map((note) => paragraph(note, 'quiet')),
  ].join('\n');
}

function plotFigure({ title, svg, table: twin }: Plot): string {
  const rows = twin.rows.map((row) =>
    row.map((text) => (/^[\d,.]+( [a-zA-Z%]+)?$/.test(text) ? { right: text } : text)),
  );
  return figure(title, svg, [], details('The same as a table', table(twin.head, rows)));
}

function cost({ broker, client, machine: others }: WorkloadRun): string {
  const row = (name: string, of: ProcessCost | null): Cell[] => [
    name,
    { right: micro(of?.userUsPerRecord ?? null) },
    { right: micro(of?.systemUsPerRecord ?? null) },
    { right: cpu(of?.cpuPercent ?? null) },
    { right: maybe(of?.rssMaxBytes ?? null, bytes) },
  ];
  const heads = ['user, us/record', 'system, us/record', 'of one core', 'resident memory'].map((right) => ({
    right,
  }));
  const { othersCpuPercent, stolenCpuPercent } = others;
  const rest = [
    `other processes ${cpu(othersCpuPercent)}`,
    `taken by the host of this machine ${cpu(stolenCpuPercent)}`,
  ];
  const costs = table(['process', ...heads], [row('broker', broker), row('client', client)]);
  return costs + paragraph(`Meanwhile, of one core: ${rest.join(', ')}.`, 'quiet');
}

function cpu(value: number | null): string {
  return maybe(value, (used) => `${number(used)} %`);
}

function micro(us: number | null): string {
  return maybe(us, (value) => number(value, 2));
}

function ledger({ ledger: counts }: WorkloadRun): string {
  const { sound, examples, delivery, ...plain } = counts;
  const all = Object.entries({ ...plain, ...delivery });
  const rows = all.map(([name, count]): Cell[] => [
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    { right: number(count) },
  ]);
  const said = examples.map((example) => paragraph(example, sound ? 'quiet' : 'bad')).join('');
  return table(['records', { right: 'count' }], rows) + said;
}

function settings({ workload: asked, settings: used, payloadGzipRatio, latencies }: WorkloadRun): string {
  const shown = JSON.stringify({ workload: asked, used }, null, 2);
  const measured = latencies.map(latencyName).join('; ');
  return (
    paragraph(
      `Latencies: ${measured === '' ? 'none' : measured}.` +
        ` gzip makes the payload ${number(payloadGzipRatio, 2)} times smaller.`,
    ) + command(shown)
  );
}

function sectionId({ name }: WorkloadRun, index: number): string {
  return `w${index + 1}-${anchor(name)}`;
}

function againOf({ runs, target }: BenchResult): string {
  const against = target.kind === 'against' ? ` --against ${target.address}` : '';
  const files = runs.map(({ name }) => ` bench/workloads/${name}.jsonc`).join('');
  return `npm run -s odradek -- bench${files}${against}`;
}
