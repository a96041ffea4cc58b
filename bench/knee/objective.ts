// What a rate has to meet: `p99<10ms`. Pure.

import type { Knee } from '../result.ts';

export type Objective = Knee['objective'];

export const objectiveDefault = 'p99<10ms';

const form = /^p(\d{1,2}(?:\.\d+)?)<(\d+(?:\.\d+)?)(us|ms|s)$/;
const msOf = { us: 0.001, ms: 1, s: 1000 } as const;
const percentileMin = 50;
const percentileMax = 99.99;
const latencyMsMax = 60_000;
/** So many records must lie beyond a percentile, or it says more about luck than about the broker. */
const samplesBeyond = 10;

export type ReadObjective =
  | { readonly ok: true; readonly value: Objective }
  | { readonly ok: false; readonly complaint: string };

export function readObjective(text: string): ReadObjective {
  const parts = form.exec(text.replace(/ /g, ''));
  const wanted = `a percentile and a latency are wanted, as ${objectiveDefault}`;
  if (parts === null) return { ok: false, complaint: wanted };
  const percentile = Number(parts[1]);
  const latencyMs = Number(parts[2]) * msOf[parts[3] as keyof typeof msOf];
  if (percentile < percentileMin || percentile > percentileMax)
    return { ok: false, complaint: `the percentile is between ${percentileMin} and ${percentileMax}` };
  if (latencyMs <= 0 || latencyMs > latencyMsMax)
    return { ok: false, complaint: `the latency is above 0 and at most ${latencyMsMax} ms` };
  return { ok: true, value: { percentile, latencyMs } };
}

export function objectiveText({ percentile, latencyMs }: Objective): string {
  return `p${percentile} < ${latencyMs} ms`;
}

/** The lowest rate at which the percentile is carried by enough records. */
export function lowestRate({ percentile }: Objective, durationSeconds: number): number {
  return Math.ceil(samplesBeyond / (1 - percentile / 100) / durationSeconds - 1e-6);
}
