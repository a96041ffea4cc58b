// From a stored run to its three renderings. Pure: files come through `readFile`.

import { benchPage } from './bench-page.ts';
import { contractSection, readContract } from './contract-table.ts';
import { suiteFacts, verdictSentence } from './facts.ts';
import { benchJunit, mutantsJunit, suiteJunit } from './junit.ts';
import { mutantsPage } from './mutants-page.ts';
import { mutantsText } from './mutants-text.ts';
import { suitePage } from './sim-page.ts';
import { type ReadFile, readStored } from './stored.ts';
import { benchSentence, benchText, suiteText } from './text.ts';

export interface Rendered {
  readonly kind: 'sim' | 'bench' | 'mutants';
  /** In one sentence. */
  readonly verdict: string;
  readonly html: string;
  readonly junit: string;
  readonly text: string;
}

/** Throws `DamagedRun`. */
export function render(readFile: ReadFile): Rendered {
  const stored = readStored(readFile);
  if (stored.kind === 'bench') {
    const { bench } = stored;
    const verdict = benchSentence(bench);
    return {
      kind: 'bench',
      verdict,
      html: benchPage(bench),
      junit: benchJunit(bench),
      text: benchText(bench),
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
    };
  }
  const facts = suiteFacts(stored.suite, readFile);
  const verdict = verdictSentence(facts);
  const contract = readContract(readFile);
  const html = suitePage(facts, contract === undefined ? [] : [contractSection(contract)]);
  return { kind: 'sim', verdict, html, junit: suiteJunit(facts), text: suiteText(facts) };
}
