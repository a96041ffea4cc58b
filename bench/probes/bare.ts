// The bare probes as limits: the least that any broker must do (`bare-pipeline.ts`, `bare-read-send.ts`), in a process
// of its own, under the same generator and workload as the broker, for a few seconds. Its account is held to the same
// ledger: a probe that loses or mixes up records is no limit, and an error.
//
// Where the generator is slower than the probe, the limit is the generator's: the pattern says how busy that was.

import { rmSync } from 'node:fs';
import type { Address } from '../../engine/index.ts';
import { throughputOf } from '../judgement.ts';
import { useOf } from '../process-use.ts';
import type { Progress } from '../progress.ts';
import type { Limit } from '../result.ts';
import { Session } from '../session.ts';
import { ClientNode } from '../tasks.ts';
import { costOf } from '../throughput.ts';
import type { Workload } from '../workload.ts';
import { type BareProcess, startBareProcess } from './bare-process.ts';

const warmupSeconds = 1;
const measuredSeconds = 3;

export interface BareOptions {
  /** Where the probe's files grow; removed again. */
  readonly folder: string;
  readonly workload: Workload;
  readonly seed: string;
  readonly progress: Progress;
}

/** What a load did to whoever answered it. */
interface Loaded {
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly cpuUsPerRecord: number | null;
  /** Of one core. */
  readonly clientCpuPercent: number | null;
}

export async function probeBare(options: BareOptions): Promise<Limit> {
  const { folder, workload } = options;
  const name = workload.kind === 'consume' ? 'bare-read-send' : 'bare-pipeline';
  options.progress.step(`${name}: the same load on the least that any broker must do`);
  let probe: BareProcess | undefined;
  try {
    probe = await startBareProcess(folder, workload.topic.partitions, workload.fsync);
    const load = loadAgainst(probe.address, probe.processId, name, options);
    const loaded = await whileAlive(probe, name, load);
    return limitOf(name, workload, loaded);
  } finally {
    await probe?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A probe that ends before its load does is an error, not a limit. */
export function whileAlive<T>(probe: BareProcess, name: string, load: Promise<T>): Promise<T> {
  const died = probe.ended.then((how): never => {
    throw new Error(`the ${name} probe ended during its load: ${how}`);
  });
  return Promise.race([load, died]);
}

/** Holds a short session of the workload with whatever listens at `address`. */
export async function loadAgainst(
  address: Address,
  processId: number,
  name: string,
  { folder, workload: asked, seed, progress }: BareOptions,
): Promise<Loaded> {
  const workload: Workload = { ...asked, warmupSeconds, durationSeconds: measuredSeconds, faults: [] };
  const node = new ClientNode(folder);
  try {
    const topic = `bench-${name}`;
    const session = new Session({
      node,
      broker: address,
      brokerUse: () => useOf(processId),
      loadBegins: () => {},
      topic,
      workload,
      seed,
      folder,
      progress,
    });
    const { series, samples, ledger } = await session.hold();
    if (!ledger.sound) throw new Error(`the ${name} probe failed its ledger: ${ledger.examples.join('; ')}`);
    const throughput = throughputOf(series.report(samples), workload);
    const until = warmupSeconds + measuredSeconds;
    const records = throughput.recordsPerSecond * measuredSeconds;
    const cost = costOf(samples.broker, warmupSeconds, until, records);
    const { userUsPerRecord = null, systemUsPerRecord = null } = cost ?? {};
    return {
      ...throughput,
      cpuUsPerRecord:
        userUsPerRecord === null || systemUsPerRecord === null ? null : userUsPerRecord + systemUsPerRecord,
      clientCpuPercent: costOf(samples.client, warmupSeconds, until, records)?.cpuPercent ?? null,
    };
  } finally {
    node.close();
  }
}

function limitOf(of: Limit['of'], workload: Workload, loaded: Loaded): Limit {
  const { recordsPerSecond, megabytesPerSecond, cpuUsPerRecord, clientCpuPercent } = loaded;
  const work =
    of === 'bare-pipeline' ? 'receive, check CRC, append, answer' : 'read batches from the file, send them';
  const busy =
    clientCpuPercent === null ? '' : `, the generator at ${clientCpuPercent.toFixed(0)} % of a core`;
  const offered = isOffered(workload) ? ', at the offered rate: for its processor time, not a limit' : '';
  return {
    of,
    pattern: `${work}; the same load${busy}${offered}`,
    megabytesPerSecond,
    operationsPerSecond: recordsPerSecond,
    cpuUsPerRecord,
  };
}

/** Those that bound a workload: under an open loop a bare probe carries what it is offered, and shows no limit. */
export function boundingOf(limits: readonly Limit[], workload: Workload): Limit[] {
  return limits.filter(({ of }) => !isOffered(workload) || !of.startsWith('bare-'));
}

function isOffered(workload: Workload): boolean {
  return workload.kind !== 'consume' && workload.load.loop === 'open';
}
