// One workload from file to result: a broker in its own process on a new data directory (or somebody else's
// broker), the session with it, the probes in its pattern, the judgement.
//
// The probes run when the broker has stopped, so that they have the machine to themselves, and in the same
// directory.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Address } from '../engine/index.ts';
import { BrokerProcess } from './broker-process.ts';
import type { GeneratorResult } from './generators/run-generator.ts';
import { sharesOf, smallestOf, stampsOf, throughputOf } from './judgement.ts';
import { meanBatchBytes } from './probes/batches.ts';
import { probeDisk } from './probes/disk.ts';
import { probeLoopback } from './probes/loopback.ts';
import { probeNullBroker } from './probes/null-broker.ts';
import { diskPattern, loopbackPattern } from './probes/patterns.ts';
import type { Progress } from './progress.ts';
import type { Limit, ProcessCost, WorkloadRun } from './result.ts';
import { type Measured, Session, SessionError } from './session.ts';
import { ClientNode } from './tasks.ts';
import { costOf, othersOf } from './throughput.ts';
import { durabilityOf, topicConfigs, type WorkloadFile } from './workload.ts';

export interface HarnessOptions {
  readonly seed: string;
  /** Where data directories are made, and removed again. */
  readonly folder: string;
  /** Not our own broker but this one. */
  readonly against: Address | undefined;
  readonly progress: Progress;
}

export async function runWorkload(file: WorkloadFile, options: HarnessOptions): Promise<WorkloadRun> {
  const { workload, name } = file;
  const { against, progress } = options;
  const folder = join(options.folder, `data-${name}`);
  const dataDir = join(folder, 'broker');
  const topic = `bench-${name}-${options.seed}`.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 200);
  progress.workload(name);
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  // Interrupted: the broker's own exit handler runs first and kills it.
  process.once('exit', remove);
  try {
    if (against === undefined) progress.step('starting the broker');
    const broker = against === undefined ? await started(dataDir, workload.broker) : undefined;
    let measured: Measured;
    let batchBytes: number | undefined;
    try {
      const held = holdSession(
        broker?.address ?? (against as Address),
        broker?.processId,
        topic,
        file,
        options,
      );
      measured = await (broker === undefined ? held : Promise.race([held, diedWhile(broker)]));
      batchBytes = broker === undefined ? undefined : meanBatchBytes(dataDir, topic);
    } finally {
      await broker?.stop();
    }
    progress.step('probing disk and loopback');
    const local = against === undefined || isLocal(against);
    const limits = local ? await probes(join(folder, 'probe'), file, batchBytes) : [];
    progress.step('probing the generator against a null broker');
    const own = await probeNullBroker(workload, options.seed, join(folder, 'null-broker'));
    if (own !== undefined) limits.push(own);
    return assemble(file, measured, limits, broker !== undefined, local, batchBytes);
  } finally {
    process.off('exit', remove);
    remove();
    progress.end();
  }
}

async function started(dataDir: string, overrides: Record<string, string>): Promise<BrokerProcess> {
  try {
    return await BrokerProcess.start(dataDir, overrides);
  } catch (error) {
    throw new SessionError(error instanceof Error ? error.message : String(error));
  }
}

async function diedWhile(broker: BrokerProcess): Promise<never> {
  throw new SessionError(`the broker ended during the run: ${await broker.ended}`);
}

async function holdSession(
  broker: Address,
  brokerProcessId: number | undefined,
  topic: string,
  { workload }: WorkloadFile,
  { seed, folder, progress }: HarnessOptions,
): Promise<Measured> {
  const node = new ClientNode(folder);
  try {
    const session = new Session({ node, broker, brokerProcessId, topic, workload, seed, folder, progress });
    try {
      return await session.hold();
    } finally {
      // Only a broker that lives on has to be tidied; ours takes its directory with it, which the probes read
      // first.
      if (brokerProcessId === undefined) await session.close();
    }
  } finally {
    node.close();
  }
}

async function probes(
  folder: string,
  { workload }: WorkloadFile,
  batchBytes: number | undefined,
): Promise<Limit[]> {
  return [
    await probeDisk(folder, diskPattern(workload, batchBytes)),
    await probeLoopback(loopbackPattern(workload, batchBytes)),
  ];
}

function assemble(
  { name, story, workload }: WorkloadFile,
  measured: Measured,
  limits: Limit[],
  ours: boolean,
  local: boolean,
  batchBytes: number | undefined,
): WorkloadRun {
  const { load, ledger, payloadGzipRatio } = measured;
  const seconds = load.series.report(load.samples);
  const throughput = throughputOf(seconds, workload);
  const { warmupSeconds: from, durationSeconds } = workload;
  const records = throughput.recordsPerSecond * durationSeconds;
  const costs = (samples: GeneratorResult['samples']['client']): ProcessCost | null =>
    costOf(samples, from, from + durationSeconds, records);
  const broker = costs(load.samples.broker);
  const client = costs(load.samples.client) ?? unknownCost;
  const machine = othersOf(load.samples, from, from + durationSeconds);
  const shares = sharesOf(throughput.megabytesPerSecond, limits);
  const stamps = stampsOf({
    workload,
    throughput,
    ledger,
    broker,
    client,
    machine,
    limits,
    latencies: load.latencies,
  });
  return {
    name,
    story,
    workload,
    durability: durabilityOf(workload),
    settings: { ...load.settings, topic: topicConfigs(workload), broker: ours ? workload.broker : {} },
    payloadGzipRatio,
    generator: { name: load.name, version: load.version, processes: load.processes },
    throughput,
    seconds,
    latencies: [...load.latencies],
    broker,
    brokerCounts: null,
    client,
    startToFirstAcknowledgedMs: null,
    faults: [],
    drain: null,
    machine,
    limits,
    share: smallestOf(shares),
    shares,
    ledger,
    stamps,
    notes: [...notesOf(workload.kind, ours, local, broker, batchBytes), ...measured.notes],
  };
}

const unknownCost: ProcessCost = {
  userUsPerRecord: null,
  systemUsPerRecord: null,
  cpuPercent: null,
  rssMaxBytes: null,
};

function notesOf(
  kind: string,
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
  if (kind === 'end-to-end')
    notes.push('every byte crosses loopback twice, once to the broker and once from it');
  return notes;
}

function isLocal({ host }: Address): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
