// The limits of retention that may have been in effect, as numbers: -1 is no limit.

import type { Setting } from '../contract/configuration.ts';
import type { Material } from '../material.ts';

export interface Limits {
  readonly least: number;
  readonly most: number;
}

/** Infinite where there may have been no limit; undefined when nobody knows. */
export function limitsOf(
  { configuration }: Material,
  topic: string,
  setting: Extract<Setting, 'retention.ms' | 'retention.bytes'>,
  step: number,
): Limits | undefined {
  const values = configuration.between(topic, setting, step, step);
  if (values === undefined) return undefined;
  const limits = [...values].map((value) => (Number(value) < 0 ? Number.POSITIVE_INFINITY : Number(value)));
  return { least: Math.min(...limits), most: Math.max(...limits) };
}
