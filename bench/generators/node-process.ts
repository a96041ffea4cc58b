// The process of a generator that is written in Node: `node node-process.ts PLAN.json`. Prepares, says that it is
// ready, waits for the line that starts it, tells every second, leaves its outcomes in a file, and lives until its
// standard input ends (protocol.ts).

import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { GeneratorError, type GeneratorLoad } from './load.ts';
import { loadOf } from './loads.ts';
import type { GeneratorPlan } from './plan.ts';
import { type GeneratorMessage, messageLine, parseStartLine, sharedClockUs, sleepUntil } from './protocol.ts';

/** A second is told a little after its end, when what was acknowledged in its last moments has been counted. */
const tellAfterMs = 20;

function say(message: GeneratorMessage): Promise<void> {
  return new Promise((resolve) => process.stdout.write(messageLine(message), () => resolve()));
}

async function main(plan: GeneratorPlan): Promise<void> {
  const load = await loadOf(plan);
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  await say({ type: 'ready', ...load.ready });
  const { value } = await lines.next();
  const startAtUs = parseStartLine(String(value));
  if (startAtUs === undefined) throw new GeneratorError('no line that starts the load');
  await loadFrom(startAtUs, plan, load);
  // Whatever stands on standard input now is its end.
  while (!(await lines.next()).done);
  await load.close();
}

async function loadFrom(startAtUs: number, plan: GeneratorPlan, load: GeneratorLoad): Promise<void> {
  const { warmupSeconds, durationSeconds } = plan.workload;
  const seconds = plan.mode === 'preload' ? 0 : warmupSeconds + durationSeconds;
  const teller = new SecondTeller(startAtUs, seconds, load);
  await sleepUntil(startAtUs);
  const result = await load.run(startAtUs);
  teller.finish();
  const outcomes = load.outcomes();
  if (outcomes !== undefined) writeFileSync(plan.outcomesPath, outcomes.toBytes());
  await say({ type: 'done', ...result });
}

/** Says each second once, when it is over, and at the end those for which there was no time before. */
class SecondTeller {
  readonly #startAtUs: number;
  readonly #seconds: number;
  readonly #load: GeneratorLoad;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(startAtUs: number, seconds: number, load: GeneratorLoad) {
    this.#startAtUs = startAtUs;
    this.#seconds = seconds;
    this.#load = load;
    this.#arm();
  }

  finish(): void {
    clearTimeout(this.#timer);
    this.#tellUntil(this.#seconds);
  }

  #arm(): void {
    if (this.#next >= this.#seconds) return;
    const dueUs = this.#startAtUs + (this.#next + 1) * 1e6 + tellAfterMs * 1000;
    this.#timer = setTimeout(
      () => {
        const over = Math.floor((sharedClockUs() - this.#startAtUs) / 1e6);
        this.#tellUntil(Math.min(this.#seconds, over, this.#load.secondsCounted ?? over));
        this.#arm();
      },
      Math.max(1, (dueUs - sharedClockUs()) / 1000),
    );
  }

  #tellUntil(end: number): void {
    for (; this.#next < end; this.#next++) {
      const { series } = this.#load;
      const [records, bytes] = [series.recordsIn(this.#next), series.bytesIn(this.#next)];
      void say({ type: 'second', second: this.#next, records, bytes });
    }
  }
}

const [, , planPath = ''] = process.argv;
try {
  await main(JSON.parse(readFileSync(planPath, 'utf8')) as GeneratorPlan);
  process.exit(0);
} catch (error) {
  const known = error instanceof GeneratorError;
  const message = known ? error.message : error instanceof Error ? String(error.stack) : String(error);
  await say({ type: 'error', message });
  process.exit(known ? 2 : 70);
}
