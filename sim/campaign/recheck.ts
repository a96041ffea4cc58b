// Known failures before new ones: each entry of the ledger is run again, with the text that it keeps, under
// the first and the latest seed that showed it. Worldly, because it drives the pool of threads.

import { registries } from '../registries.ts';
import { ScenarioReader } from '../scenario/read.ts';
import type { Scenario } from '../scenario/schema.ts';
import { replayText } from '../seeds.ts';
import type { StoredRecheck } from '../store.ts';
import { brokenSummary, type FailureKind, type LoadedScenario, troubleOf } from '../suite.ts';
import { jobOf, type Swarm, type SwarmJob } from '../swarm.ts';
import type { Reply } from '../swarm-worker.ts';
import type { LedgerEntry } from './ledger.ts';

export interface Rechecked extends StoredRecheck {
  readonly entry: LedgerEntry;
}

/** Puts the text of a case where `replay` finds it; the name of that file. */
export type WriteOut = (entry: LedgerEntry, seed: string, text: string) => string;

interface CaseJob extends SwarmJob {
  readonly entry: LedgerEntry;
}

interface Seen {
  readonly seed: string;
  readonly failure: FailureKind;
  readonly same: boolean;
  readonly prose: string;
}

export async function recheck(
  entries: readonly LedgerEntry[],
  swarm: Swarm,
  options: { packed: boolean; writeOut: WriteOut; stopped: () => boolean },
): Promise<Rechecked[]> {
  const reader = new ScenarioReader(registries);
  const jobs: CaseJob[] = [];
  const complaints = new Map<LedgerEntry, string>();
  for (const entry of entries) {
    for (const { seed, text } of casesOf(entry)) {
      const read = reader.read(entry.file, text);
      const problem = read.ok ? undoneControl(entry, read.value) : read.error.join('; ');
      if (!read.ok || problem !== undefined) complaints.set(entry, problem ?? '');
      else
        jobs.push(
          caseJob(entry, seed, { name: entry.scenario, file: entry.file, text, scenario: read.value }),
        );
    }
  }
  const seen = new Map<LedgerEntry, (Seen | null)[]>();
  await swarm.run(until(options.stopped, jobs), (job, reply) => {
    seen.set(job.entry, [...(seen.get(job.entry) ?? []), seenIn(job, reply)]);
  });
  return entries.flatMap((entry): Rechecked[] => {
    const { seed, text } = entry.latest;
    const replayed = (of: string, at: string) =>
      replayText({ file: options.writeOut(entry, at, of), seed: at, control: entry.control }, options.packed);
    const base = { entry, scenario: entry.scenario, signature: entry.signature };
    const complaint = complaints.get(entry);
    if (complaint !== undefined) {
      return [{ ...base, status: 'unreadable', seed, replay: '', prose: complaint, failure: null }];
    }
    const all = seen.get(entry);
    // Interrupted before it was its turn: nothing is known of it.
    if (all === undefined) return [];
    const worst = all.find((one) => one?.same) ?? all.find((one) => one !== null) ?? null;
    const at = worst?.seed ?? seed;
    const status = worst === null ? 'fixed' : worst.same ? 'still fails' : 'fails otherwise';
    const replay = replayed(at === seed ? text : entry.first.text, at);
    return [
      { ...base, status, seed: at, replay, prose: worst?.prose ?? '', failure: worst?.failure ?? null },
    ];
  });
}

function casesOf({ first, latest }: LedgerEntry): readonly LedgerEntry['first'][] {
  return first.seed === latest.seed && first.text === latest.text ? [first] : [first, latest];
}

function undoneControl({ control }: LedgerEntry, { expect }: Scenario): string | undefined {
  const has = 'control' in expect && expect.control !== undefined;
  return control && !has ? 'the control that failed is no longer in its text' : undefined;
}

function caseJob(entry: LedgerEntry, seed: string, of: LoadedScenario): CaseJob {
  const wanted = entry.failure === 'nondeterministic' ? 'divergence' : 'summary';
  return { ...jobOf({ of, seed, control: entry.control }, wanted), entry };
}

/** What is wrong with the run today; null when nothing is. */
function seenIn({ run, entry }: CaseJob, reply: Reply): Seen | null {
  if (reply.kind === 'divergence') {
    if (reply.text === null) return null;
    return { seed: run.seed, failure: 'nondeterministic', same: true, prose: reply.text };
  }
  const summary =
    reply.kind === 'summary' ? reply.summary : brokenSummary(run.seed, reply.kind === 'broken' ? reply : {});
  const trouble = troubleOf(run.of.scenario, { control: run.control, summary });
  if (trouble === undefined) return null;
  const same = trouble.kind === entry.failure && trouble.signature === entry.signature;
  return { seed: run.seed, failure: trouble.kind, same, prose: trouble.finding.prose };
}

function* until<T>(stopped: () => boolean, jobs: readonly T[]): Generator<T> {
  for (const job of jobs) {
    if (stopped()) return;
    yield job;
  }
}
