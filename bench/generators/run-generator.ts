// Runs the generator of a workload against an address: as many processes as the workload wants, from files made before
// the clock starts to one result for all of them. The harness samples, the generators load.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Address, assert } from '../../engine/index.ts';
import { LatencyRecorder } from '../latency.ts';
import { Outcomes } from '../outcomes.ts';
import { Payloads } from '../payload.ts';
import { type ProcessUse, sumOf, useOf } from '../process-use.ts';
import type { Progress } from '../progress.ts';
import { SeededRandom } from '../random.ts';
import type { LatencyReport, LedgerReport } from '../result.ts';
import { EveryNth, scheduleOf } from '../schedule.ts';
import { costOf, ThroughputSeries } from '../throughput.ts';
import { UseSampler } from '../use-sampler.ts';
import type { GeneratorName, Workload } from '../workload.ts';
import { commandOf, missingOf } from './commands.ts';
import { GeneratorProcess } from './generator-process.ts';
import { GeneratorError } from './load.ts';
import { type GeneratorMode, type GeneratorPlan, partOf } from './plan.ts';
import { type Done, localStartUs, type Ready, sharedClockUs, sleepUntil } from './protocol.ts';

/** From the line that starts the load to its start: time for every process to read it. */
const startInUs = 100_000;
/** What a generator may take, beyond its drain, to write down what it did. */
const doneMarginMs = 120_000;
/** A preload has no end but its number of records; this is its limit. */
const preloadWithinSeconds = 600;

export interface RunOptions {
  readonly workload: Workload;
  readonly address: Address;
  readonly topic: string;
  readonly seed: string;
  /** Where files for the generators are made, and removed again. */
  readonly folder: string;
  /** Measure for so long, after at most a second of warm-up, whatever the workload says. */
  readonly seconds?: number;
  readonly progress?: Progress;
  /** What is sampled beside the generator. */
  readonly brokerUse?: (() => ProcessUse | undefined) | undefined;
  /** Told each second of the load when it begins. */
  readonly onSecond?: ((second: number) => void) | undefined;
  /** Default: the kind of the workload. */
  readonly mode?: GeneratorMode;
  /** preload: how many are written. consume: how many the topic holds. */
  readonly records?: number;
}

export interface GeneratorCounts {
  readonly intended: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly unfinished: number;
}

export interface GeneratorResult {
  /** Means of the measured seconds; 0 of a preload, which is not measured. */
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Of all processes of the generator; null where the system does not tell. */
  readonly clientCpuUsPerRecord: number | null;
  readonly name: GeneratorName;
  readonly version: string;
  readonly processes: number;
  readonly settings: Ready['settings'];
  readonly counts: GeneratorCounts;
  /** Of each process; empty when the generator knows nothing record by record. */
  readonly outcomes: readonly Outcomes[];
  readonly delivery: LedgerReport['delivery'];
  readonly latencies: readonly LatencyReport[];
  readonly series: ThroughputSeries;
  readonly samples: UseSampler;
  readonly notes: readonly string[];
}

export async function runGenerator(options: RunOptions): Promise<GeneratorResult> {
  const workload = shortened(options.workload, options.seconds);
  const mode = options.mode ?? workload.kind;
  const missing = missingOf(workload.generator);
  if (missing !== undefined) throw new GeneratorError(missing);
  const folder = join(options.folder, `generator-${mode}`);
  mkdirSync(folder, { recursive: true });
  const plans = plansOf(options, workload, mode, folder);
  const series = new ThroughputSeries(workload.warmupSeconds, workload.durationSeconds);
  const processes: GeneratorProcess[] = [];
  try {
    for (const plan of plans) {
      const command = commandOf(plan, join(folder, `plan-${plan.process}`));
      const add = (second: number, records: number, bytes: number): void =>
        series.add((second + 0.5) * 1e6, records, bytes);
      processes.push(new GeneratorProcess(plan.generator, command, add));
    }
    const run = new Run({ ...options, workload, mode }, plans, processes, series);
    const result = await run.result();
    await Promise.all(processes.map((each) => each.end()));
    return result;
  } finally {
    // Those that ended by themselves have nothing left that could be killed.
    await Promise.all(processes.map((each) => each.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same load for another time: a probe wants seconds, whatever the workload takes. */
function shortened(workload: Workload, seconds: number | undefined): Workload {
  if (seconds === undefined) return workload;
  const durationSeconds = Math.max(1, Math.round(seconds));
  return { ...workload, warmupSeconds: Math.min(1, workload.warmupSeconds), durationSeconds };
}

class Run {
  readonly #options: RunOptions & { mode: GeneratorMode };
  readonly #plans: readonly GeneratorPlan[];
  readonly #processes: readonly GeneratorProcess[];
  readonly #series: ThroughputSeries;

  constructor(
    options: RunOptions & { mode: GeneratorMode },
    plans: readonly GeneratorPlan[],
    processes: readonly GeneratorProcess[],
    series: ThroughputSeries,
  ) {
    this.#options = options;
    this.#plans = plans;
    this.#processes = processes;
    this.#series = series;
  }

  async result(): Promise<GeneratorResult> {
    const ready = await Promise.all(this.#processes.map((each) => each.ready));
    const startAtUs = sharedClockUs() + startInUs;
    for (const each of this.#processes) each.start(startAtUs);
    const dead = Promise.all(this.#processes.map((each) => each.done)).then(() => {});
    await Promise.race([sleepUntil(startAtUs), dead]);
    const samples = this.#sample(startAtUs, ready);
    try {
      const limitMs = (untilSecondsOf(this.#options) + this.#options.workload.drainSeconds) * 1000;
      const done = await Promise.all(this.#processes.map((each) => each.doneWithin(limitMs + doneMarginMs)));
      samples.stop();
      return this.#assemble(ready, done, samples);
    } finally {
      samples.stop();
    }
  }

  #sample(startAtUs: number, ready: readonly Ready[]): UseSampler {
    const { workload, mode, progress, brokerUse = unknownUse, onSecond } = this.#options;
    const { warmupSeconds, durationSeconds } = workload;
    const seconds = mode === 'preload' ? 0 : warmupSeconds + durationSeconds;
    const own = this.#processes.flatMap(({ processId }) => (processId === undefined ? [] : [processId]));
    const others = ready.map(({ processIds }) => processIds);
    // Of no process at all nothing is known: better than the half of it.
    const ids = others.includes(null) ? [] : [...own, ...others.flatMap((each) => each ?? [])];
    if (mode !== 'preload') {
      progress?.step(`${workload.generator}: ${warmupSeconds} s of warm-up, ${durationSeconds} s measured`);
    }
    const startUs = localStartUs({ nowUs: () => performance.now() * 1000 }, startAtUs);
    const tell = (second: number): void => {
      // What the generators say of a second comes a moment after its end.
      const records = this.#series.recordsIn(second - 2);
      progress?.detail(`second ${second} of ${seconds}, ${records} records/s`);
    };
    const clientUse = (): ProcessUse | undefined => sumOf(ids.map(useOf));
    return new UseSampler(startUs, seconds, brokerUse, clientUse, tell, onSecond);
  }

  #assemble(ready: readonly Ready[], done: readonly Done[], samples: UseSampler): GeneratorResult {
    const { workload } = this.#options;
    const { warmupSeconds: from, durationSeconds } = workload;
    let [records, bytes] = [0, 0];
    for (let second = from; second < from + durationSeconds; second++) {
      records += this.#series.recordsIn(second);
      bytes += this.#series.bytesIn(second);
    }
    const cost = costOf(samples.client, from, from + durationSeconds, records);
    const [first] = ready;
    assert(first !== undefined, 'a generator has a process');
    const { userUsPerRecord, systemUsPerRecord } = cost ?? {};
    return {
      recordsPerSecond: records / durationSeconds,
      megabytesPerSecond: bytes / durationSeconds / 1e6,
      clientCpuUsPerRecord:
        userUsPerRecord == null || systemUsPerRecord == null ? null : userUsPerRecord + systemUsPerRecord,
      name: workload.generator,
      version: first.version,
      processes: this.#processes.length,
      settings: first.settings,
      counts: countsOf(done),
      outcomes: this.#outcomes(),
      delivery: deliveryOf(done),
      latencies: latenciesOf(done, workload),
      series: this.#series,
      samples,
      notes: [...new Set(done.flatMap(({ notes }) => notes))],
    };
  }

  #outcomes(): Outcomes[] {
    const read: Outcomes[] = [];
    for (const { outcomesPath } of this.#plans) {
      const bytes = readIfThere(outcomesPath);
      if (bytes === undefined) continue;
      const outcomes = Outcomes.fromBytes(bytes);
      if (typeof outcomes === 'string')
        throw new GeneratorError(`what a generator left behind cannot be read: ${outcomes}`);
      read.push(outcomes);
    }
    if (read.length !== 0 && read.length !== this.#plans.length)
      throw new GeneratorError(`${read.length} of ${this.#plans.length} generator processes left outcomes`);
    return read;
  }
}

const unknownUse = (): undefined => undefined;

// ---- before

function plansOf(
  { address, topic, seed, records = 0 }: RunOptions,
  workload: Workload,
  mode: GeneratorMode,
  folder: string,
): GeneratorPlan[] {
  const { generator, generatorProcesses: processes } = workload;
  const poolPath = join(folder, 'values');
  if (generator === 'librdkafka') writeFileSync(poolPath, new Payloads(workload.record, seed).poolBytes());
  return Array.from({ length: processes }, (_, process) => {
    const plan = {
      generator,
      mode,
      address,
      topic,
      workload,
      seed,
      process,
      processes,
      records: mode === 'preload' ? partOf(records, { process, processes }) : records,
      untilSeconds: untilSecondsOf({ workload, mode }),
      poolPath,
      outcomesPath: join(folder, `outcomes-${process}`),
    };
    return { ...plan, arrivalsPath: arrivalsOf(plan, join(folder, `arrivals-${process}`)) };
  });
}

/** Intended times for a generator that cannot draw them; null for the others, and for closed loops. */
function arrivalsOf(plan: Omit<GeneratorPlan, 'arrivalsPath'>, path: string): string | null {
  const { generator, mode, workload, seed, untilSeconds } = plan;
  if (generator !== 'librdkafka' || mode !== 'produce' || workload.kind === 'consume') return null;
  const { load } = workload;
  if (load.loop === 'closed') return null;
  const all = scheduleOf(load, new SeededRandom(`${seed}/arrivals`));
  const own = new EveryNth(all, plan.process, plan.processes);
  const times: number[] = [];
  for (let at = own.next(); at < untilSeconds * 1e6; at = own.next()) times.push(at);
  writeFileSync(path, new Uint8Array(new Float64Array(times).buffer));
  return path;
}

function untilSecondsOf({ workload, mode }: { workload: Workload; mode?: GeneratorMode }): number {
  return mode === 'preload' ? preloadWithinSeconds : workload.warmupSeconds + workload.durationSeconds;
}

// ---- afterwards

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function countsOf(done: readonly Done[]): GeneratorCounts {
  const counts = { intended: 0, acknowledged: 0, failed: 0, unfinished: 0 };
  for (const each of done) {
    counts.intended += each.intended;
    counts.acknowledged += each.acknowledged;
    counts.failed += each.failed;
    counts.unfinished += each.unfinished;
  }
  return counts;
}

function deliveryOf(done: readonly Done[]): LedgerReport['delivery'] {
  const told = done.map(({ delivery }) => delivery).filter((delivery) => delivery !== null);
  assert(told.length <= 1, 'one process follows, or none');
  return told[0] ?? null;
}

/** Histograms of all processes added up, never their percentiles. */
function latenciesOf(done: readonly Done[], workload: Workload): LatencyReport[] {
  const merged = new Map<LatencyReport['of'], { fromIntendedTime: boolean; recorder: LatencyRecorder }>();
  for (const { of, fromIntendedTime, seconds } of done.flatMap(({ latencies }) => latencies)) {
    let into = merged.get(of);
    if (into === undefined) {
      into = {
        fromIntendedTime,
        recorder: new LatencyRecorder(workload.warmupSeconds, workload.durationSeconds),
      };
      merged.set(of, into);
    }
    into.recorder.add(seconds);
  }
  return [...merged].map(([of, { fromIntendedTime, recorder }]) => ({
    of,
    fromIntendedTime,
    whole: recorder.report(),
    perSecond: recorder.perSecond(),
  }));
}
