// Which load belongs to which generator. The clients of others are loaded only when they are wanted: they need not be
// installed.

import type { GeneratorLoad } from './load.ts';
import { GeneratorError } from './load.ts';
import { odradekLoad } from './odradek.ts';
import type { GeneratorPlan } from './plan.ts';

export async function loadOf(plan: GeneratorPlan): Promise<GeneratorLoad> {
  switch (plan.generator) {
    case 'odradek':
      return await odradekLoad(plan);
    case 'kafkajs':
      return await (await import('./kafkajs.ts')).kafkajsLoad(plan);
    case 'platformatic':
      return await (await import('./platformatic.ts')).platformaticLoad(plan);
    case 'kcat':
      return await (await import('./kcat.ts')).kcatLoad(plan);
    case 'kafka-perf-test':
      return await (await import('./kafka-perf-test.ts')).perfTestLoad(plan);
    default:
      throw new GeneratorError(`${plan.generator} is not driven from Node`);
  }
}
