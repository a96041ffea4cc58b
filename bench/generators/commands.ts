// How a generator is started, and what is missing on this machine where it cannot be.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { GeneratorName } from '../workload.ts';
import type { GeneratorCommand } from './generator-process.ts';
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
    default:
      return `the generator ${name} is not there`;
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
