// The ledger on disk: a folder with one file for each entry. Worldly, because it is read and written while
// others may do the same. The rule for two processes that use one ledger: before an entry is written it is
// read again and merged, and it is put in place whole, by renaming. If two do so in the same instant the
// count of one of them may be missing; an entry never is, and no file is ever half a file. What cannot be
// read is named and left where it is.

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Outcome, success } from '../../engine/index.ts';
import { writeWhole } from '../store.ts';
import { entryName, type LedgerEntry, mergeEntries, readEntry } from './ledger.ts';

/** Entries of one ledger: above this something fails in so many ways that a ledger is no help. */
const entriesMax = 2_000;

export interface LedgerRead {
  readonly entries: readonly LedgerEntry[];
  /** One sentence for each file that cannot be read. */
  readonly damaged: readonly string[];
}

export class Ledger {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static open(folder: string): Outcome<Ledger, string> {
    try {
      mkdirSync(folder, { recursive: true });
      return success(new Ledger(folder));
    } catch (error) {
      return failure(`--ledger ${folder}: ${messageOf(error)}`);
    }
  }

  /** In the order of their names. */
  read(): LedgerRead {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
    const entries: LedgerEntry[] = [];
    const damaged: string[] = [];
    for (const name of names.sort()) {
      const path = join(this.#folder, name);
      const read = this.#entry(path);
      if (read.ok) entries.push(read.value);
      else damaged.push(`${path}: ${read.error}; it is left as it is, and not run again`);
    }
    return { entries, damaged };
  }

  /** Adds what was seen to what is there by now. False when the ledger is full. */
  record(seen: LedgerEntry): boolean {
    const path = this.#pathOf(seen);
    const known = existsSync(path) ? this.#entry(path) : undefined;
    if (known === undefined && readdirSync(this.#folder).length >= entriesMax) return false;
    this.#write(path, known?.ok ? mergeEntries(known.value, seen) : seen);
    return true;
  }

  /** After an entry was run again: only what that says is changed. */
  settle(
    entry: LedgerEntry,
    changes: Partial<Pick<LedgerEntry, 'status' | 'lastSeen' | 'lastCommit'>>,
  ): void {
    const path = this.#pathOf(entry);
    const known = existsSync(path) ? this.#entry(path) : undefined;
    this.#write(path, { ...(known?.ok ? known.value : entry), ...changes });
  }

  /** Never the place of a file that cannot be read: then it is the next one that is free, or is this entry. */
  #pathOf(entry: LedgerEntry): string {
    const name = entryName(entry);
    for (let count = 1; ; count++) {
      const path = join(this.#folder, count === 1 ? `${name}.json` : `${name}-${count}.json`);
      if (!existsSync(path)) return path;
      const read = this.#entry(path);
      if (read.ok && entryName(read.value) === name) return path;
    }
  }

  #entry(path: string): Outcome<LedgerEntry, string> {
    try {
      return readEntry(readFileSync(path, 'utf8'));
    } catch (error) {
      return failure(messageOf(error));
    }
  }

  #write(path: string, entry: LedgerEntry): void {
    writeWhole(path, `${JSON.stringify(entry, null, 1)}\n`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
