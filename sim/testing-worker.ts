// For the tests of the suite: a thread whose world is not deterministic. Each run decides one latency otherwise than
// the run before, as a world would in which something reads the real clock.

import type { RunOptions } from './run.ts';
import { type Job, work as realWork } from './swarm-worker.ts';

let runs = 0;

export function work(job: Job) {
  return realWork(job, otherwise);
}

function otherwise(): RunOptions {
  runs++;
  return { decisions: new Map([['network/latency#20', (runs * 0x1234567) >>> 0]]) };
}
