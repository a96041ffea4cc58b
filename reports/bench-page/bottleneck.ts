// What limits a run, computed: how much of each resource was used when the result was made, whether Little's law
// holds between throughput, latency and what was under way, and which of them is the limit, with the evidence. Pure.

import type { BenchResult, WorkloadRun } from '../../bench/result.ts';
import { duration, number, percent } from '../format.ts';

export interface Resource {
  readonly name: string;
  /** 1 is all of it. */
  readonly used: number;
  readonly evidence: string;
}

export interface Little {
  /** Throughput times mean latency: how many records are under way on average. */
  readonly inFlight: number;
  /** What the closed loop kept under way; null in an open loop. */
  readonly asked: number | null;
  readonly evidence: string;
}

export interface Limiting {
  /** The most used first. */
  readonly resources: readonly Resource[];
  readonly little: Little | null;
  readonly bottleneck: string;
  readonly evidence: string;
}

/** From here on a resource is called the limit. */
const limitingFrom = 0.85;
/** An open loop that achieves this share of what it was offered was not limited by anything. */
const metFrom = 0.99;
/** Little's law is called broken beyond this distance. */
export const littleWithin = 0.1;

export function limitingOf(run: WorkloadRun, { environment }: BenchResult): Limiting {
  const resources = resourcesOf(run, environment.cores).toSorted((one, other) => other.used - one.used);
  const little = littleOf(run);
  return { resources, little, ...verdict(run, resources, little) };
}

function resourcesOf(run: WorkloadRun, cores: number): Resource[] {
  const { broker, client, machine, generator, shares } = run;
  const found: Resource[] = [];
  const busy = (name: string, percentOfCore: number | null, threads: number, evidence: string) => {
    if (percentOfCore === null || threads === 0) return;
    found.push({ name, used: percentOfCore / 100 / threads, evidence });
  };
  busy('processor of the broker', broker?.cpuPercent ?? null, 1, 'of one core, user and system');
  const clients = `of ${generator.processes === 1 ? 'one core' : `${generator.processes} cores`}, one for each process`;
  busy('processor of the generator', client.cpuPercent, generator.processes, clients);
  const all = [broker?.cpuPercent, client.cpuPercent, machine.othersCpuPercent, machine.stolenCpuPercent];
  const together = all.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  busy('processor of the machine', together, cores, `broker, generator and all others, of ${cores} cores`);
  for (const { binding, limitMegabytesPerSecond, share } of shares) {
    const evidence = `result over probe: ${number(limitMegabytesPerSecond, 1)} MB/s in the same pattern`;
    found.push({ name: `${binding} limit`, used: share, evidence });
  }
  return found;
}

/** Of the latency that an operation under way has: the acknowledgement, or the whole way. */
function littleOf({ latencies, throughput, workload }: WorkloadRun): Little | null {
  const latency =
    latencies.find(({ of }) => of === 'acknowledge') ?? latencies.find(({ of }) => of === 'end-to-end');
  const mean = latency?.whole.meanUs ?? null;
  if (latency === undefined || mean === null) return null;
  const inFlight = (throughput.recordsPerSecond * mean) / 1e6;
  const load = workload.kind === 'consume' ? null : workload.load;
  const asked = load?.loop === 'closed' ? load.outstandingRecords : null;
  const product = `${number(throughput.recordsPerSecond)} records/s times ${duration(mean)} on average`;
  return {
    inFlight,
    asked,
    evidence: `${product} are ${number(inFlight, inFlight < 10 ? 2 : 0)} records under way`,
  };
}

function verdict(run: WorkloadRun, resources: readonly Resource[], little: Little | null) {
  const offered = run.throughput.offeredRecordsPerSecond;
  if (offered !== null && run.throughput.recordsPerSecond >= offered * metFrom) {
    const met = percent(run.throughput.recordsPerSecond / offered);
    return {
      bottleneck: 'the offered load',
      evidence: `${met} of what was offered was achieved: nothing ran full`,
    };
  }
  // The machine is full whenever its cores are: the process that fills one says more.
  const full = resources.filter(({ used }) => used >= limitingFrom);
  const first = full.find(({ name }) => name !== 'processor of the machine') ?? full[0];
  if (first !== undefined) {
    return { bottleneck: first.name, evidence: `${percent(first.used)} ${first.evidence}` };
  }
  const most = resources[0];
  const nothing =
    most === undefined
      ? 'no resource was measured'
      : `no resource is above ${percent(limitingFrom)}; the most used is the ${most.name} at ${percent(most.used)}`;
  if (little !== null && little.asked !== null) {
    const window = `${number(little.asked)} records under way, answered after the latency above`;
    return { bottleneck: 'the closed loop itself (waiting)', evidence: `${nothing}; the rate is ${window}` };
  }
  return { bottleneck: 'not found', evidence: nothing };
}
