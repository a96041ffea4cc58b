// The null-broker probe: the generator of the workload against a broker that acknowledges everything and does
// nothing, in a process of its own like any broker. What comes out is the generator's own limit: a result near it
// says more about the generator than about the broker.
//
// An open loop has no limit but its rate, so the probe makes a closed one of it, with as much under way as keeps a
// generator busy.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Address } from '../../engine/index.ts';
import { type GeneratorResult, runGenerator } from '../generators/run-generator.ts';
import { type ProcessUse, useOf } from '../process-use.ts';
import type { Limit } from '../result.ts';
import type { Workload } from '../workload.ts';

const probeSeconds = 2;
const outstandingOfOpenLoop = 20_000;
const readyWithinMs = 20_000;

export interface NullBroker {
  readonly address: Address;
  readonly processId: number;
  stop(): Promise<void>;
}

export async function startNullBroker(partitions: number): Promise<NullBroker> {
  const file = import.meta.url.endsWith('.ts') ? './null-broker-process.ts' : './null-broker-process.js';
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path, String(partitions)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const kill = (): void => void child.kill('SIGKILL');
  process.prependOnceListener('exit', kill);
  const timer = setTimeout(kill, readyWithinMs);
  // A process that ended has no line: then the iterator is done.
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  clearTimeout(timer);
  if (value === undefined) throw new Error('the null broker did not start');
  const { port } = JSON.parse(value) as { port: number };
  return {
    address: { host: '127.0.0.1', port },
    processId: child.pid as number,
    async stop() {
      const ended = once(child, 'close');
      child.stdin.end();
      await ended;
      process.off('exit', kill);
    },
  };
}

/** undefined for a workload that sends nothing while it is measured. */
export async function probeNullBroker(
  workload: Workload,
  seed: string,
  folder: string,
): Promise<Limit | undefined> {
  if (workload.kind === 'consume') return undefined;
  const broker = await startNullBroker(workload.topic.partitions);
  try {
    const closed = closedLoopOf(workload);
    // Its start is not what a record costs.
    const before = useOf(broker.processId);
    const result = await runGenerator({
      workload: closed,
      mode: 'produce',
      address: broker.address,
      topic: 'null',
      seed,
      folder,
      seconds: probeSeconds,
    });
    return limitOf(result, closed, spentUs(before, useOf(broker.processId)));
  } finally {
    await broker.stop();
  }
}

type Sending = Exclude<Workload, { kind: 'consume' }>;

function closedLoopOf(workload: Sending): Sending {
  const { load, ...rest } = workload;
  const outstandingRecords = load.loop === 'closed' ? load.outstandingRecords : outstandingOfOpenLoop;
  const closed = { loop: 'closed' as const, outstandingRecords };
  if (rest.kind === 'produce') return { ...rest, load: closed };
  const { consumer: _, ...produce } = rest;
  return { ...produce, kind: 'produce', load: closed };
}

function spentUs(before: ProcessUse | undefined, after: ProcessUse | undefined): number | null {
  if (before === undefined || after === undefined) return null;
  return after.userUs + after.systemUs - before.userUs - before.systemUs;
}

function limitOf(result: GeneratorResult, workload: Sending, cpuUs: number | null): Limit {
  const { acknowledged } = result.counts;
  const { loop } = workload.load;
  const outstanding = workload.load.loop === 'closed' ? workload.load.outstandingRecords : 0;
  return {
    of: 'null-broker',
    pattern:
      `${result.name} ${result.version}, ${result.processes} processes, ${loop} loop with ${outstanding} records ` +
      'under way, against a broker that acknowledges and does nothing',
    megabytesPerSecond: result.megabytesPerSecond,
    operationsPerSecond: result.recordsPerSecond,
    cpuUsPerRecord: cpuUs === null || acknowledged === 0 ? null : cpuUs / acknowledged,
  };
}
