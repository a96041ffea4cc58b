// For the tests of the suite: a thread whose world is not deterministic. Each run decides some latencies otherwise than
// the run before, as a world would in which something reads the real clock.

import type { RunOptions } from './run.ts';
import { type Job, work as realWork } from './swarm-worker.ts';

let runs = 0;

export function work(job: Job) {
  return realWork(job, otherwise);
}

function otherwise(): RunOptions {
  runs++;
  // Several: one alone may be of bytes that hurry after others, and change nothing.
  const latencies = Array.from({ length: 20 }, (_, at) => `network/latency#${20 + at}`);
  return { decisions: new Map(latencies.map((name) => [name, (runs * 0x1234567) >>> 0])) };
}
