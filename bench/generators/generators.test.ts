// Generators against our own broker and against the null broker: what they say adds up, and what they did is there.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Address } from '../../engine/index.ts';
import { BrokerProcess } from '../broker-process.ts';
import type { Outcomes } from '../outcomes.ts';
import { startNullBroker } from '../probes/null-broker.ts';
import { useOf } from '../process-use.ts';
import { Progress } from '../progress.ts';
import { Session } from '../session.ts';
import { ClientNode } from '../tasks.ts';
import { type GeneratorName, type Workload, workloadSchema } from '../workload.ts';
import { missingOf } from './commands.ts';
import { GeneratorProcess } from './generator-process.ts';
import { runGenerator } from './run-generator.ts';

let folder: string;
let broker: BrokerProcess;
let sessions = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-generators-test-'));
  broker = await BrokerProcess.start(join(folder, 'broker'), {});
});

afterAll(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
});

const closed = { loop: 'closed', outstandingRecords: 400 };

function workloadOf(changes: object): Workload {
  return workloadSchema.parse({
    kind: 'produce',
    topic: { partitions: 3 },
    record: { bytes: 100 },
    warmupSeconds: 0,
    durationSeconds: 1,
    ...('kind' in changes ? {} : { load: closed }),
    ...changes,
  });
}

async function hold(workload: Workload) {
  const node = new ClientNode(folder);
  const progress = new Progress();
  progress.step = () => {};
  const session = new Session({
    node,
    broker: broker.address,
    brokerUse: () => useOf(broker.processId),
    loadBegins: () => {},
    topic: `generators-${sessions++}`,
    workload,
    seed: 'test',
    folder,
    progress,
  });
  try {
    return await session.hold();
  } finally {
    await session.close();
    node.close();
  }
}

/** Skipped, with the reason in the name, where the generator is not to be had. */
function describeGenerator(name: GeneratorName, tests: () => void): void {
  const missing = missingOf(name);
  describe.skipIf(missing !== undefined)(missing ?? `the generator ${name}`, tests);
}

const shapes: readonly [name: string, changes: object][] = [
  ['a closed loop', {}],
  ['a closed loop, round-robin', { partitioning: 'round-robin' }],
  ['an open loop', { load: { loop: 'open', recordsPerSecond: 3000 } }],
  ['two processes of two producers each', { generatorProcesses: 2, producers: 4 }],
  [
    'an open loop of two processes',
    {
      generatorProcesses: 2,
      producers: 2,
      load: { loop: 'open', recordsPerSecond: 2000, arrivals: 'uniform' },
    },
  ],
];

for (const generator of ['odradek', 'librdkafka'] as const) {
  describeGenerator(generator, () => {
    test.each(shapes)('%s is accounted for to the last record', async (_name, changes) => {
      const workload = workloadOf({ generator, ...changes });
      const { ledger, ...load } = await hold(workload);
      expect(ledger.examples).toEqual([]);
      expect(ledger).toMatchObject({ failed: 0, unfinished: 0, sound: true });
      expect(ledger.acknowledged).toBeGreaterThan(0);
      expect(ledger.acknowledgedReadBack).toBe(ledger.acknowledged);
      const [acknowledge, lateness] = load.latencies;
      expect(acknowledge?.of).toBe('acknowledge');
      expect(acknowledge?.whole.count).toBeGreaterThan(0);
      expect(acknowledge?.whole.count).toBeLessThanOrEqual(ledger.intended);
      expect(load.generator.processes).toBe(workload.generatorProcesses);
      if (workload.kind === 'consume' || workload.load.loop === 'closed') return;
      expect(lateness?.of).toBe('send-lateness');
      // What was meant to be sent follows from the rate alone; Poisson's deviation is its root.
      expect(Math.abs(ledger.intended - workload.load.recordsPerSecond)).toBeLessThan(400);
    });

    test('reads what it wrote over and over', async () => {
      const { ledger, ...load } = await hold(
        workloadOf({ generator, kind: 'consume', preloadRecords: 3000 }),
      );
      expect(ledger).toMatchObject({ acknowledged: 3000, acknowledgedReadBack: 3000, sound: true });
      expect(load.series.recordsIn(0)).toBeGreaterThan(3000);
      expect(load.series.bytesIn(0)).toBe(100 * load.series.recordsIn(0));
      expect(load.latencies.map(({ of }) => of)).toEqual(['poll']);
    });

    test('loads a null broker', async () => {
      const nothing = await startNullBroker(3);
      try {
        const result = await run(workloadOf({ generator }), nothing.address);
        expect(result.counts).toMatchObject({ failed: 0, unfinished: 0 });
        expect(result.recordsPerSecond).toBeGreaterThan(0);
        // What the null broker counted came back as offsets: each but the last of a partition has a successor.
        const [outcomes] = result.outcomes;
        const places = new Set<string>();
        for (let record = 0; record < (outcomes as Outcomes).count; record++)
          places.add((outcomes as Outcomes).placeOf(record));
        expect(places.size).toBe(result.counts.acknowledged);
      } finally {
        await nothing.stop();
      }
    });
  });
}

for (const generator of ['kafkajs', 'platformatic', 'kcat'] as const) {
  describeGenerator(generator, () => {
    test('a closed loop is accounted for to the last record', async () => {
      const { ledger, ...load } = await hold(workloadOf({ generator, record: { bytes: 200 } }));
      expect(ledger.examples).toEqual([]);
      expect(ledger).toMatchObject({ failed: 0, unfinished: 0, sound: true });
      expect(ledger.acknowledgedReadBack).toBe(ledger.acknowledged);
      expect(ledger.acknowledged).toBeGreaterThan(0);
      expect(load.series.recordsIn(0)).toBeGreaterThan(0);
      expect(load.generator.version).toMatch(/^\d+\./);
      const told = [...load.notes].join();
      expect(told.includes('kcat tells neither latencies nor places')).toBe(generator === 'kcat');
      expect(load.latencies.length).toBe(generator === 'kcat' ? 0 : 1);
    });

    test('two processes are accounted for to the last record', async () => {
      const { ledger, ...load } = await hold(workloadOf({ generator, generatorProcesses: 2, producers: 2 }));
      expect(ledger.examples).toEqual([]);
      expect(ledger).toMatchObject({ failed: 0, unfinished: 0, sound: true });
      expect(load.generator.processes).toBe(2);
    });
  });
}

describeGenerator('kafka-perf-test', () => {
  test('a closed loop is counted to the last record', async () => {
    const { ledger, ...load } = await hold(
      workloadOf({ generator: 'kafka-perf-test', producer: { compressionType: 'lz4', lingerMs: 5 } }),
    );
    expect(ledger.examples).toEqual([]);
    expect(ledger).toMatchObject({ failed: 0, sound: true });
    expect(ledger.acknowledged).toBeGreaterThan(0);
    expect(ledger.intended).toBe(ledger.acknowledged + ledger.unfinished);
    expect(load.series.recordsIn(0)).toBeGreaterThan(0);
    expect(load.generator.version).toMatch(/^\d+\./);
    expect(load.settings.producer).toMatchObject({ 'compression.type': 'lz4', 'linger.ms': '5' });
    expect(load.latencies).toEqual([]);
  });
});

describeGenerator('kcat', () => {
  test('has a limit of its own, since the null broker tells how much it was sent', async () => {
    const nothing = await startNullBroker(3);
    try {
      const result = await run(workloadOf({ generator: 'kcat' }), nothing.address);
      expect(result.recordsPerSecond).toBeGreaterThan(0);
    } finally {
      await nothing.stop();
    }
  });
});

function run(workload: Workload, address: Address, topic = 'none') {
  return runGenerator({ workload, address, topic, seed: 'test', folder, seconds: 1 });
}

describe('a generator process', () => {
  const script = (lines: string) => {
    const path = join(folder, `script-${sessions++}.mjs`);
    writeFileSync(path, lines);
    return new GeneratorProcess('x', { file: process.execPath, words: [path] }, () => {});
  };
  const ready = '{"type":"ready","version":"1","settings":{"producer":null,"consumer":null},"processIds":[]}';

  test('that dies in the middle is told, with how and what it complained of', async () => {
    const dying = script(
      `console.log('${ready}'); console.error('no more'); setTimeout(() => process.exit(3), 50);`,
    );
    expect((await dying.ready).version).toBe('1');
    await expect(dying.doneWithin(20_000)).rejects.toThrow(/generator x ended: exit code 3\nno more/);
    await dying.kill();
  });

  test('that says something else is told', async () => {
    const talking = script('console.log("hello"); setInterval(() => {}, 1000);');
    await expect(talking.ready).rejects.toThrow(/generator x says no JSON: hello/);
    await talking.kill();
  });

  test('that never comes to an end is told', async () => {
    const waiting = script(`console.log('${ready}'); setInterval(() => {}, 1000);`);
    await waiting.ready;
    await expect(waiting.doneWithin(50)).rejects.toThrow(/did not come to an end/);
    await waiting.kill();
  });

  test('that is not there is told', async () => {
    const nothing = new GeneratorProcess('x', { file: join(folder, 'no-such-program'), words: [] }, () => {});
    await expect(nothing.ready).rejects.toThrow(/ENOENT/);
    await nothing.kill();
  });

  test('that is killed during the load ends the run with a sentence, and leaves no files behind', async () => {
    const nothing = await startNullBroker(1);
    const loading = run(workloadOf({ topic: { partitions: 1 } }), nothing.address);
    await nothing.stop();
    const result = await loading.catch((error: unknown) => error);
    // Without a broker nothing is acknowledged: the client gives up, or its records are unfinished.
    if (!(result instanceof Error))
      expect((result as { counts: object }).counts).toMatchObject({ acknowledged: 0 });
    expect(readdirSync(folder).filter((name) => name.startsWith('generator-'))).toEqual([]);
  });
});
