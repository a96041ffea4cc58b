// Any event as a sentence: declared once, read by the terminal, the reports and the script of the story page. This
// folder is pure and small, because that script is made from it: it imports types, and the names of errors.

import type { AnyEvent, AnyEventKind } from '../record/events.ts';
import { engineSentences, type Who } from './engine-sentences.ts';
import { worldSentences } from './world-sentences.ts';

type AnySentence = (event: AnyEvent, who: Who) => string;

/** By kind. Every row takes its own kind of event; who asks here has looked the row up by that kind. */
const sentences = { ...engineSentences, ...worldSentences } as unknown as Readonly<
  Record<AnyEventKind, AnySentence>
>;

/** An event with its teller, as a trace has it. */
export interface Told {
  readonly node: string;
  readonly incarnation: number;
  readonly event: AnyEvent;
}

/** What ids of nodes are called; see `nodeNames`. */
export type Named = (id: number) => string;

export function sentenceOf({ node, incarnation, event }: Told, named: Named): string {
  const row = Object.hasOwn(sentences, event.kind) ? sentences[event.kind] : undefined;
  const name = incarnation > 1 ? `${node} (life ${incarnation})` : node;
  // A stored run of a later version may tell what this one has no words for.
  return row === undefined ? `${name}: ${fieldsOf(event)}` : row(event, { name, named });
}

/** Every kind there is a sentence for. */
export function sentenceKinds(): string[] {
  return Object.keys(sentences);
}

/** The names of nodes by their ids, learned from who says that it started as which. */
export function nodeNames(trace: Iterable<Told>): Named {
  const names = new Map<number, string>();
  for (const { node, event } of trace) {
    if (event.kind === 'broker-started') names.set(event.brokerId, node);
  }
  return (id) => names.get(id) ?? `broker-${id}`;
}

function fieldsOf(event: AnyEvent): string {
  const rest = Object.entries(event).filter(([name, value]) => name !== 'kind' && value !== undefined);
  return [event.kind, ...rest.map(([name, value]) => `${name}=${String(value)}`)].join(' ');
}
