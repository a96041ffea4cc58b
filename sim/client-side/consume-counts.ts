// How often each subscribed process consumed each value, by operations that were ok: reported, never judged.
// Consuming exactly once by subscribe was never made to hold, not even for one process.

import { type Ledger, ok, type ValueName } from './ledger.ts';

export interface ConsumeCounts {
  /** How many (process, value) were consumed so often: times to number. */
  readonly distribution: Readonly<Record<string, number>>;
  /** The values that one process consumed most often; at most `repeatedMax`. */
  readonly repeated: readonly { process: string; key: string; value: ValueName; times: number }[];
}

const repeatedMax = 32;

/** null when nobody subscribed. */
export function consumeCounts(ledger: Ledger): ConsumeCounts | null {
  const byProcess = new Map<number, Map<number, number>>();
  for (let operation = 0; operation < ledger.operations; operation++) {
    if (ledger.outcome(operation) !== ok) continue;
    const process = ledger.process(operation);
    if (ledger.action(operation) === 'subscribe' && !byProcess.has(process))
      byProcess.set(process, new Map());
    const counts = byProcess.get(process);
    if (counts === undefined) continue;
    for (let read = ledger.readsFrom(operation); read < ledger.readsFrom(operation + 1); read++) {
      const value = ledger.readValue(read);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  if (byProcess.size === 0) return null;
  const distribution = new Map<number, number>();
  const repeated: { process: number; value: number; times: number }[] = [];
  for (const [process, counts] of byProcess) {
    for (const [value, times] of counts) {
      distribution.set(times, (distribution.get(times) ?? 0) + 1);
      if (times > 1) repeated.push({ process, value, times });
    }
  }
  repeated.sort((a, b) => b.times - a.times);
  return {
    distribution: Object.fromEntries([...distribution].sort(([a], [b]) => a - b)),
    repeated: repeated.slice(0, repeatedMax).map(({ process, value, times }) => ({
      process: ledger.processes.name(process),
      key: ledger.keys.name(ledger.keyOf(value)),
      value: ledger.nameOf(value),
      times,
    })),
  };
}
