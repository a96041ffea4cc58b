// A mutant: the engine with one slip in it, as a person might have made it. It is written as an edit of the engine's
// own source text, laid over the file while a thread loads it (patch.ts). So the engine has no switches for its own
// defects: nothing to pay for, nothing to read around, nothing in the published package; and a slip may sit anywhere,
// also in `engine/core`, which sees no port through which a switch could reach it. Rejected: a test-only port asked `if
// broken` at each place. The price: an edit must be kept when the code that it changes moves, and a test says so.
//
// Nothing here, and nothing that is imported here, may load the engine: it has to be loaded after the patch.

export interface Edit {
  /** From the root of the project: `engine/core/reign.ts`. */
  readonly file: string;
  /** Stands there exactly once, unless `at` says where. */
  readonly find: string;
  readonly replace: string;
  /** In characters from the beginning of the file; of edits that were drawn, and stand alone in their file. */
  readonly at?: number;
}

export interface Mutant {
  /** Stable: `acks-all-without-followers`. */
  readonly name: string;
  /** What the slip does, in one sentence. */
  readonly slip: string;
  /** The report of such a failure in the wild (`KAFKA-7128`, `KIP-101`), or `slip` for an ordinary one. */
  readonly origin: string;
  readonly edits: readonly Edit[];
  /** Names of the scenarios that must kill it, the most telling first. */
  readonly scenarios: readonly string[];
}

/** The text with all edits of this file made; throws when one does not fit. */
export function edited(file: string, text: string, edits: readonly Edit[]): string {
  let changed = text;
  for (const { find, replace, at } of edits.filter((edit) => edit.file === file)) {
    const start = at ?? onlyPlaceOf(find, file, changed);
    if (!changed.startsWith(find, start)) throw new Error(`${file}: at ${start} does not stand: ${find}`);
    changed = changed.slice(0, start) + replace + changed.slice(start + find.length);
  }
  return changed;
}

function onlyPlaceOf(find: string, file: string, text: string): number {
  const pieces = text.split(find);
  if (find === '' || pieces.length !== 2) {
    throw new Error(
      `${file}: the text of an edit stands there ${pieces.length - 1} times, not once: ${find}`,
    );
  }
  return (pieces[0] as string).length;
}
