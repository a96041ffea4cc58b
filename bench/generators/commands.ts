// How a generator is started, and what is missing on this machine where it cannot be.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { unreachable } from '../../engine/index.ts';
import type { GeneratorName } from '../workload.ts';
import type { GeneratorCommand } from './generator-process.ts';
import { findPerfTest } from './kafka-perf-test.ts';
import { librdkafkaMissing, librdkafkaProgram } from './librdkafka-build.ts';
import { librdkafkaPlan } from './librdkafka-plan.ts';
import type { GeneratorPlan } from './plan.ts';

/** Why this generator cannot be used here, for the user; undefined when it can. */
export function missingOf(name: GeneratorName): string | undefined {
  switch (name) {
    case 'odradek':
      return undefined;
    case 'librdkafka':
      return librdkafkaMissing();
    case 'kafkajs':
      return packageMissing(name, 'kafkajs');
    case 'platformatic':
      return packageMissing(name, '@platformatic/kafka');
    case 'kcat':
      if (spawnSync('kcat', ['-V'], { stdio: 'ignore' }).status === 0) return undefined;
      return 'the generator kcat needs the program kcat: on Debian it comes with the package kcat';
    case 'kafka-perf-test':
      if (findPerfTest(process.env) !== undefined) return undefined;
      return (
        'the generator kafka-perf-test needs Apache Kafka and java: kafka-producer-perf-test.sh on the path, ' +
        'or $KAFKA_HOME with bin or libs in it'
      );
    default:
      return unreachable(name, 'generator');
  }
}

function packageMissing(name: GeneratorName, wanted: string): string | undefined {
  try {
    import.meta.resolve(wanted);
    return undefined;
  } catch {
    return `the generator ${name} needs the package ${wanted}, which is not installed (npm install ${wanted})`;
  }
}

/** Writes the plan to `planPath` in the form that the generator reads, and tells how to start it. */
export function commandOf(plan: GeneratorPlan, planPath: string): GeneratorCommand {
  if (plan.generator === 'librdkafka') {
    writeFileSync(planPath, librdkafkaPlan(plan));
    return { file: librdkafkaProgram(), words: [planPath] };
  }
  writeFileSync(planPath, JSON.stringify(plan));
  const file = import.meta.url.endsWith('.ts') ? './node-process.ts' : './node-process.js';
  return { file: process.execPath, words: [fileURLToPath(new URL(file, import.meta.url)), planPath] };
}
