// The value of every record that a workload writes: unique, and it says where it belongs. A reader that meets one can
// tell, without asking anybody, who wrote it, in which order, to which partition, and whether a bit was changed:
//
//   orders/0 producer-1#2 17 8d1f20ca ~~~~~~~~      topic/partition, session, number, checksum, padding to the size
//
// The partition is `*` where the key decides. Text and not binary: a hex dump of a log file is then readable as it is.

import { assert } from '../../engine/index.ts';

export interface ValueParts {
  readonly topic: string;
  /** The partition asked for, -1 where the key decides. */
  readonly partition: number;
  /** Client name and incarnation: `producer-1#2`. One session is one life of one producer. */
  readonly session: string;
  /** Counts the sends of the session, from 0. */
  readonly n: number;
}

/** Short name of a value in histories and evidence: unique in a run. */
export function valueName(parts: { readonly session: string; readonly n: number }): string {
  return `${parts.session}/${parts.n}`;
}

export const valueBytesMin = 64;

/** The bytes of a value; at least `sizeBytes` long (a longer head is never cut). */
export function makeValue(parts: ValueParts, sizeBytes: number): Uint8Array {
  assert(!/\s/.test(parts.session + parts.topic), 'names inside a value have no spaces');
  const partition = parts.partition < 0 ? '*' : String(parts.partition);
  const head = `${parts.topic}/${partition} ${parts.session} ${parts.n}`;
  const padding = '~'.repeat(Math.max(0, sizeBytes - head.length - 10));
  return encoder.encode(`${head} ${checksum(head + padding)} ${padding}`);
}

/** What the bytes say; undefined when they are not, or no longer, the value of any workload. */
export function readValue(bytes: Uint8Array | null): ValueParts | undefined {
  if (bytes === null) return undefined;
  const fields = decoder.decode(bytes).split(' ');
  if (fields.length !== 5) return undefined;
  const [place, session, number, sum, padding] = fields as [string, string, string, string, string];
  if (checksum(`${place} ${session} ${number}${padding}`) !== sum) return undefined;
  const slash = place.lastIndexOf('/');
  const partition = place.slice(slash + 1);
  return {
    topic: place.slice(0, slash),
    partition: partition === '*' ? -1 : Number(partition),
    session,
    n: Number(number),
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('latin1');

/** FNV-1a over the characters, 32 bits, as eight hexadecimal digits. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
