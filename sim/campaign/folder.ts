// The folder of a campaign while it goes on: runs in blocks, generated scenarios, and run.json, each put in
// place whole. Whoever is killed loses what was done since the last time it was stored. Worldly, because it
// writes files.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredBlock, StoredRow, StoredSuite } from '../store.ts';
import { storeSuite, writeWhole } from '../store.ts';

/** Runs of one block: it is written again and again until it is full. */
export const blockRunsMax = 1_000;

export function blockName(number: number): string {
  return `runs/${String(number).padStart(6, '0')}.json`;
}

export class CampaignFolder {
  readonly path: string;
  #rows: StoredRow[] = [];
  #full = 0;
  #isStored = true;

  constructor(path: string) {
    this.path = path;
    mkdirSync(join(path, 'runs'), { recursive: true });
  }

  /** Blocks that there are, the one that is not full yet included. */
  get blocks(): number {
    return this.#full + (this.#rows.length > 0 ? 1 : 0);
  }

  add(row: StoredRow): void {
    this.#rows.push(row);
    this.#isStored = false;
    if (this.#rows.length < blockRunsMax) return;
    this.#storeBlock();
    this.#full++;
    this.#rows = [];
  }

  /** The runs first: what run.json counts is there. */
  store(suite: StoredSuite): void {
    if (!this.#isStored) this.#storeBlock();
    storeSuite(this.path, suite);
  }

  /** Writes a scenario out, once; the name of its file. */
  writeScenario(name: string, text: string): string {
    const safe = name.replace(/[^\w.@-]/g, '_');
    const path = join(this.path, 'scenarios', `${safe}.jsonc`);
    if (!existsSync(path)) {
      mkdirSync(join(this.path, 'scenarios'), { recursive: true });
      writeWhole(path, text);
    }
    return path;
  }

  #storeBlock(): void {
    const block: StoredBlock = { format: 1, kind: 'sim-runs', runs: this.#rows };
    writeWhole(join(this.path, blockName(this.#full + 1)), `${JSON.stringify(block)}\n`);
    this.#isStored = true;
  }
}
