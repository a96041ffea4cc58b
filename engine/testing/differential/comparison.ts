// What two brokers answered, side by side: where they differ, and whether that is meant.

import { type KnownDifference, knownDifference } from './known-differences.ts';
import type { Witness } from './witness.ts';

export interface Difference {
  readonly question: string;
  readonly ours: string;
  readonly theirs: string;
  /** Undefined when nobody meant it. */
  readonly known: KnownDifference | undefined;
}

/** Of a property or an API that only one of them has. */
const absent = '(nothing)';
const contextLetters = 60;

/** Of all questions but those that one of them still thinks about. */
export function differences(ours: Witness, theirs: Witness): Difference[] {
  const found: Difference[] = [];
  for (const question of new Set([...ours.answers.keys(), ...theirs.answers.keys()])) {
    const one = ours.answers.get(question) ?? absent;
    const other = theirs.answers.get(question) ?? absent;
    if (one === other || ours.awaited.has(question) || theirs.awaited.has(question)) continue;
    found.push({ question, ours: one, theirs: other, known: knownDifference(question, one, other) });
  }
  return found;
}

/** Both answers without what they share at the beginning and at the end, but for a little context. */
export function differing({ ours, theirs }: Difference): [string, string] {
  const shortest = Math.min(ours.length, theirs.length);
  let alike = 0;
  while (alike < shortest && ours[alike] === theirs[alike]) alike++;
  let alikeAtEnd = 0;
  while (alikeAtEnd < shortest - alike && ours.at(-1 - alikeAtEnd) === theirs.at(-1 - alikeAtEnd))
    alikeAtEnd++;
  const cut = (text: string) => {
    const from = Math.max(0, alike - contextLetters);
    const to = Math.min(text.length, text.length - alikeAtEnd + contextLetters);
    return `${from > 0 ? '...' : ''}${text.slice(from, to)}${to < text.length ? '...' : ''}`;
  };
  return [cut(ours), cut(theirs)];
}
