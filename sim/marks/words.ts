// What people read of the marks of a suite: how many of all, which never, which hardly ever, and the curve.

import type { MarkCoverage } from './coverage.ts';

/** Rare marks that are told; the others are in run.json. */
const rareMax = 12;
/** Reached in fewer than one run in so many: rare. */
const rareOneIn = 50;
/** Above so many the suite was made for something else than to reach them all. */
const neverMax = 40;
const columns = 100;

export function marksText(coverage: MarkCoverage): string {
  const { known, runs, reached, never, missing } = coverage;
  const lines = [`marks: ${reached.length} of ${known} reached in ${runs} runs`];
  lines.push(...missing.map((reason) => `NOT SHOWN: ${reason}`));
  const unexplained = never.filter(({ why }) => why === null).map(({ mark }) => mark);
  const explained = never.filter(({ why }) => why !== null).map(({ mark }) => mark);
  if (unexplained.length > neverMax) lines.push(`  never: ${unexplained.length} marks, see run.json`);
  else if (unexplained.length > 0) lines.push(...wrapped('never:', unexplained));
  if (explained.length > 0) lines.push(...wrapped('never, and not promised:', explained));
  const rare = reached.filter((one) => one.runs * rareOneIn < runs).slice(0, rareMax);
  for (const { mark, runs: times, scenario, seed } of rare) {
    lines.push(`  rare: ${mark} in ${times} run${times === 1 ? '' : 's'}, first ${scenario} seed ${seed}`);
  }
  return [...lines, ...curveLines(coverage)].join('\n');
}

function curveLines({ curve, bucketRuns }: MarkCoverage): string[] {
  if (curve.length < 2) return [];
  const head = `  new marks per thousand runs, by ${bucketRuns} runs in the order of the plan:`;
  return [
    head,
    ...curve.map(({ runs, fresh, total }, index) => {
      const length = runs - (curve[index - 1]?.runs ?? 0);
      const rate = ((fresh * 1000) / length).toFixed(1);
      return `    up to run ${String(runs).padStart(7)}: ${rate.padStart(7)}, ${fresh} new, ${total} in all`;
    }),
  ];
}

/** Names behind a title, in lines that fit a terminal. */
function wrapped(title: string, names: readonly string[]): string[] {
  const lines = [`  ${title}`];
  for (const [index, name] of names.entries()) {
    const word = ` ${name}${index < names.length - 1 ? ',' : ''}`;
    const last = lines.at(-1) as string;
    if (last.length + word.length <= columns) lines[lines.length - 1] = last + word;
    else lines.push(`   ${word}`);
  }
  return lines;
}
