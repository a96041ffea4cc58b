// The kill matrix, the ablation and the healthy runs, as text.

import type { Ablation, MutantResult } from './matrix.ts';
import type { StoredHealthy, StoredMutants } from './stored.ts';

export function matrixText(results: readonly MutantResult[]): string {
  const rows = results.flatMap(({ name, cells, trouble }) =>
    trouble === null
      ? cells.map(({ scenario, seedsRun, seedsToKill, kill }, index) => [
          index === 0 ? name : '',
          scenario,
          seedsToKill === null ? `not in ${seedsRun}` : String(seedsToKill),
          kill === null ? '-' : kill.kind === 'crashed' ? `assertion: ${short(kill.prose)}` : kill.invariant,
        ])
      : [[name, '-', '-', `NOT JUDGED: ${trouble}`]],
  );
  return textTable(['mutant', 'scenario', 'seeds to kill', 'killed by'], rows);
}

export function ablationText(ablation: readonly Ablation[]): string {
  const rows = ablation.map(({ guard, caught, survivors }) => [
    guard,
    String(caught),
    survivors.join(', ') || '-',
  ]);
  return textTable(['without', 'mutants it caught', 'would have lived'], rows);
}

export function healthyText({ seeds, scenarios }: StoredHealthy): string {
  const alarms = scenarios.flatMap((scenario) => scenario.alarms);
  const told = alarms.map(({ what, replay }) => `${what}\n  ${replay}`);
  return [`healthy: ${seeds} seeds of ${scenarios.length} scenarios, ${alarms.length} alarms`, ...told].join(
    '\n',
  );
}

export function verdictText({ mutants, healthy, machine }: StoredMutants): string {
  const alive = mutants.filter((mutant) => !mutant.killed).map(({ name }) => name);
  const killed = mutants.length - alive.length;
  const wolf = (healthy?.scenarios ?? []).reduce((sum, { alarms }) => sum + alarms.length, 0);
  const parts = [`${killed} of ${mutants.length} mutants killed`];
  if (alive.length > 0) parts.push(`ALIVE: ${alive.join(', ')}`);
  if (healthy !== null) parts.push(`${healthy.seeds} healthy seeds, ${wolf} alarms`);
  return `${parts.join('; ')}; ${machine.seconds.toFixed(0)} s on ${machine.workers} threads`;
}

function short(text: string): string {
  return text.length > 70 ? `${text.slice(0, 67)}...` : text;
}

function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
