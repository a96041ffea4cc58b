// What is started for a target that does not run already.

import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BrokerProgram } from './broker-program.ts';
import { kafkaProgram } from './kafka.ts';
import { odradekProgram } from './odradek.ts';
import type { StartedTarget } from './target.ts';

/** `compileCache`: where Node keeps what it compiled, so that many starts of one build cost little and all the same. */
export function programOf(target: StartedTarget, compileCache?: string): BrokerProgram {
  if (target.kind === 'kafka') return kafkaProgram(target.installation);
  const { commandLine, slipPercent } = target;
  const environment = compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache };
  if (slipPercent === 0) return odradekProgram({ commandLine, environment });
  const here = fileURLToPath(import.meta.url);
  const preload = pathToFileURL(here.replace(/target-program\.(ts|js)$/, 'slip-preload.$1'));
  preload.searchParams.set('percent', String(slipPercent));
  return odradekProgram({ commandLine, nodeWords: ['--import', preload.href], environment });
}
