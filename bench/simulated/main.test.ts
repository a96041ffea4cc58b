import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { packageVersion } from '../environment.ts';
import { baselineSchema, type CostBaseline, costDocumentSchema, storedCostSchema } from './document.ts';
import { committedBaseline, type SimulatedOptions, simulatedCommand } from './main.ts';

let folder: string;
const quick = 'produce-1topic-16p-100b-acks-1-4producers-closed';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-simulated-test-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The exit code, and what was printed and said on standard error. */
async function simulated(
  workloads: string[],
  options: SimulatedOptions,
): Promise<{ code: number; printed: string; said: string }> {
  let printed = '';
  let said = '';
  const output = vi.spyOn(process.stdout, 'write').mockImplementation(((text: string, done?: () => void) => {
    printed += text;
    done?.();
    return true;
  }) as typeof process.stdout.write);
  const error = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  try {
    const code = await simulatedCommand(workloads, { simulated: true, ...options });
    return { code, printed, said };
  } finally {
    output.mockRestore();
    error.mockRestore();
  }
}

/** A copy of the committed baseline, with another text in the place of one. */
function copied(name: string, change: (text: string) => string = (text) => text): string {
  const path = join(folder, name);
  copyFileSync(committedBaseline(), path);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return path;
}

test.each<[string, SimulatedOptions, string]>([
  ['--against', { against: 'localhost:9092' }, 'cannot live in the simulator'],
  ['--gate and --write', { gate: true, write: true, because: 'x' }, 'one of the two'],
  ['--write without a reason', { write: true, because: ' ' }, 'wants --because'],
  ['--because without --write', { because: 'x' }, 'the reason of a --write'],
])('%s is bad input', async (_, options, complaint) => {
  const { code, said } = await simulated([quick], options);
  expect(code).toBe(2);
  expect(said).toContain(complaint);
});

test('a workload that is not there, and one named twice, are bad input', async () => {
  expect(await simulated(['no-such-workload'], {})).toMatchObject({ code: 2 });
  const { code, said } = await simulated([quick, quick], {});
  expect(code).toBe(2);
  expect(said).toContain(`${quick}: two workload files have this name`);
});

test('a baseline that is none is bad input, and so is a gate without one', async () => {
  const broken = copied('broken.json', (text) => text.replace('"diskSyncUs": 1000', '"diskSyncUs": "slow"'));
  const { code, said } = await simulated([quick], { gate: true, baseline: broken });
  expect(code).toBe(2);
  expect(said).toContain(`${broken}: model.diskSyncUs: `);
  const nowhere = await simulated([quick], { gate: true, baseline: join(folder, 'nowhere.json') });
  expect(nowhere.code).toBe(2);
  expect(nowhere.said).toContain('there is no baseline');
});

function read(path: string): CostBaseline {
  return baselineSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

test('the gate ends with 1 and names the count; writing accepts it, with the reason', async () => {
  const path = join(folder, 'own.json');
  expect(await simulated([quick], { write: true, because: 'The first.', baseline: path })).toMatchObject({
    code: 0,
  });
  const { workloads, ...rest } = read(path);
  const [workload] = workloads;
  const sends = workload?.counts['client.network.sends'] as number;
  const counts = { ...workload?.counts, 'client.network.sends': sends * 2 };
  const unlike = {
    ...rest,
    workloads: [
      { ...workload, counts },
      { ...workload, name: 'another' },
    ],
  };
  writeFileSync(path, JSON.stringify(unlike));

  const failed = await simulated([quick], { gate: true, baseline: path });
  expect(failed.code).toBe(1);
  expect(failed.printed).toContain('gate: 1 count is not what the baseline says');
  expect(failed.printed).toContain(`${quick}: client.network.sends was ${sends * 2}, is ${sends} (-50.0 %)`);
  expect(failed.printed).toContain('--write --because');

  const because = 'Half of the sends.';
  expect(await simulated([quick], { write: true, because, baseline: path })).toMatchObject({ code: 0 });
  const after = read(path);
  expect(after.reasons).toMatchObject([{ because: 'The first.' }, { because, changes: 1 }]);
  expect(after.workloads.map(({ name }) => name)).toEqual(['another', quick]);

  const passed = await simulated([quick], { gate: true, baseline: path });
  expect(passed.code).toBe(0);
  expect(passed.printed).toContain('gate: every count is what the baseline says');
});

test('what is printed as JSON is the document; what is stored says also when and of which commit', async () => {
  const out = join(folder, 'run');
  const { code, printed } = await simulated([quick], { json: true, out });
  expect(code).toBe(0);
  const document = costDocumentSchema.parse(JSON.parse(printed));
  expect(document.workloads.map(({ name }) => name)).toEqual([quick]);
  const stored = JSON.parse(readFileSync(join(out, 'bench-simulated.json'), 'utf8'));
  const { taken, ...rest } = storedCostSchema.parse(stored);
  expect(rest).toEqual(document);
  expect(taken).toMatchObject({ version: packageVersion(), node: process.version });
  expect(taken.startedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('the text has every count of the document', async () => {
  const { printed } = await simulated([quick], {});
  const { printed: json } = await simulated([quick], { json: true });
  const [workload] = costDocumentSchema.parse(JSON.parse(json)).workloads;
  for (const [name, count] of Object.entries(workload?.counts ?? {})) {
    const spaced = String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
    expect(printed).toContain(`${name.slice(name.lastIndexOf('.') + 1)} ${spaced}`);
  }
});
