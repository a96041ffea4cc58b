// The small vocabulary that scenario files share: spans drawn by the seed, ratios, moments, targets, links.

import { z } from 'zod';
import { trafficKinds } from '../traffic.ts';

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
  'one, minority, majority, all (of the brokers, or of the clients for client faults); brokers, clients; controllers' +
  ' (whoever votes), voters-minority, voters-majority, controller (the active one); leader-of, follower-of (one of' +
  ' them), followers-of, isr-of or outside-isr-of TOPIC/PARTITION; coordinator-of GROUP; others (everybody who is' +
  ' not in the target); the name of a node (broker-1, controller-2, produce-2) or of a workload; several of these,' +
  ' with commas';

const words = [
  'one',
  'minority',
  'majority',
  'all',
  'brokers',
  'clients',
  'controllers',
  'voters-minority',
  'voters-majority',
  'controller',
  'others',
] as const;
const places = ['leader-of', 'follower-of', 'followers-of', 'isr-of', 'outside-isr-of'] as const;

export type Target =
  | { readonly kind: (typeof words)[number] }
  | { readonly kind: (typeof places)[number]; readonly topic: string; readonly partition: number }
  | { readonly kind: 'coordinator-of'; readonly group: string }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'several'; readonly members: readonly string[] };

/** Reads a target; undefined when it is none. */
export function readTarget(text: string): Target | undefined {
  if (text.includes(',')) {
    const members = text.split(',').map((member) => member.trim());
    return members.every((member) => readTarget(member) !== undefined)
      ? { kind: 'several', members }
      : undefined;
  }
  // Said at length where a scenario has controllers of its own and means the one that is active.
  const word = text === 'active-controller' ? 'controller' : words.find((known) => known === text);
  if (word !== undefined) return { kind: word };
  const place = /^([a-z-]+) ([\w.-]+)\/(\d+)$/.exec(text);
  const kind = places.find((known) => known === place?.[1]);
  if (place !== null && kind !== undefined) {
    return { kind, topic: place[2] as string, partition: Number(place[3]) };
  }
  const coordinator = /^coordinator-of ([\w.-]+)$/.exec(text);
  if (coordinator !== null) return { kind: 'coordinator-of', group: coordinator[1] as string };
  return /^[\w.-]+$/.test(text) ? { kind: 'named', name: text } : undefined;
}

export const target = z
  .string()
  .refine((text) => readTarget(text) !== undefined, `a target is ${targetDoc}`)
  .describe(targetDoc);

/** Parameters of every fault of the network: which links of its target it lies over. */
export const links = {
  against: target.optional().describe('only between the target and these; default: everybody'),
  traffic: z
    .array(z.enum(trafficKinds))
    .min(1)
    .optional()
    .describe('only these kinds: clients, replication (between brokers), controller; default: all'),
};

export const direction = z
  .enum(['from', 'to', 'both'])
  .optional()
  .describe('as the target sees it; default both');
