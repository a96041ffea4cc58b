// The kill matrix, the ablation and the healthy runs, as text.

import type { StoredHealthy, StoredMutants } from '../sim/index.ts';
import { finished, table } from './text.ts';

export function mutantsText(stored: StoredMutants): string {
  const { mutants, ablation, healthy } = stored;
  const replays = mutants.flatMap(({ name, cells }) => {
    const replay = cells.find((cell) => cell.replay !== null)?.replay;
    return replay === undefined || replay === null ? [] : [`  ${name}: ${replay}`];
  });
  const parts = [
    matrixText(mutants),
    ablationText(ablation),
    ['to see each for yourself:', ...replays].join('\n'),
    ...(healthy === null ? [] : [healthyText(healthy)]),
    stored.verdict,
  ];
  return finished([parts.join('\n\n')]);
}

function matrixText(results: StoredMutants['mutants']): string {
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
  return table(['mutant', 'scenario', 'seeds to kill', 'killed by'], rows).join('\n');
}

function ablationText(ablation: StoredMutants['ablation']): string {
  const rows = ablation.map(({ guard, caught, survivors }) => [
    guard,
    String(caught),
    survivors.join(', ') || '-',
  ]);
  return table(['without', 'mutants it caught', 'would have lived'], rows).join('\n');
}

function healthyText({ seeds, scenarios }: StoredHealthy): string {
  const alarms = scenarios.flatMap((scenario) => scenario.alarms);
  const unjudged = scenarios.flatMap((scenario) => scenario.unjudged);
  const told = [...alarms, ...unjudged].map(({ what, replay }) => `${what}\n  ${replay}`);
  return [`healthy: ${seeds} seeds of ${scenarios.length} scenarios, ${alarms.length} alarms`, ...told].join(
    '\n',
  );
}

function short(text: string): string {
  return text.length > 70 ? `${text.slice(0, 67)}...` : text;
}
