// The small vocabulary that scenario files share: spans drawn by the seed, ratios, moments, targets.

import { z } from 'zod';

const seconds = z.number().min(0).max(86_400);

/** A number, or a range from which each seed draws its own. */
export const span = z
  .union([
    seconds,
    z.tuple([seconds, seconds]).refine(([low, high]) => low <= high, 'the range is upside down'),
  ])
  .describe('seconds of virtual time, or a range from which each seed draws');
export type Span = z.infer<typeof span>;

/** Like a span, of whole numbers. */
export const count = z
  .union([
    z.int().min(1).max(1_000_000),
    z
      .tuple([z.int().min(1).max(1_000_000), z.int().min(1).max(1_000_000)])
      .refine(([low, high]) => low <= high, 'the range is upside down'),
  ])
  .describe('a whole number, or a range from which each seed draws');
export type Count = z.infer<typeof count>;

/** A probability written as a fraction: no floating point may decide anything. */
export const ratio = z
  .string()
  .regex(/^\d{1,6}\/[1-9]\d{0,5}$/, 'a ratio is written like "1/20"')
  .refine((text) => Number(text.split('/')[0]) <= Number(text.split('/')[1]), 'a ratio is at most 1')
  .describe('a probability, as a fraction: "1/20"');

export function ratioOf(text: string): { numerator: number; denominator: number } {
  const [numerator, denominator] = text.split('/').map(Number) as [number, number];
  return { numerator, denominator };
}

export const targetDoc =
  'one, minority, majority, all (of the brokers, or of the clients for client faults); leader-of TOPIC/PARTITION;' +
  ' coordinator-of GROUP; controller; or the name of a node (broker-1, produce-2) or of a workload';

export type Target =
  | { readonly kind: 'one' | 'minority' | 'majority' | 'all' | 'controller' }
  | { readonly kind: 'leader-of'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'coordinator-of'; readonly group: string }
  | { readonly kind: 'named'; readonly name: string };

/** Reads a target; undefined when it is none. */
export function readTarget(text: string): Target | undefined {
  if (
    text === 'one' ||
    text === 'minority' ||
    text === 'majority' ||
    text === 'all' ||
    text === 'controller'
  ) {
    return { kind: text };
  }
  const leader = /^leader-of ([\w.-]+)\/(\d+)$/.exec(text);
  if (leader !== null) return { kind: 'leader-of', topic: leader[1] as string, partition: Number(leader[2]) };
  const coordinator = /^coordinator-of ([\w.-]+)$/.exec(text);
  if (coordinator !== null) return { kind: 'coordinator-of', group: coordinator[1] as string };
  return /^[\w.-]+$/.test(text) ? { kind: 'named', name: text } : undefined;
}

export const target = z
  .string()
  .refine((text) => readTarget(text) !== undefined, `a target is ${targetDoc}`)
  .describe(targetDoc);
