// Marks have been seen: a few scenarios, one seed each, reach what they promise. The whole promise takes a suite; these
// are the quick ones, a few from each room of the engine and each part of the world.

import { readFileSync } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { registries } from '../registries.ts';
import { run } from '../run.ts';
import { ScenarioReader } from '../scenario/read.ts';
import { readMarkPromise } from './promise.ts';

const reader = new ScenarioReader(registries);

/** The marks that one run reached, and those that its scenario promises. */
async function marksOf(name: string, seed: string): Promise<{ reached: string[]; promised: string[] }> {
  const file = `scenarios/${name}.jsonc`;
  const read = reader.read(file, readFileSync(file, 'utf8'));
  if (!read.ok) throw new Error(read.error.join('\n'));
  const promised = (read.value.reaches ?? []).map((one) => (typeof one === 'string' ? one : one.mark));
  const running = run(read.value, seed);
  for (;;) {
    const turn = running.next();
    if (turn.done) return { reached: Object.keys(turn.value.marks), promised };
    await breath();
  }
}

describe('what a scenario promises, one seed of it reaches', () => {
  test.each([
    'acks/acks1-isolated-leader',
    'client/client-log-truncation',
    'client/half-open-connections',
    'clock/clock-jump',
    'controller/controller-paused-past-session',
    'groups/group-slow-to-rejoin',
    'groups/group-static-storm',
    'replication/reassignment-under-fire',
    'retention/deleted-records-come-back',
    'storage/bit-rot-closed-segment',
    'storage/disk-full',
    'storage/lying-fsync',
    'storage/torn-tail',
  ])('%s', async (name) => {
    const { reached, promised } = await marksOf(name, '1');
    expect(promised.length).toBeGreaterThan(0);
    expect(promised.filter((mark) => !reached.includes(mark))).toEqual([]);
  });
});

test('scenarios/marks.json names marks that there are, each with a reason', () => {
  const read = readMarkPromise('scenarios/marks.json', readFileSync('scenarios/marks.json', 'utf8'));
  expect(read.ok ? [] : read.error).toEqual([]);
});
