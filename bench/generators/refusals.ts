// What a generator cannot do, so that a workload that asks for it is refused where it says so, and not run as
// something else. Pure.

import type { Workload } from '../workload.ts';

export interface Refusal {
  /** Where in the workload file. */
  readonly path: readonly string[];
  readonly message: string;
}

export function refusalsOf(workload: Workload): Refusal[] {
  return [...processRefusals(workload), ...kindRefusals(workload)];
}

function processRefusals({ kind, generatorProcesses, producers }: Workload): Refusal[] {
  const path = ['generatorProcesses'];
  if (kind === 'end-to-end' && generatorProcesses > 1) {
    return [
      { path, message: 'end-to-end has its consumer in the process of its producers: one process only' },
    ];
  }
  if (kind === 'consume' && generatorProcesses > 1) {
    return [{ path, message: 'one process reads: more of them would read the same records again' }];
  }
  if (producers % generatorProcesses !== 0) {
    const message = `${producers} producers cannot be shared out evenly among ${generatorProcesses} processes`;
    return [{ path, message }];
  }
  return [];
}

function kindRefusals(workload: Workload): Refusal[] {
  const { generator, kind } = workload;
  const path = ['generator'];
  if (generator !== 'odradek' && kind === 'end-to-end') {
    return [{ path, message: `${generator} has no consumer that follows: end-to-end is for odradek` }];
  }
  if (generator === 'odradek' || generator === 'librdkafka') return [];
  if (kind === 'consume') {
    return [
      { path, message: `${generator} is driven as a producer only: consume is for odradek, librdkafka` },
    ];
  }
  if (generator === 'kafka-perf-test') return perfTestRefusals(workload);
  return [...optionRefusals(workload), ...(generator === 'kcat' ? kcatRefusals(workload) : [])];
}

/** Options of a producer that the clients in Node have, or that our batches in front of them do. */
const optionsOf: Partial<Record<Workload['generator'], readonly string[]>> = {
  kafkajs: ['lingerMs', 'batchSizeBytes', 'compressionType', 'enableIdempotence', 'requestTimeoutMs'],
  platformatic: ['lingerMs', 'batchSizeBytes', 'compressionType', 'enableIdempotence', 'requestTimeoutMs'],
};

function optionRefusals({ generator, producer }: Workload): Refusal[] {
  const known = optionsOf[generator];
  const found: Refusal[] = [];
  for (const name of Object.keys(producer)) {
    if (known === undefined || known.includes(name)) continue;
    found.push({ path: ['producer', name], message: `${generator} has no ${name}` });
  }
  const { compressionType = 'none' } = producer;
  if (generator === 'kafkajs' && compressionType !== 'none' && compressionType !== 'gzip') {
    const message = `kafkajs has no ${compressionType} by itself, only gzip`;
    found.push({ path: ['producer', 'compressionType'], message });
  }
  return found;
}

function kcatRefusals(workload: Workload): Refusal[] {
  const found: Refusal[] = [];
  if (workload.kind !== 'consume' && workload.load.loop === 'open') {
    found.push({
      path: ['load', 'loop'],
      message: 'kcat sends what it is given at once: it has no open loop',
    });
  }
  if (workload.partitioning === 'round-robin') {
    found.push({ path: ['partitioning'], message: 'kcat picks partitions by the key, not round-robin' });
  }
  if (workload.producers !== workload.generatorProcesses) {
    const message = 'kcat is one producer a process: as many producers as generatorProcesses are wanted';
    found.push({ path: ['producers'], message });
  }
  return found;
}

function perfTestRefusals(workload: Workload): Refusal[] {
  const found: Refusal[] = [];
  const refuse = (path: string[], message: string) => found.push({ path, message });
  if (workload.kind !== 'consume' && workload.load.loop === 'open')
    refuse(['load', 'loop'], 'kafka-perf-test counts latency from the send: it has no open loop');
  if (workload.partitioning === 'round-robin')
    refuse(['partitioning'], 'kafka-perf-test has its own partitioner, not round-robin');
  if (workload.producers !== 1 || workload.generatorProcesses !== 1)
    refuse(['producers'], 'kafka-perf-test is driven as one producer in one process');
  if (workload.record.payload !== 'random')
    refuse(['record', 'payload'], 'kafka-perf-test makes its own records: no payload with a ratio');
  return found;
}
