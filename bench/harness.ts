// One workload from file to result: a broker in its own process on a new data directory (or somebody else's
// broker), the session with it, the probes in its pattern, the judgement.
//
// The probes run when the broker has stopped, so that they have the machine to themselves, and in the same
// directory.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Address } from '../engine/index.ts';
import { BrokerCounter } from './broker-counts.ts';
import { BrokerProcess } from './broker-process.ts';
import { FaultDriver } from './faults/fault-driver.ts';
import { faultReports, type HappenedFault } from './faults/recovery.ts';
import { firstAcknowledgedMs } from './first-record.ts';
import { sharesOf, smallestOf, stampsOf, throughputOf } from './judgement.ts';
import { boundingOf, probeBare } from './probes/bare.ts';
import { meanBatchBytes } from './probes/batches.ts';
import { probeDisk } from './probes/disk.ts';
import { probeLoopback } from './probes/loopback.ts';
import { probeNullBroker } from './probes/null-broker.ts';
import { diskPattern, loopbackPattern } from './probes/patterns.ts';
import type { BrokerProgram } from './programs/broker-program.ts';
import { selfTarget, type Target, withProperties } from './programs/target.ts';
import { programOf } from './programs/target-program.ts';
import type { Progress } from './progress.ts';
import type { BrokerCounts, Limit, ProcessCost, SecondReport, WorkloadRun } from './result.ts';
import { type Measured, Session } from './session.ts';
import { SessionError } from './session-error.ts';
import { ClientNode } from './tasks.ts';
import { costOf, othersOf } from './throughput.ts';
import { durabilityOf, recordsMaxOf, topicConfigs, type Workload, type WorkloadFile } from './workload.ts';

export interface HarnessOptions {
  readonly seed: string;
  /** Where data directories are made, and removed again. */
  readonly folder: string;
  readonly progress: Progress;
  /** False: no limits are probed; of many runs of one pattern each would find the same. Default: true. */
  readonly probes?: boolean;
  /** What is measured: a broker that is started for it, or one that runs already. Default: this very code. */
  readonly target?: Target;
  /** Where Node keeps what it compiled, if many brokers of one build are started. */
  readonly compileCache?: string;
}

export async function runWorkload(asked: WorkloadFile, options: HarnessOptions): Promise<WorkloadRun> {
  const { progress, target = selfTarget() } = options;
  const address = target.kind === 'address' ? target.address : undefined;
  const file = target.kind === 'address' ? asked : withProperties(asked, target);
  const { workload, name } = file;
  const folder = join(options.folder, `data-${name}`);
  const dataDir = join(folder, 'broker');
  const topic = `bench-${name}-${options.seed}`.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 200);
  progress.workload(name);
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  // Interrupted: the broker's own exit handler runs first and kills it.
  process.once('exit', remove);
  try {
    if (target.kind !== 'address') progress.step('starting the broker');
    const broker =
      target.kind === 'address'
        ? undefined
        : await started(dataDir, workload.broker, programOf(target, options.compileCache));
    const { warmupSeconds: from, durationSeconds } = workload;
    const counter = broker && new BrokerCounter(broker, from, from + durationSeconds);
    let measured: Measured;
    let ofBroker: OfBroker = { counts: null, firstMs: null };
    let happened: readonly HappenedFault[] = [];
    let batchBytes: number | undefined;
    const faults = broker && new FaultDriver(broker, workload, folder, progress);
    try {
      const firstMs = broker === undefined ? null : await firstAcknowledgedMs(broker, workload, folder);
      const held = holdSession(
        broker ?? (address as Address),
        topic,
        file,
        options,
        faults,
        counter?.onSecond,
      );
      const whole = faults === undefined ? held.then((of) => [of, []] as const) : withFaults(held, faults);
      [measured, happened] = await (broker === undefined ? whole : Promise.race([whole, diedWhile(broker)]));
      batchBytes = broker === undefined ? undefined : meanBatchBytes(dataDir, topic);
      const records = measuredRecords(measured.series.report(measured.samples));
      ofBroker = { counts: (await counter?.report(records)) ?? null, firstMs };
    } finally {
      await faults?.cancel();
      await broker?.stop();
    }
    const local = address === undefined || isLocal(address);
    const probing = local && options.probes !== false;
    const limits = probing ? await probes(join(folder, 'probe'), file, batchBytes, options) : [];
    const run = assemble(file, measured, ofBroker, limits, broker !== undefined, local, batchBytes);
    const { flow } = measured;
    return flow === undefined ? run : { ...run, faults: faultReports(happened, flow, workload) };
  } finally {
    process.off('exit', remove);
    remove();
    progress.end();
  }
}

/** What is known of our own broker beside its use of the machine. */
interface OfBroker {
  readonly counts: BrokerCounts | null;
  readonly firstMs: number | null;
}

async function started(
  dataDir: string,
  overrides: Record<string, string>,
  program: BrokerProgram,
): Promise<BrokerProcess> {
  try {
    return await BrokerProcess.start(dataDir, overrides, program);
  } catch (error) {
    throw new SessionError(error instanceof Error ? error.message : String(error));
  }
}

async function diedWhile(broker: BrokerProcess): Promise<never> {
  throw new SessionError(`the broker ended during the run: ${await broker.ended}`);
}

/** What the faults were, once the load is over; nobody waits for a load whose fault could not be driven. */
async function withFaults<T>(held: Promise<T>, faults: FaultDriver): Promise<[T, readonly HappenedFault[]]> {
  const failed = faults.failed.catch((error: unknown) => {
    throw new SessionError(`a fault could not be driven: ${error instanceof Error ? error.message : error}`);
  });
  const measured = await Promise.race([held, failed]);
  return [measured, await Promise.race([faults.ended(), failed])];
}

async function holdSession(
  of: BrokerProcess | Address,
  topic: string,
  { workload }: WorkloadFile,
  { seed, folder, progress }: HarnessOptions,
  faults: FaultDriver | undefined,
  onSecond: ((second: number) => void) | undefined,
): Promise<Measured> {
  const ours = of instanceof BrokerProcess;
  const broker = ours ? of.address : of;
  const brokerUse = () => (ours ? of.use() : undefined);
  const loadBegins = (startUs: number): void => faults?.begin(startUs);
  const node = new ClientNode(folder);
  try {
    const session = new Session({
      node,
      broker,
      brokerUse,
      loadBegins,
      topic,
      workload,
      seed,
      folder,
      progress,
      onSecond,
    });
    try {
      return await session.hold();
    } finally {
      // Only a broker that lives on has to be tidied; ours takes its directory with it, which the probes read
      // first.
      if (!ours) await session.close();
    }
  } finally {
    node.close();
  }
}

async function probes(
  folder: string,
  { workload }: WorkloadFile,
  batchBytes: number | undefined,
  { seed, progress }: HarnessOptions,
): Promise<Limit[]> {
  progress.step('null-broker: the generator against a broker that does nothing');
  const own = await probeNullBroker(workload, seed, join(folder, 'null-broker'));
  progress.step('disk and loopback: what the machine can do');
  return [
    await probeDisk(folder, diskPattern(workload, batchBytes)),
    await probeLoopback(loopbackPattern(workload, batchBytes)),
    await probeBare({ folder, workload, seed, progress }),
    ...(own === undefined ? [] : [own]),
  ];
}

function assemble(
  { name, story, workload }: WorkloadFile,
  measured: Measured,
  ofBroker: OfBroker,
  limits: Limit[],
  ours: boolean,
  local: boolean,
  batchBytes: number | undefined,
): WorkloadRun {
  const all = measured.series.report(measured.samples);
  const seconds = recordsMaxOf(workload) === undefined ? all : untilTheEnd(all);
  const throughput = throughputOf(seconds, workload, measured.series.lastUs);
  const { warmupSeconds: from, durationSeconds } = workload;
  const records = measuredRecords(seconds);
  const costs = (samples: Measured['samples']['client']): ProcessCost | null =>
    costOf(samples, from, from + durationSeconds, records);
  const broker = costs(measured.samples.broker);
  const client = costs(measured.samples.client) ?? unknownCost;
  const { ledger, generator, settings, latencies, payloadGzipRatio } = measured;
  const machine = othersOf(measured.samples, from, from + durationSeconds);
  const shares = sharesOf(throughput.megabytesPerSecond, boundingOf(limits, workload));
  const stamps = stampsOf({
    workload,
    throughput,
    ledger,
    broker,
    client,
    machine,
    limits,
    latencies,
  });
  return {
    name,
    story,
    workload,
    durability: durabilityOf(workload),
    settings: { ...settings, topic: topicConfigs(workload), broker: ours ? workload.broker : {} },
    payloadGzipRatio,
    generator,
    throughput,
    seconds,
    latencies: [...latencies],
    broker,
    brokerCounts: ofBroker.counts,
    client,
    startToFirstAcknowledgedMs: ofBroker.firstMs,
    faults: [],
    drain: measured.drain ?? null,
    machine,
    limits,
    share: smallestOf(shares),
    shares,
    ledger,
    stamps,
    notes: [...notesOf(workload, ours, local, broker, batchBytes), ...measured.notes],
  };
}

/** A load that ended with its records leaves seconds in which nothing happened. */
function untilTheEnd(seconds: readonly SecondReport[]): SecondReport[] {
  const last = seconds.findLastIndex(({ records }) => records > 0);
  return seconds.slice(0, Math.max(1, last + 1));
}

function measuredRecords(seconds: readonly SecondReport[]): number {
  return seconds.reduce((sum, { phase, records }) => sum + (phase === 'measured' ? records : 0), 0);
}

const unknownCost: ProcessCost = {
  userUsPerRecord: null,
  systemUsPerRecord: null,
  cpuPercent: null,
  rssMaxBytes: null,
};

function notesOf(
  workload: Workload,
  ours: boolean,
  local: boolean,
  broker: ProcessCost | null,
  batchBytes: number | undefined,
): string[] {
  const notes: string[] = [];
  if (!local) notes.push('the broker is on another machine: its disk and the network to it were not probed');
  else if (!ours)
    notes.push('the disk probe ran in our own folder, which need not be on the disk of that broker');
  if (broker === null) {
    const why = ours ? 'this system does not tell what other processes use' : 'the broker is not our process';
    notes.push(`processor time and memory of the broker: not available, ${why}`);
  }
  if (batchBytes !== undefined) notes.push(`mean size of the batches in the log: ${batchBytes} B`);
  else notes.push('the probes used the configured batch size: the real one cannot be seen from here');
  const { kind, faults } = workload;
  if (faults.length > 0 && (kind === 'consume' || workload.load.loop === 'closed')) {
    const why = 'a closed loop asks for nothing while the broker stands still';
    notes.push(`${why}: its percentiles hardly show the fault; an open loop shows it`);
  }
  if (kind === 'end-to-end')
    notes.push('every byte crosses loopback twice, once to the broker and once from it');
  return notes;
}

function isLocal({ host }: Address): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
