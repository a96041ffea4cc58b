// From a stored run to its three renderings. Pure: files come through `readFile`.

import { benchJunit } from './bench-junit.ts';
import { benchPage } from './bench-page/bench-page.ts';
import { benchSentence, benchText } from './bench-text.ts';
import { contractSection, readContract } from './contract-table.ts';
import { drawnPage } from './drawn-page.ts';
import { drawnText } from './drawn-text.ts';
import { type SuiteFacts, suiteFacts, type Told, verdictSentence } from './facts.ts';
import { drawnJunit, mutantsJunit, suiteJunit } from './junit.ts';
import { mutantsPage } from './mutants-page.ts';
import { mutantsText } from './mutants-text.ts';
import type { PageScript } from './page.ts';
import { suitePage } from './sim-page.ts';
import { type ReadFile, readKept, readStored } from './stored.ts';
import { storyName } from './story-page/story-name.ts';
import { storyPage } from './story-page/story-page.ts';
import { suiteText } from './text.ts';

export interface Rendered {
  readonly kind: 'sim' | 'bench' | 'mutants' | 'drawn-mutants';
  /** In one sentence. */
  readonly verdict: string;
  readonly html: string;
  readonly junit: string;
  readonly text: string;
  /** The pages of the runs that are told, made one at a time: the kept runs are large. */
  readonly stories: readonly StoryFile[];
}

export interface StoryFile {
  /** From the folder of the suite. */
  readonly name: string;
  render(script: PageScript): string;
}

/** SHA-256 of a text, in hex: taken by whoever may touch the system. */
export type Sha256 = (text: string) => string;

/** Throws `DamagedRun`. */
export function render(readFile: ReadFile, sha256?: Sha256): Rendered {
  const stored = readStored(readFile);
  if (stored.kind === 'bench') {
    const { bench, content } = stored;
    const verdict = benchSentence(bench);
    return {
      kind: 'bench',
      verdict,
      html: benchPage(bench, sha256?.(content)),
      junit: benchJunit(bench),
      text: benchText(bench),
      stories: [],
    };
  }
  if (stored.kind === 'mutants') {
    const { mutants } = stored;
    return {
      kind: 'mutants',
      verdict: mutants.verdict,
      html: mutantsPage(mutants),
      junit: mutantsJunit(mutants),
      text: mutantsText(mutants),
      stories: [],
    };
  }
  if (stored.kind === 'drawn-mutants') {
    const { drawn } = stored;
    return {
      kind: 'drawn-mutants',
      verdict: drawn.verdict,
      html: drawnPage(drawn),
      junit: drawnJunit(drawn),
      text: drawnText(drawn),
      stories: [],
    };
  }
  const facts = suiteFacts(stored.suite, readFile);
  const verdict = verdictSentence(facts);
  const contract = readContract(readFile);
  return {
    kind: 'sim',
    verdict,
    html: suitePage(facts, contract === undefined ? [] : [contractSection(contract)]),
    junit: suiteJunit(facts),
    text: suiteText(facts),
    stories: storiesOf(facts, readFile),
  };
}

function storiesOf({ scenarios }: SuiteFacts, readFile: ReadFile): StoryFile[] {
  const all = scenarios.flatMap(({ failures, witness }) =>
    witness === null ? failures : [...failures, witness],
  );
  const files = new Map<string, StoryFile>();
  for (const told of all) {
    const { kept } = told.telling;
    if (kept === null || told.run === null) continue;
    const name = storyName(kept);
    // Two kinds of failure of one run have one page, that of the first.
    if (!files.has(name))
      files.set(name, { name, render: (script) => storyOf(told, kept, readFile, script) });
  }
  return [...files.values()];
}

function storyOf(told: Told, name: string, readFile: ReadFile, script: PageScript): string {
  const { why, telling, failure } = told;
  const kept = readKept(name, readFile);
  return storyPage({ kept, why, finding: telling.finding, divergence: failure?.divergence ?? null }, script);
}
