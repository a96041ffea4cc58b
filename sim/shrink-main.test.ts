// Shrinking for real: whole runs of the engine, few of them; and that what was shrunk is not luck.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replayCommand } from './main.ts';
import { registries } from './registries.ts';
import { run, runToEnd } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';
import type { Scenario } from './scenario/schema.ts';
import { type ShrinkOptions, shrinkCommand } from './shrink-main.ts';
import { defaultWorker } from './swarm.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-shrink-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reader = new ScenarioReader(registries);

async function shrunk(file: string, options: ShrinkOptions) {
  const out: string[] = [];
  const errors: string[] = [];
  const around = {
    out: (text: string) => void out.push(text),
    error: (text: string) => void errors.push(text),
    isTerminal: false,
    packed: false,
    worker: defaultWorker(),
  };
  const code = await shrinkCommand(file, options, around);
  return { code, out: out.join('\n'), errors: errors.join('\n'), around };
}

function read(text: string): Scenario {
  const scenario = reader.read('shrunk', text);
  if (!scenario.ok) throw new Error(scenario.error.join('\n'));
  return scenario.value;
}

function shows(scenario: Scenario, seed = scenario.seed ?? ''): boolean {
  const outcome = runToEnd(run(scenario, seed));
  return outcome.witnesses.some((finding) => finding.invariant === 'acked-write-lost');
}

describe('a witness', () => {
  test('of one broker is one record and one crash, in a file that does not depend on luck', async () => {
    const out = join(folder, 'acks0.jsonc');
    const { code, out: told } = await shrunk('scenarios/acks/acks0-leader-crash.jsonc', { seed: '1', out });
    expect(code).toBe(0);
    expect(told).toMatch(/witnessed acked-write-lost: \d+ events .* shrunk to [1-4] events/);
    expect(told).toContain('1-minimal');
    const text = readFileSync(out, 'utf8');
    const scenario = read(text);
    expect(shows(scenario)).toBe(true);
    expect(shows(scenario, 'any other seed')).toBe(true);
    // Somebody else is there as well, and somebody else draws.
    const [phase] = scenario.phases;
    const idle = { workload: 'consume-assign', name: 'idle', topic: 'orders' };
    const fault = { fault: 'network-delay', target: 'idle', at: [0, 0.01], for: [0, 0.05] };
    const crowded = read(
      JSON.stringify({
        ...scenario,
        decisions: { 'network/fates#3': 77 },
        phases: [
          {
            ...phase,
            workloads: [...(phase?.workloads ?? []), idle],
            faults: [...(phase?.faults ?? []), fault],
          },
        ],
      }),
    );
    expect(shows(crowded)).toBe(true);
  });

  test('is replayed by its file alone', async () => {
    const { code, out, around } = await shrunk(join(folder, 'acks0.jsonc'), { runs: 3, json: true });
    expect(code).toBe(0);
    const told = JSON.parse(out);
    expect(told).toMatchObject({ invariant: 'acked-write-lost', shown: 'witnessed', minimal: false });
    expect(told.after.total).toBeLessThanOrEqual(4);
    const lines: string[] = [];
    const heard = { ...around, out: (text: string) => void lines.push(text) };
    const replayed = await replayCommand(told.out, { pointOfNoReturn: true, rolls: 2 }, heard);
    expect(replayed).toBe(0);
    expect(lines.join('\n')).toContain('witness acked-write-lost');
    expect(lines.join('\n')).toContain('2 of 2 other futures end the same');
  });
});

test('bad usage is refused, and a seed without a finding is no usage error', async () => {
  const file = 'scenarios/acks/acks0-leader-crash.jsonc';
  expect(await shrunk(file, {})).toMatchObject({
    code: 2,
    errors: '--seed: which seed? (the file names none)',
  });
  expect((await shrunk('scenarios/acks', { seed: '1' })).errors).toContain('one scenario file');
  expect((await shrunk('nowhere.jsonc', { seed: '1' })).code).toBe(2);
  const strange = await shrunk(file, { seed: '1', invariant: 'lost', runs: 0, for: 'ever' });
  expect(strange.errors.split('\n')).toHaveLength(3);
  const broken = join(folder, 'broken.jsonc');
  writeFileSync(broken, '{ "story": 1 }');
  expect((await shrunk(broken, { seed: '1' })).errors).toMatch(/broken\.jsonc:1:\d+: /);
  const nothing = await shrunk(file, { seed: '1', invariant: 'duplicate-append' });
  expect(nothing).toMatchObject({ code: 1 });
  expect(nothing.errors).toContain('does not show duplicate-append');
});
