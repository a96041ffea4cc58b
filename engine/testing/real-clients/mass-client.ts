// What a client must be able to do to be sent through a mass run; one implementation for each client.

import type { Compression } from '../../protocol/compression.ts';
import type { BrokerProcess } from './broker-process.ts';
import { type Account, Ledger, type Plan } from './ledger.ts';

export interface MassRun {
  readonly address: string;
  readonly topic: string;
  readonly partitions: number;
  /** 1 unless said otherwise. kcat makes topics in passing, with as many as the broker's default. */
  readonly replicas?: number;
  readonly compression: Compression;
  /** Without it, a record whose acknowledgement was lost may come twice. */
  readonly idempotent: boolean;
  readonly ledger: Ledger;
  /** Sends in small pieces, with a pause between them, until it has lasted long enough or the plan is at its end. */
  readonly trickle?: Trickle;
}

export interface Trickle {
  readonly recordsPerSend: number;
  readonly pauseMs: number;
  readonly enough: () => boolean;
}

/** What is sent in one go. */
export interface Piece {
  readonly first: number;
  readonly size: number;
  partitionOf(number: number): number;
}

/**
 * The pieces in which a run is sent; it ends early when a trickle has enough. A piece of a trickle is for one
 * partition: the clients in JavaScript lose track of a send to several when their leaders change under it (see each
 * of them).
 */
export async function* pieces(run: MassRun, recordsPerSend: number): AsyncGenerator<Piece> {
  const { ledger, partitions, trickle } = run;
  const { count } = ledger.plan;
  const step = trickle?.recordsPerSend ?? recordsPerSend;
  for (let first = 0; first < count; first += step) {
    if (trickle?.enough()) return;
    const partitionOf = (number: number): number =>
      (trickle === undefined ? number : first / step) % partitions;
    yield { first, size: Math.min(step, count - first), partitionOf };
    if (trickle !== undefined) await new Promise((resolve) => setTimeout(resolve, trickle.pauseMs));
  }
}

export interface MassClient {
  readonly name: string;
  /** Makes the topic of the run. */
  createTopic(run: MassRun): Promise<void>;
  /** Sends all records of the ledger's plan, through whatever happens to the broker meanwhile. */
  produce(run: MassRun): Promise<void>;
  /** Reads every partition from its start to the end that it has now. */
  consume(run: MassRun): Promise<void>;
}

export interface MassResult extends Account {
  /** Of sending and reading, the crash included. */
  readonly seconds: number;
}

/**
 * Sends, ends the broker with `signal` half-way and starts it again, sends on, reads all, and closes the
 * books.
 */
export async function massRun(
  client: MassClient,
  broker: BrokerProcess,
  run: Omit<MassRun, 'address' | 'ledger'> & Plan,
  signal: 'SIGTERM' | 'SIGKILL',
  timeoutMs: number,
): Promise<MassResult> {
  const { count, valueBytes, ...rest } = run;
  const ledger = new Ledger({ count, valueBytes });
  const order: MassRun = { address: broker.address, ledger, ...rest };
  await inTime('making the topic', timeoutMs, client.createTopic(order));
  const from = performance.now();
  const crash = ledger.milestone(Math.ceil(count / 2)).then(() => broker.endAndStart(signal));
  await inTime('sending', timeoutMs, client.produce(order));
  await crash;
  await inTime('reading', timeoutMs, client.consume(order));
  return { ...ledger.account(), seconds: (performance.now() - from) / 1000 };
}

/** A client that hangs on is a failed test, not a hanging one. */
export async function inTime<T>(what: string, timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not done after ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const pollMs = 20;
const untilTimeoutMs = 60_000;

/** As `until`, where looking means asking; who does not answer is asked again. */
export async function eventually(what: string, done: () => Promise<boolean>): Promise<void> {
  let complaint: unknown;
  const ask = async () => {
    for (;;) {
      try {
        if (await done()) return;
      } catch (error) {
        complaint = error;
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  await inTime(what, untilTimeoutMs, ask()).catch((error) => {
    throw new Error(error.message, { cause: complaint });
  });
}

/** Looks again and again until it is so. */
export async function until(what: string, done: () => boolean): Promise<void> {
  const poll = async () => {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, pollMs));
  };
  await inTime(what, untilTimeoutMs, poll());
}
