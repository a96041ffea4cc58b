// A kill matrix in one sentence; reports tell the rest of it.

import type { StoredMutants } from './stored.ts';

export function mutantsSentence({
  mutants,
  healthy,
  machine,
}: Pick<StoredMutants, 'mutants' | 'healthy' | 'machine'>): string {
  const alive = mutants.filter((mutant) => !mutant.killed).map(({ name }) => name);
  const killed = mutants.length - alive.length;
  const scenarios = healthy?.scenarios ?? [];
  const wolf = scenarios.reduce((sum, { alarms }) => sum + alarms.length, 0);
  const unjudged = scenarios.reduce((sum, one) => sum + one.unjudged.length, 0);
  const parts = [`${killed} of ${mutants.length} mutants killed`];
  if (alive.length > 0) parts.push(`ALIVE: ${alive.join(', ')}`);
  if (healthy !== null) {
    const worthless = unjudged === 0 ? '' : ` (${unjudged} runs vacuous or without an end)`;
    parts.push(`${healthy.seeds} healthy seeds, ${wolf} alarms${worthless}`);
  }
  return `${parts.join('; ')}; ${machine.seconds.toFixed(0)} s on ${machine.workers} threads`;
}
