// Many stored runs to one: shards of a suite, campaigns of many machines. Runs of one scenario are added up,
// each seed once; failures come together by their signature; what one seed did here and not there is named as
// nondeterminism. The merged shards of a suite are the suite. Pure, and it does not matter in which order the
// parts are given.

import { failure, type Outcome, success } from '../../engine/index.ts';
import { markCoverageOf } from '../marks/coverage.ts';
import { compareReplay, nondeterministicReplay } from '../outcome.ts';
import type { Scenario } from '../scenario/schema.ts';
import { compareSeeds, replayText } from '../seeds.ts';
import type {
  StoredCampaign,
  StoredFailure,
  StoredRecheck,
  StoredRow,
  StoredScenario,
  StoredSuite,
  StoredTelling,
} from '../store.ts';
import { exitCodes, keptFailuresMax, SuiteFingerprint, worstOf } from '../suite.ts';
import { generatedName } from './generate.ts';
import { seedsOf } from './merged-seeds.ts';
import { ScenarioSum } from './sums.ts';
import { coverageOf, Tally } from './tally.ts';

/** One stored run, whole. */
export interface Part {
  /** How people speak of it: its folder. */
  readonly name: string;
  readonly suite: StoredSuite;
  /** Every run; of a plain suite they are in its run.json. */
  readonly rows: readonly StoredRow[];
}

export interface Merged {
  readonly suite: StoredSuite;
  /** In the order of the suite; stored apart when it is a campaign. */
  readonly rows: readonly StoredRow[];
  /** Kept runs that the merged suite speaks of, and the part that has each. */
  readonly kept: ReadonlyMap<string, string>;
}

export interface MergeOptions {
  /** What a scenario's text expects. */
  readonly expectationOf: (
    of: StoredScenario,
  ) => Outcome<Pick<Scenario, 'story' | 'expect' | 'reaches'>, string>;
  /** Where the file of a generated scenario of a seed will be. */
  readonly generatedFile: (seed: string) => string;
  readonly packed: boolean;
}

/** Seeds that are listed of each failure of a campaign. */
const seedsListed = 20;

export function merge(given: readonly Part[], options: MergeOptions): Outcome<Merged, string[]> {
  const parts = [...given].sort(largestFirst);
  const [first] = parts;
  if (first === undefined) return failure(['there is nothing to merge']);
  const scenarios = scenariosOf(parts);
  if (!scenarios.ok) return scenarios;
  const isCampaign = parts.some(({ suite }) => suite.campaign !== undefined);
  const collected = collect(parts, scenarios.value);
  const told = new Tellings(parts, options);
  const sums = new Map<string, ScenarioSum>();
  const complaints: string[] = [];
  for (const of of scenarios.value) {
    const expectation = options.expectationOf(of);
    if (!expectation.ok) complaints.push(expectation.error);
    else {
      const { name, file, text } = of;
      const limits = { seedsListed: isCampaign ? seedsListed : Number.MAX_SAFE_INTEGER };
      sums.set(name, new ScenarioSum({ name, file, text, scenario: expectation.value }, limits));
    }
  }
  if (complaints.length > 0) return failure(complaints);
  const fingerprint = new SuiteFingerprint();
  for (const row of collected.rows) {
    fingerprint.add(row);
    sums.get(row.scenario)?.add(row, () => told.of(row));
  }
  nondeterminism(parts, collected, sums, told);
  const merged = scenarios.value.map(({ name }) => {
    const runs = collected.rows.filter((row) => row.scenario === name).map(runOf);
    const stored = (sums.get(name) as ScenarioSum).stored(isCampaign ? null : runs);
    return isCampaign ? stored : keptAsASuiteKeeps(stored);
  });
  const suite = suiteOf(parts, merged, collected, fingerprint.text(), isCampaign);
  return success({ suite, rows: collected.rows, kept: told.keptIn(merged) });
}

/** So that it does not matter in which order they were given: the largest is the one that others repeat. */
function largestFirst(a: Part, b: Part): number {
  if (a.rows.length !== b.rows.length) return b.rows.length - a.rows.length;
  const [keyA, keyB] = [a, b].map(({ suite, name }) => `${suite.seeds.shard} ${suite.fingerprint} ${name}`);
  return (keyA as string) < (keyB as string) ? -1 : 1;
}

// ---- scenarios

/** Each scenario once, in the order of the suites when they agree in it, else by name; a name must be one text. */
function scenariosOf(parts: readonly Part[]): Outcome<StoredScenario[], string[]> {
  const found = new Map<string, { of: StoredScenario; part: string }>();
  const complaints: string[] = [];
  for (const { name: part, suite } of parts) {
    for (const of of suite.scenarios) {
      const known = found.get(of.name);
      if (known === undefined) found.set(of.name, { of, part });
      else if (known.of.text !== of.text || known.of.story !== of.story) {
        complaints.push(
          `${part}: the scenario ${of.name} is not the one of ${known.part}: they cannot be added up`,
        );
      }
    }
  }
  if (complaints.length > 0) return failure(complaints);
  const all = [...found.values()].map(({ of }) => of);
  const names = (suite: StoredSuite) => suite.scenarios.map(({ name }) => name).join('\n');
  const agree = new Set(parts.map(({ suite }) => names(suite))).size === 1;
  return success(agree ? all : all.sort((a, b) => (a.name < b.name ? -1 : 1)));
}

// ---- runs

interface Differing {
  readonly row: StoredRow;
  readonly other: StoredRow;
  readonly parts: readonly [string, string];
}

interface Collected {
  readonly rows: readonly StoredRow[];
  readonly byKey: ReadonlyMap<string, StoredRow>;
  readonly differing: readonly Differing[];
  /** Parts that say nothing that a larger one has not said. */
  readonly repeated: ReadonlySet<Part>;
  /** Parts of which some seeds, and not all, were run elsewhere as well. */
  readonly overlapping: number;
}

function keyOf({ scenario, seed, control }: Pick<StoredRow, 'scenario' | 'seed' | 'control'>): string {
  return `${scenario}\n${control}\n${seed}`;
}

function collect(parts: readonly Part[], scenarios: readonly StoredScenario[]): Collected {
  const found = new Map<string, { row: StoredRow; part: string }>();
  const differing: Differing[] = [];
  const repeated = new Set<Part>();
  let overlapping = 0;
  for (const part of parts) {
    let known = 0;
    for (const row of part.rows) {
      const key = keyOf(row);
      const before = found.get(key);
      if (before === undefined) {
        found.set(key, { row, part: part.name });
        continue;
      }
      known++;
      if (before.row.fingerprint === row.fingerprint && before.row.steps === row.steps) continue;
      differing.push({ row: before.row, other: row, parts: [before.part, part.name] });
    }
    if (known === part.rows.length) repeated.add(part);
    else if (known > 0) overlapping++;
  }
  const place = new Map(scenarios.map(({ name }, index) => [name, index]));
  const rows = [...found.values()].map(({ row }) => row);
  rows.sort(
    (a, b) =>
      compareSeeds(a.seed, b.seed) ||
      (place.get(a.scenario) as number) - (place.get(b.scenario) as number) ||
      Number(a.control) - Number(b.control),
  );
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return { rows, byKey, differing, repeated, overlapping };
}

function runOf({ scenario: _, trouble: __, ...run }: StoredRow): StoredScenario['runs'][number] {
  return run;
}

/** What parts found out by running again, and what they found out by not agreeing with each other. */
function nondeterminism(
  parts: readonly Part[],
  { byKey, differing }: Collected,
  sums: ReadonlyMap<string, ScenarioSum>,
  told: Tellings,
): void {
  const found: { row: StoredRow; signature: string; divergence: string | null; tell: () => Told }[] = [];
  for (const { suite } of parts) {
    for (const { name, failures } of suite.scenarios) {
      for (const one of failures) {
        if (one.kind !== 'nondeterministic') continue;
        for (const seed of one.seeds) {
          const row = byKey.get(keyOf({ scenario: name, seed, control: one.control }));
          if (row === undefined) continue;
          const divergence = seed === one.seed ? one.divergence : null;
          found.push({ row, signature: one.signature, divergence, tell: () => told.first(name, one) });
        }
      }
    }
  }
  for (const { row, other, parts: names } of differing) {
    const finding = compareReplay(row, other);
    if (finding === undefined) continue;
    const divergence = `${names[0]} has the fingerprint ${row.fingerprint}, ${names[1]} has ${other.fingerprint}`;
    const tell = () => ({ ...told.of(row), finding });
    found.push({ row, signature: nondeterministicReplay, divergence, tell });
  }
  found.sort((a, b) => compareSeeds(a.row.seed, b.row.seed) || (keyOf(a.row) < keyOf(b.row) ? -1 : 1));
  for (const { row, signature, divergence, tell } of found) {
    sums.get(row.scenario)?.addNondeterministic(row, signature, divergence, tell);
  }
}

// ---- how it is told

type Told = Pick<StoredTelling, 'finding' | 'replay' | 'kept'>;

/** What the parts say of the runs that come first in the whole: each of them came first in its part. */
class Tellings {
  readonly #options: MergeOptions;
  readonly #failures = new Map<string, { telling: StoredTelling; part: string }>();
  readonly #witnesses = new Map<string, { telling: StoredTelling; part: string }>();

  constructor(parts: readonly Part[], options: MergeOptions) {
    this.#options = options;
    for (const { name: part, suite } of parts) {
      for (const { name: scenario, failures, witness } of suite.scenarios) {
        for (const one of failures) this.#put(this.#failures, failureKey(scenario, one), one, part);
        if (witness !== null) this.#put(this.#witnesses, keyOf({ scenario, ...witness }), witness, part);
      }
    }
  }

  of(row: StoredRow): Told {
    const { scenario, seed, control, trouble } = row;
    const known =
      trouble === null
        ? this.#witnesses.get(keyOf(row))
        : this.#failures.get(failureKey(scenario, { ...trouble, seed, control }));
    const invariant = trouble?.signature ?? 'unknown';
    const bare = { invariant, prose: invariant, step: row.steps, timeUs: row.virtualUs, evidence: {} };
    const replay = known?.telling.replay ?? '';
    return {
      finding: known?.telling.finding ?? bare,
      replay: scenario === generatedName || replay === '' ? this.#replay(row) : replay,
      kept: known?.telling.kept ?? null,
    };
  }

  first(scenario: string, one: StoredFailure): Told {
    const replay = scenario === generatedName ? this.#replay({ scenario, ...one }) : one.replay;
    return { finding: one.finding, replay, kept: one.kept };
  }

  /** By name, the part that has the file. */
  keptIn(scenarios: readonly StoredScenario[]): Map<string, string> {
    const spoken = new Set(
      scenarios
        .flatMap(({ failures, witness }) => [...failures, ...(witness ? [witness] : [])])
        .map(({ kept }) => kept),
    );
    const found = new Map<string, string>();
    for (const { telling, part } of [...this.#failures.values(), ...this.#witnesses.values()]) {
      if (telling.kept !== null && spoken.has(telling.kept)) found.set(telling.kept, part);
    }
    return found;
  }

  /** Of two parts that tell the same, the one that kept the run. */
  #put(
    into: Map<string, { telling: StoredTelling; part: string }>,
    key: string,
    telling: StoredTelling,
    part: string,
  ) {
    const known = into.get(key);
    if (known === undefined || (known.telling.kept === null && telling.kept !== null))
      into.set(key, { telling, part });
  }

  /** Generated scenarios have new files in the merged folder. */
  #replay({ seed, control }: Pick<StoredRow, 'seed' | 'control' | 'scenario'>): string {
    return replayText({ file: this.#options.generatedFile(seed), seed, control }, this.#options.packed);
  }
}

function failureKey(
  scenario: string,
  { kind, signature, control, seed }: Pick<StoredFailure, 'kind' | 'signature' | 'control' | 'seed'>,
): string {
  return `${kind}\n${signature}\n${keyOf({ scenario, seed, control })}`;
}

/** A shard keeps the first failures of its own, which are more than the first of all. */
function keptAsASuiteKeeps(stored: StoredScenario): StoredScenario {
  const failures = stored.failures.map((one, index) =>
    index < keptFailuresMax ? one : { ...one, kept: null },
  );
  return { ...stored, failures };
}

// ---- the whole

const missingNote = 'missing: shard';

/** What was missing in a merged part may be here now: that is found out anew. */
function notesOf({ name, suite }: Part): string[] {
  const own = suite.notes.filter((note) => !note.startsWith(missingNote));
  return own.map((note) => `${suite.seeds.shard ?? name}: ${note}`);
}

const simulatorCrash = 70;

function suiteOf(
  parts: readonly Part[],
  scenarios: readonly StoredScenario[],
  collected: Collected,
  fingerprint: string,
  isCampaign: boolean,
): StoredSuite {
  const { seeds, missing } = seedsOf(parts, collected.rows);
  const notes = new Set(parts.flatMap(notesOf));
  for (const shard of missing) notes.add(`${missingNote} ${shard}`);
  if (isCampaign && collected.overlapping > 0) {
    notes.add('seeds that several folders ran count once; what happened in them, as often as they ran');
  }
  const ledger = ledgerOf(parts);
  const known = (ledger ?? []).flatMap((one) => one.failure ?? []);
  // A part that nobody has seen may hold anything.
  const unseen = missing.length > 0 ? (['unknown'] as const) : [];
  const promised = parts.map(({ suite }) => suite.marks?.promised ?? null).find((one) => one !== null);
  const seedsRun = new Set(collected.rows.map(({ seed }) => seed)).size;
  const marks = markCoverageOf(collected.rows, seedsRun, promised ?? null);
  const unkept = !isCampaign && marks.missing.length > 0 ? (['blind'] as const) : [];
  const result = worstOf([...scenarios.map((one) => one.result), ...known, ...unseen, ...unkept]);
  const broken = parts.some(({ suite }) => suite.exitCode === simulatorCrash);
  const machines = parts.map(({ suite }) => suite.machine);
  return {
    ...{
      format: 1,
      kind: 'sim',
      result,
      exitCode: broken ? simulatorCrash : exitCodes[result],
      fingerprint,
      seeds,
    },
    notes: [...notes].sort(),
    scenarios,
    ...(ledger === undefined ? {} : { ledger }),
    ...(isCampaign ? { campaign: campaignOf(parts, collected, seeds.count) } : { marks }),
    machine: {
      startedAt: machines.map(({ startedAt }) => startedAt).sort()[0] as string,
      // Of all machines together, as if one had done it all.
      seconds: machines
        .map(({ seconds }) => seconds)
        .sort((a, b) => a - b)
        .reduce((sum, one) => sum + one, 0),
      workers: Math.max(...machines.map(({ workers }) => workers)),
      runs: machines.reduce((sum, { runs }) => sum + runs, 0),
      node: [...new Set(machines.map(({ node }) => node))].sort().join(', '),
    },
  };
}

function campaignOf(parts: readonly Part[], { repeated }: Collected, seeds: number): StoredCampaign {
  const tally = new Tally();
  const ends = new Set<StoredCampaign['ended']>();
  for (const part of parts) {
    if (part.suite.campaign === undefined) continue;
    ends.add(part.suite.campaign.ended);
    if (!repeated.has(part)) tally.merge(part.suite.campaign.tally);
  }
  const order = [null, 'interrupted', 'time', 'seeds'] as const;
  const ended = order.find((one) => ends.has(one)) ?? null;
  const stored = tally.stored();
  return { ended, blocks: 0, tally: stored, coverage: coverageOf(stored, seeds) };
}

const worstFirst = ['still fails', 'fails otherwise', 'unreadable', 'fixed'] as const;

/** What any part saw fail, fails. */
function ledgerOf(parts: readonly Part[]): StoredRecheck[] | undefined {
  const all = parts.flatMap(({ suite }) => suite.ledger ?? []);
  if (parts.every(({ suite }) => suite.ledger === undefined)) return undefined;
  const rank = ({ status }: StoredRecheck) => worstFirst.indexOf(status);
  const text = (one: StoredRecheck) =>
    JSON.stringify([one.scenario, one.signature, one.seed, one.prose, one.replay]);
  const sorted = all.sort((a, b) => rank(a) - rank(b) || (text(a) < text(b) ? -1 : 1));
  const found = new Map<string, StoredRecheck>();
  for (const one of sorted) {
    const key = `${one.scenario}\n${one.signature}`;
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
