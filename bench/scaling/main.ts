// The command `bench --scaling`: does a second broker process give more? One broker against two on this machine, the
// partitions spread over them, under requests that were made before (`replay.c`), in interleaved rounds with a fresh
// cluster each. The load costs a tenth of what the broker does with it; on two cores it still takes its share from the
// second broker, and the page cache is one for both.

import { type CProgram, compiled, missingFor } from '../c-program.ts';
import { interruptible } from '../compare/interrupt.ts';
import type { Measures } from '../compare/metrics.ts';
import { runSuite } from '../compare/suite.ts';
import { environmentOf } from '../environment.ts';
import { Progress } from '../progress.ts';
import type { BenchResult } from '../result.ts';
import { complain, exitCode, store } from '../store.ts';
import { measureCluster, type ScalingOptions } from './measure.ts';

const program: CProgram = {
  name: 'the replayer of --scaling',
  source: 'bench/scaling/replay.c',
  libraries: [],
  packages: 'on Debian it comes with the package gcc',
};

/** As if from several clients; at 64 KiB batches of 100 bytes. */
const shape: Omit<ScalingOptions, 'replayProgram' | 'folder' | 'seed'> = {
  partitions: 8,
  recordBytes: 100,
  batchBytes: 65_536,
  connectionsPerBroker: 2,
  depth: 5,
  warmupSeconds: 1,
  seconds: 2,
};
const roundsDefault = 10;

export interface ScalingCommand {
  readonly rounds?: number;
  readonly folder: string;
  readonly seed: string;
  readonly json: boolean;
}

export async function scalingCommand(options: ScalingCommand): Promise<number> {
  const missing = missingFor(program);
  if (missing !== undefined) return complain([missing], exitCode.input);
  const { folder, seed, rounds = roundsDefault } = options;
  const progress = new Progress();
  const started = new Date();
  const interrupt = interruptible();
  progress.step(`seed ${seed}, ${rounds} rounds of one broker and of two`);
  const scaling: ScalingOptions = { ...shape, replayProgram: compiled(program), folder, seed };
  const suite = await runSuite({
    workload: 'replayed-8p-100b-64kib',
    a: '1 broker',
    b: '2 brokers',
    same: false,
    seed,
    rounds,
    roundsMax: rounds,
    control: false,
    duet: false,
    warmUp: true,
    measure: (half) => measured(half === 'b' ? 2 : 1, scaling),
    interrupted: interrupt.promise,
    onRound: (done, of) => progress.step(`round ${done} of ${of}`),
  });
  progress.end();
  interrupt.leave();
  const result: BenchResult = {
    format: 'odradek-bench/2',
    startedAt: started.toISOString(),
    seed,
    target: { kind: 'ours', address: 'a new cluster for each half of a round, 127.0.0.1' },
    environment: environmentOf(folder),
    command: `odradek bench --scaling --rounds ${rounds}`,
    runs: [],
    comparisons: suite.comparisons,
    knees: [],
    sweeps: [],
  };
  await store(result, folder, options.json);
  return suite.endedBecause === null ? exitCode.ok : complain([suite.endedBecause], exitCode.failed);
}

async function measured(brokers: number, options: ScalingOptions): Promise<Measures> {
  const { recordsPerSecond, brokerCpuUsPerRecord, clientCpuUsPerRecord } = await measureCluster(
    brokers,
    options,
  );
  return { recordsPerSecond, brokerCpuUsPerRecord, clientCpuUsPerRecord };
}
