// Records and bytes by the second in which they were acknowledged (or handed out), and what the processes
// spent in that second.

import type { MachineUse, ProcessUse } from './process-use.ts';
import type { MachineReport, ProcessCost, SecondReport } from './result.ts';

export class ThroughputSeries {
  readonly #warmupSeconds: number;
  readonly #records: Float64Array;
  readonly #bytes: Float64Array;
  #lastUs = 0;

  constructor(warmupSeconds: number, durationSeconds: number) {
    this.#warmupSeconds = warmupSeconds;
    this.#records = new Float64Array(warmupSeconds + durationSeconds);
    this.#bytes = new Float64Array(warmupSeconds + durationSeconds);
  }

  /** What happens after the measured time is not counted. */
  add(atUs: number, records: number, bytes: number): void {
    const second = Math.floor(atUs / 1e6);
    if (second >= this.#records.length) return;
    this.#lastUs = Math.max(this.#lastUs, atUs);
    this.#records[second] = (this.#records[second] as number) + records;
    this.#bytes[second] = (this.#bytes[second] as number) + bytes;
  }

  /** When the last record came that is counted, from the start of the load. */
  get lastUs(): number {
    return this.#lastUs;
  }

  recordsIn(second: number): number {
    return this.#records[second] ?? 0;
  }

  bytesIn(second: number): number {
    return this.#bytes[second] ?? 0;
  }

  report(samples: UseSamples): SecondReport[] {
    return [...this.#records].map((records, second) => ({
      second,
      phase: second < this.#warmupSeconds ? 'warm-up' : 'measured',
      records,
      bytes: this.#bytes[second] as number,
      brokerCpuPercent: cpuPercent(samples.broker, second, second + 1),
      clientCpuPercent: cpuPercent(samples.client, second, second + 1),
      brokerRssBytes: samples.broker[second + 1]?.rssBytes ?? null,
      clientRssBytes: samples.client[second + 1]?.rssBytes ?? null,
    }));
  }
}

/** Index s was taken s seconds after the start of the load, or as soon after as the event loop allowed. */
export interface UseSamples {
  readonly client: readonly (ProcessUse | undefined)[];
  readonly broker: readonly (ProcessUse | undefined)[];
  readonly machine: readonly (MachineUse | undefined)[];
}

/**
 * What others did on this machine between two samples: other processes, and the host when this is a virtual
 * machine.
 */
export function othersOf(samples: UseSamples, from: number, to: number): MachineReport {
  const before = samples.machine[from];
  const after = samples.machine[to];
  if (before === undefined || after === undefined || after.atUs <= before.atUs) {
    return { othersCpuPercent: null, stolenCpuPercent: null };
  }
  const tookUs = after.atUs - before.atUs;
  const ours = [samples.client, samples.broker].map((of) => cpuPercent(of, from, to));
  const busy = (100 * (after.busyUs - before.busyUs)) / tookUs;
  // Without the broker's own use it would count as somebody else.
  const others = ours.reduce(
    (left, used) => (left === null || used === null ? null : left - used),
    busy as number | null,
  );
  return {
    othersCpuPercent: others === null ? null : Math.max(0, others),
    stolenCpuPercent: (100 * (after.stolenUs - before.stolenUs)) / tookUs,
  };
}

/** What a process spent on each record between two samples. */
export function costOf(
  samples: readonly (ProcessUse | undefined)[],
  from: number,
  to: number,
  records: number,
): ProcessCost | null {
  const before = samples[from];
  const after = samples[to];
  if (before === undefined || after === undefined) return null;
  const perRecord = (us: number): number | null => (records === 0 ? null : us / records);
  // Seconds for which the event loop had no time are holes here: walked by index, since `map` would keep
  // them.
  let rssMaxBytes = 0;
  for (let at = from; at <= to; at++) rssMaxBytes = Math.max(rssMaxBytes, samples[at]?.rssBytes ?? 0);
  return {
    userUsPerRecord: perRecord(after.userUs - before.userUs),
    systemUsPerRecord: perRecord(after.systemUs - before.systemUs),
    cpuPercent: cpuPercent(samples, from, to),
    rssMaxBytes,
  };
}

function cpuPercent(samples: readonly (ProcessUse | undefined)[], from: number, to: number): number | null {
  const before = samples[from];
  const after = samples[to];
  if (before === undefined || after === undefined || after.atUs <= before.atUs) return null;
  const busyUs = after.userUs + after.systemUs - before.userUs - before.systemUs;
  return (100 * busyUs) / (after.atUs - before.atUs);
}
