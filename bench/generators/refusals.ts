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
  if (generator !== 'odradek' && kind === 'end-to-end') {
    const message = `${generator} has no consumer that follows: end-to-end is for odradek`;
    return [{ path: ['generator'], message }];
  }
  if (generator !== 'odradek' && generator !== 'librdkafka') {
    return [{ path: ['generator'], message: `${generator} is not driven yet` }];
  }
  return [];
}
