// What was compared: targets and clients, the workload files in full, the settings that were in force, and what all
// this does not show.

import type { BenchResult } from '../../bench/result.ts';
import { html } from '../escape.ts';
import { duration, maybe, number, percent } from '../format.ts';
import { type Cell, command, details, paragraph, table } from '../page.ts';
import { losingFirst, runBadges } from './facts.ts';
import { type Block, badgesOf, heading, type NamedRun, type Section, type Told } from './section.ts';
import { latencyName } from './words.ts';

export function comparedSection(told: Told): Section {
  const { bench, targets } = told;
  const names = targets.names.map(
    (name) =>
      `<li><span class="swatch" style="background:${targets.colourOf(name)}"></span>${html(name)}</li>`,
  );
  return {
    ...{ id: 'compared', title: 'What was measured' },
    blocks: [
      paragraph(targetSentence(bench)),
      `<p>Targets, and their colour on this page:</p><ul class="targets">${names.join('')}</ul>`,
      ...(bench.runs.length > 0 ? [overview(told), paragraph(compareOnly, 'quiet')] : []),
      ...(told.untold > 0
        ? [
            paragraph(
              `${told.untold} further runs or comparisons are not told below; they are in bench.json.`,
              'quiet',
            ),
          ]
        : []),
      ...told.runs.flatMap(workload),
      heading('What this page does not show'),
      `<ul>${notShown(bench)
        .map((text) => `<li>${html(text)}</li>`)
        .join('')}</ul>`,
    ],
  };
}

const compareOnly =
  'Compare only inside one durability, on one machine, in one run. A share is of the smallest limit,' +
  ' taken in the same run.';

function targetSentence({ target, environment }: BenchResult): string {
  const commit = environment.commit === null ? '' : `, commit ${environment.commit}`;
  return target.kind === 'ours'
    ? `Our own broker, odradek ${environment.version}${commit}: ${target.address}.`
    : `The broker at ${target.address}, driven by odradek ${environment.version}${commit}.`;
}

function overview({ bench, runs }: Told): string {
  const ids = new Map(runs.map(({ run, id }) => [run, id]));
  const rows = losingFirst(bench.runs).map((run): Cell[] => {
    const { throughput, share, generator } = run;
    const latency = run.latencies[0];
    const id = ids.get(run);
    return [
      { markup: id === undefined ? html(run.name) : `<a href="#${id}">${html(run.name)}</a>` },
      run.durability,
      `${generator.name} ${generator.version}${generator.processes > 1 ? `, ${generator.processes} processes` : ''}`,
      { right: number(throughput.recordsPerSecond) },
      { right: number(throughput.megabytesPerSecond, 1) },
      share === null ? 'no limit measured' : `${percent(share.share)} of ${share.binding}`,
      { right: maybe(latency?.whole.p50Us ?? null, duration) },
      { right: maybe(latency?.whole.p99Us ?? null, duration) },
      { markup: badgesOf(runBadges(run)) },
    ];
  });
  const numbers = (...names: string[]) => names.map((right) => ({ right }));
  const head = [
    'workload',
    'durability',
    'generator',
    ...numbers('records/s', 'MB/s'),
    'share',
    ...numbers('p50', 'p99'),
    'stamps',
  ];
  return table(head, rows);
}

function workload({ run, id }: NamedRun): Block[] {
  const { name, story, stamps, notes, workload: asked, settings: used, payloadGzipRatio, latencies } = run;
  const measured = latencies.length === 0 ? 'none' : latencies.map(latencyName).join('; ');
  const ratio = `gzip makes the payload ${number(payloadGzipRatio, 2)} times smaller.`;
  return [
    // Links to a run lead here: to what it is, before what it did.
    heading(name, id),
    paragraph(story),
    ...stamps.map(
      (stamp) => `<p>${badgesOf(runBadges({ ...run, stamps: [stamp] }).slice(0, 1))} ${html(stamp.why)}</p>`,
    ),
    details(`The workload file of ${name}, in full`, command(JSON.stringify(asked, null, 2))),
    details(
      `The settings in force in ${name}`,
      `${paragraph(`Latencies: ${measured}. ${ratio}`)}${command(JSON.stringify(used, null, 2))}`,
    ),
    ...notes.map((note) => paragraph(note, 'quiet')),
  ];
}

/** Sections of the method for which this document has no numbers, and what no document has. */
function notShown({ runs, comparisons, knees, sweeps }: BenchResult): string[] {
  const hasFaults = runs.some(({ faults, drain }) => faults.length > 0 || drain !== null);
  return [
    ...(runs.length === 0
      ? ['Single runs: none was made.']
      : ['One run is one sample: only comparisons have repetitions and intervals.']),
    ...(comparisons.length === 0 ? ['Ratios, intervals and an A/A run: nothing was compared.'] : []),
    ...(knees.length === 0 ? ['The knee: no rate was searched that meets a latency objective.'] : []),
    ...(sweeps.length === 0 ? ['Scaling: no setting was swept.'] : []),
    ...(hasFaults ? [] : ['Faults and backlogs: none was part of the load.']),
    'The history over commits: `odradek report` makes that page from several results.',
    'Pauses of garbage collection and pressure of the system by the second, changepoints of the warm-up,' +
      ' flame graphs: they are not stored.',
  ];
}
