// What a micro-benchmark is here, and how the cases are run: tinybench takes the time of one call, in which a
// case does its operation as often as makes the clock's own cost vanish.

import { Bench } from 'tinybench';

export interface MicroCase {
  readonly name: string;
  /** How many operations one call of `run` does. */
  readonly operations: number;
  /** Bytes that one operation is about; 0 where bytes are not the point. */
  readonly bytes: number;
  /** What comes back is kept, so that the work cannot be optimised away. */
  run(): unknown;
}

export interface MicroResult {
  readonly name: string;
  readonly nsPerOperation: number;
  /** The same at the 99th percentile of the calls. */
  readonly p99NsPerOperation: number;
  readonly megabytesPerSecond: number | undefined;
  /** Relative margin of error of the mean, 95 %, in percent. */
  readonly errorPercent: number;
  readonly samples: number;
}

const measureMs = 500;
const warmupMs = 200;

/** Runs the cases one after the other, in their order; a case that throws ends everything. */
export async function measure(
  cases: readonly MicroCase[],
  onResult: (result: MicroResult) => void,
): Promise<void> {
  for (const each of cases) {
    const bench = new Bench({ time: measureMs, warmupTime: warmupMs, throws: true });
    let kept: unknown;
    bench.add(each.name, () => {
      const result = each.run();
      kept = result;
      return result instanceof Promise ? result : undefined;
    });
    const [task] = await bench.run();
    if (task === undefined || task.result.state !== 'completed' || kept === undefined) {
      throw new Error(`${each.name} did not run to its end`);
    }
    const { latency } = task.result;
    const nsPerOperation = (latency.mean * 1e6) / each.operations;
    onResult({
      name: each.name,
      nsPerOperation,
      p99NsPerOperation: (latency.p99 * 1e6) / each.operations,
      megabytesPerSecond: each.bytes === 0 ? undefined : (each.bytes * 1e3) / nsPerOperation,
      errorPercent: latency.rme,
      samples: latency.samplesCount,
    });
  }
}

export function row(result: MicroResult | undefined): string {
  if (result === undefined) {
    return line('', 'ns/op', 'p99 ns/op', 'MB/s', 'error', 'samples');
  }
  const { nsPerOperation, p99NsPerOperation, megabytesPerSecond } = result;
  return line(
    result.name,
    nsPerOperation.toFixed(nsPerOperation < 100 ? 1 : 0),
    p99NsPerOperation.toFixed(p99NsPerOperation < 100 ? 1 : 0),
    megabytesPerSecond?.toFixed(0) ?? '',
    `${result.errorPercent.toFixed(1)} %`,
    String(result.samples),
  );
}

function line(name: string, ...cells: string[]): string {
  return name.padEnd(46) + cells.map((cell) => cell.padStart(12)).join('');
}
