// kcat as a generator: one kcat a process, fed through its standard input. It ends with 0 when everything was
// delivered, and tells nothing of single records: all are acknowledged then, at places that nobody told, and the
// read-back finds them by their keys. What it wrote in a second is asked of the broker: the topic's end offsets.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { Outcomes, state } from '../outcomes.ts';
import { Payloads } from '../payload.ts';
import { ClientNode } from '../tasks.ts';
import { ThroughputSeries } from '../throughput.ts';
import { EndOffsets } from './end-offsets.ts';
import { producerConfOf } from './librdkafka-plan.ts';
import { GeneratorError, type GeneratorLoad, type LoadResult } from './load.ts';
import { type GeneratorPlan, outstandingOf } from './plan.ts';
import { sharedClockUs } from './protocol.ts';

/** Eight different bytes, none of which is zero: they fit into no key, and `delimiterOf` looks at the values. */
const delimiters = ['|k9#Zq~@', '^Wx7&!u%', '}Qj4$Vt+'];
const recordsAWrite = 500;

export async function kcatLoad(plan: GeneratorPlan): Promise<GeneratorLoad> {
  const { workload, seed, topic, address } = plan;
  const payloads = new Payloads(workload.record, seed, plan.process);
  const [keyEnd, recordEnd] = delimitersFor(payloads.poolBytes());
  const conf = producerConfOf(workload, outstandingOf(plan));
  // kcat takes what is under way from its queue: a closed loop of as many records.
  conf['queue.buffering.max.messages'] = String(outstandingOf(plan));
  const words = ['-P', '-b', `${address.host}:${address.port}`, '-t', topic, '-K', keyEnd, '-D', recordEnd];
  for (const [name, value] of Object.entries(conf)) words.push('-X', `${name}=${value}`);
  const child = spawn('kcat', words, { stdio: ['pipe', 'ignore', 'pipe'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const load = new KcatLoad(plan, payloads, child, { keyEnd, recordEnd });
  load.ready.settings.producer = { ...conf, partitioner: 'by the key' };
  return load;
}

class KcatLoad implements GeneratorLoad {
  readonly ready: GeneratorLoad['ready'] & { settings: { producer: Record<string, unknown> | null } };
  readonly series: ThroughputSeries;
  readonly #plan: GeneratorPlan;
  readonly #payloads: Payloads;
  readonly #child: ChildProcess;
  readonly #ends: { keyEnd: Buffer; recordEnd: Buffer };
  readonly #ended: Promise<number | null>;
  readonly #node = new ClientNode('.');
  readonly #offsets: EndOffsets;
  readonly #outcomes = Outcomes.empty();
  #complaint = '';

  constructor(
    plan: GeneratorPlan,
    payloads: Payloads,
    child: ChildProcess,
    { keyEnd, recordEnd }: { keyEnd: string; recordEnd: string },
  ) {
    const { warmupSeconds, durationSeconds } = plan.workload;
    this.#plan = plan;
    this.#payloads = payloads;
    this.#child = child;
    this.#ends = { keyEnd: Buffer.from(keyEnd), recordEnd: Buffer.from(recordEnd) };
    this.series = new ThroughputSeries(warmupSeconds, durationSeconds);
    this.#offsets = new EndOffsets(plan, this.#node, this.series);
    this.ready = {
      version: kcatVersion(),
      settings: { producer: null, consumer: null },
      processIds: child.pid === undefined ? [] : [child.pid],
    };
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#complaint = (this.#complaint + chunk).slice(-1000);
    });
    child.stdin?.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      child.once('error', () => resolve(-1));
      child.once('close', resolve);
    });
  }

  get secondsCounted(): number {
    return this.#offsets.secondsCounted;
  }

  async run(startAtUs: number): Promise<LoadResult> {
    const { untilSeconds, workload } = this.#plan;
    const counting = this.#offsets.countSeconds(startAtUs);
    const untilUs = startAtUs + untilSeconds * 1e6;
    let died = false;
    void this.#ended.then(() => {
      died = true;
    });
    while (sharedClockUs() < untilUs && !died) {
      if (!this.#child.stdin?.write(this.#nextRecords())) await this.#drained();
    }
    this.#child.stdin?.end();
    const force = setTimeout(() => this.#child.kill('SIGKILL'), (workload.drainSeconds + 1) * 1000);
    const code = await this.#ended;
    clearTimeout(force);
    await counting;
    if (died && sharedClockUs() < untilUs)
      throw new GeneratorError(`kcat ended before its time: exit code ${code}\n${this.#complaint}`);
    return this.#result(code === 0 && !this.#complaint.includes('Delivery failed'));
  }

  outcomes(): Outcomes {
    return this.#outcomes;
  }

  async close(): Promise<void> {
    this.#node.close();
  }

  #result(delivered: boolean): LoadResult {
    const { count } = this.#outcomes;
    for (let record = 0; record < count; record++) {
      if (delivered) this.#outcomes.acknowledge(record, -1, -1);
      else this.#outcomes.settle(record, state.failedUnknown);
    }
    const notes = [
      'kcat tells neither latencies nor places: the seconds are end offsets that the broker told, a record counts as ' +
        'acknowledged when kcat ended well, and partitions are picked by the key',
    ];
    if (!delivered) notes.push(`kcat did not deliver everything: ${this.#complaint.trim()}`);
    return {
      intended: count,
      acknowledged: delivered ? count : 0,
      failed: delivered ? 0 : count,
      unfinished: 0,
      latencies: [],
      delivery: null,
      notes,
    };
  }

  #nextRecords(): Buffer {
    const parts: Uint8Array[] = [];
    for (let index = 0; index < recordsAWrite; index++) {
      const record = this.#outcomes.add();
      const { keyEnd, recordEnd } = this.#ends;
      parts.push(this.#payloads.keyOf(record), keyEnd, this.#payloads.valueOf(record), recordEnd);
    }
    return Buffer.concat(parts);
  }

  #drained(): Promise<unknown> {
    const drained = new Promise((resolve) => this.#child.stdin?.once('drain', resolve));
    return Promise.race([drained, this.#ended]);
  }
}

/** Two that no value holds; with eight bytes that differ none can begin in one part and end in another. */
function delimitersFor(pool: Uint8Array): [string, string] {
  const [first, second] = delimiters.filter((each) => !Buffer.from(pool).includes(each));
  if (first === undefined || second === undefined)
    throw new GeneratorError('the values hold what should part them: run it again, with another seed');
  return [first, second];
}

export function kcatVersion(): string {
  const text = execFileSync('kcat', ['-V'], { encoding: 'utf8' });
  const [, own] = /^Version (\S+)/m.exec(text) ?? [];
  const [, library] = /librdkafka (\S+)/.exec(text) ?? [];
  return `${own ?? 'unknown'} (librdkafka ${library ?? 'unknown'})`;
}
