// Kafka's own kafka-producer-perf-test.sh as a generator. It makes its own records, without keys, and tells now and
// then how many were acknowledged: the ledger is judged by counts. It has no end by time, so it is ended when the
// time is over; what was under way then is unfinished.
//
// Its latencies are left out: they count from the send, in sums of five seconds, and its percentiles come only at an
// end by itself. Not tried against the real tool where this was written: its command line and its lines are those
// of Kafka 3 and 4.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { ClientNode } from '../tasks.ts';
import { ThroughputSeries } from '../throughput.ts';
import { EndOffsets, sleepUntil } from './end-offsets.ts';
import { GeneratorError, type GeneratorLoad, type LoadResult } from './load.ts';
import type { GeneratorPlan } from './plan.ts';

const tool = 'kafka-producer-perf-test.sh';
/** More than it can send in any load. */
const recordsMax = 2_147_483_647;

/** In $KAFKA_HOME/bin, or on the path. */
export function perfTestPath(env: NodeJS.ProcessEnv): string | undefined {
  const home = env.KAFKA_HOME === undefined ? [] : [join(env.KAFKA_HOME, 'bin')];
  const folders = [...home, ...(env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, tool)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function perfTestWords(plan: GeneratorPlan): string[] {
  const { topic, workload } = plan;
  const properties = Object.entries(producerPropertiesOf(plan)).map(([name, value]) => `${name}=${value}`);
  const sizes = ['--num-records', String(recordsMax), '--record-size', String(workload.record.bytes)];
  return ['--topic', topic, ...sizes, '--throughput', '-1', '--producer-props', ...properties];
}

function producerPropertiesOf({ address, workload }: GeneratorPlan): Record<string, string> {
  const { producer, acks } = workload;
  const all: Record<string, string | number | boolean | undefined> = {
    'bootstrap.servers': `${address.host}:${address.port}`,
    acks: String(acks),
    'enable.idempotence': producer.enableIdempotence ?? acks === 'all',
    'linger.ms': producer.lingerMs,
    'batch.size': producer.batchSizeBytes,
    'buffer.memory': producer.bufferMemoryBytes,
    'compression.type': producer.compressionType,
    'max.in.flight.requests.per.connection': producer.maxInFlightRequestsPerConnection,
    'max.request.size': producer.maxRequestSizeBytes,
    'request.timeout.ms': producer.requestTimeoutMs,
    'delivery.timeout.ms': producer.deliveryTimeoutMs,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** "N records sent, R records/sec ...": what was acknowledged since the line before, or (with percentiles) in all. */
export function parsePerfTestLine(line: string): { records: number; total: boolean } | undefined {
  const [, records] = /^(\d+) records sent, [\d.,]+ records\/sec /.exec(line) ?? [];
  return records === undefined ? undefined : { records: Number(records), total: / 50th,/.test(line) };
}

export async function perfTestLoad(plan: GeneratorPlan): Promise<GeneratorLoad> {
  const path = perfTestPath(process.env);
  if (path === undefined) throw new GeneratorError(`${tool} is not there`);
  return new PerfTestLoad(plan, path);
}

class PerfTestLoad implements GeneratorLoad {
  readonly ready: GeneratorLoad['ready'];
  readonly series: ThroughputSeries;
  readonly #plan: GeneratorPlan;
  readonly #path: string;
  readonly #node = new ClientNode('.');
  readonly #offsets: EndOffsets;
  #child: ChildProcess | undefined;
  #acknowledged = 0;
  #complaint = '';

  constructor(plan: GeneratorPlan, path: string) {
    const { warmupSeconds, durationSeconds } = plan.workload;
    this.#plan = plan;
    this.#path = path;
    this.series = new ThroughputSeries(warmupSeconds, durationSeconds);
    this.#offsets = new EndOffsets(plan, this.#node, this.series);
    const settings = { producer: producerPropertiesOf(plan), consumer: null };
    this.ready = { version: 'of the tool on this machine', settings, processIds: null };
  }

  get secondsCounted(): number {
    return this.#offsets.secondsCounted;
  }

  async run(startAtUs: number): Promise<LoadResult> {
    const child = spawn(this.#path, perfTestWords(this.#plan), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    process.once('exit', () => child.kill('SIGKILL'));
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#complaint = (this.#complaint + chunk).slice(-1000);
    });
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    const counting = this.#offsets.countSeconds(startAtUs);
    const time = sleepUntil(startAtUs + this.#plan.untilSeconds * 1e6).then(() => undefined);
    const early = await Promise.race([ended, time]);
    if (early !== undefined)
      throw new GeneratorError(`${tool} ended before its time: ${early}\n${this.#complaint}`);
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await Promise.all([ended, counting]);
    clearTimeout(force);
    return await this.#result();
  }

  outcomes(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    this.#child?.kill('SIGKILL');
    this.#node.close();
  }

  #take(line: string): void {
    const told = parsePerfTestLine(line);
    if (told === undefined) return;
    this.#acknowledged = told.total ? told.records : this.#acknowledged + told.records;
  }

  /** What is there beyond what it told as acknowledged was under way when it ended. */
  async #result(): Promise<LoadResult> {
    const there = await this.#offsets.records();
    if (there === undefined) throw new GeneratorError('the broker does not tell how much was written');
    const acknowledged = this.#acknowledged;
    const intended = Math.max(there, acknowledged);
    const notes = [
      `${tool} was ended when its time was over: what it had not told as acknowledged then is unfinished`,
      `${tool} has no latencies that could be compared, and its processor time is not known`,
      'how much is under way follows from buffer.memory, not from outstandingRecords',
    ];
    const unfinished = intended - acknowledged;
    return { intended, acknowledged, failed: 0, unfinished, latencies: [], delivery: null, notes };
  }
}
