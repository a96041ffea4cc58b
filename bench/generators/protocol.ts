// What a generator process says, one JSON document a line on its standard output, whatever language it is
// written in:
//
//   ready    it is connected and has everything in memory; what it will use, and which other processes it started
//   second   a second of the load is over: what was acknowledged (or handed out by poll) in it; each second of the
//            load once, in order
//   done     the load is over and drained: counts, latencies
//   error    why it cannot go on; it ends after it
//
// Between ready and the first second the harness writes one line: when to start, in microseconds of the monotonic
// clock that all processes of a machine share. After done the process lives until its standard input ends, so that
// its processor time can still be read.

import { z } from 'zod';

const count = z.int().min(0);

const settings = z.record(z.string(), z.unknown()).nullable();

const ready = z.strictObject({
  type: z.literal('ready'),
  version: z.string(),
  settings: z.strictObject({ producer: settings, consumer: settings }),
  /**
   * Processes that do the work beside the one that speaks: their processor time is the generator's too. null: they
   * begin only with the load, and what they use is not known.
   */
  processIds: z.array(count).max(16).nullable(),
});

const second = z.strictObject({ type: z.literal('second'), second: count, records: count, bytes: count });

/** A histogram of one second: as HdrHistogram V2, or as value in microseconds and how often, ascending. */
const secondLatencies = z.strictObject({
  second: count,
  censored: count,
  hdrV2Base64: z.string().optional(),
  counts: z.array(z.tuple([count, count])).optional(),
});

const latencies = z.strictObject({
  of: z.enum(['acknowledge', 'end-to-end', 'poll', 'send-lateness']),
  fromIntendedTime: z.boolean(),
  seconds: z.array(secondLatencies),
});

const done = z.strictObject({
  type: z.literal('done'),
  intended: count,
  acknowledged: count,
  failed: count,
  unfinished: count,
  latencies: z.array(latencies),
  /** What its own consumer was given of what its own producers sent; null where none followed. */
  delivery: z.strictObject({ delivered: count, undelivered: count, deliveredAgain: count }).nullable(),
  notes: z.array(z.string()),
});

const failed = z.strictObject({ type: z.literal('error'), message: z.string() });

const message = z.discriminatedUnion('type', [ready, second, done, failed]);

export type GeneratorMessage = z.infer<typeof message>;
export type Ready = z.infer<typeof ready>;
export type Done = z.infer<typeof done>;
export type TransferredLatencies = z.infer<typeof latencies>;

/** A line that a generator wrote; a sentence for one that is no message. */
export function parseMessage(line: string): GeneratorMessage | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return `no JSON: ${line.slice(0, 200)}`;
  }
  const parsed = message.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `no message of a generator: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}: ${line.slice(0, 200)}`;
}

export function messageLine(told: GeneratorMessage): string {
  return `${JSON.stringify(told)}\n`;
}

/** The line that starts the load. */
export function startLine(startAtUs: number): string {
  return `start ${startAtUs}\n`;
}

/** undefined for a line that is none. */
export function parseStartLine(line: string): number | undefined {
  const [, at] = /^start (\d+)$/.exec(line.trim()) ?? [];
  return at === undefined ? undefined : Number(at);
}

/** The clock that all processes of a machine share. */
export function sharedClockUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** By the clock that all processes share; at once when that is over. */
export function sleepUntil(atUs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, (atUs - sharedClockUs()) / 1000)));
}

const looksAtClocks = 5;

/**
 * A moment of the shared clock by a clock of one process. Who is put aside between a look at one and a look at the
 * other is wrong by as long as that took: the quickest of some looks counts.
 */
export function localStartUs(
  local: { nowUs(): number },
  startAtUs: number,
  sharedUs: () => number = sharedClockUs,
): number {
  let [quickestUs, startUs] = [Number.POSITIVE_INFINITY, 0];
  for (let look = 0; look < looksAtClocks; look++) {
    const beforeUs = sharedUs();
    const nowUs = local.nowUs();
    const tookUs = sharedUs() - beforeUs;
    if (tookUs >= quickestUs) continue;
    quickestUs = tookUs;
    startUs = nowUs + (startAtUs - beforeUs);
  }
  return startUs;
}
