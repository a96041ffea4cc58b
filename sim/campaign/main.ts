// Campaigns: `sim` with an end that is a time, or none; with scenarios of its own making; with a memory. From
// what was asked to an exit code, which is that of `sim`. Worldly: it owns the clock on the wall, the threads
// and the files.

import { join } from 'node:path';
import { type Asked, checked, ownScenarios, type SuiteOptions } from '../asked.ts';
import { type Progress, silence } from '../progress.ts';
import { firstSeedDefault, replayText } from '../seeds.ts';
import { shrunkFailuresMax } from '../shrink/suite-shrink.ts';
import {
  freshFolder,
  keptAs,
  keptName,
  machineSince,
  prepareFolder,
  type StoredSuite,
  shrunkName,
  storeRun,
} from '../store.ts';
import { exitCodes, type LoadedScenario, SuiteFingerprint, type WantedRun, worstOf } from '../suite.ts';
import { crash, plainProgress, refused, type Surroundings } from '../surroundings.ts';
import { defaultWorkers, jobOf, keptRun, Swarm, withReplay } from '../swarm.ts';
import { type Explained, tellSuite } from '../words.ts';
import { annotationsOf, tellsGithub } from './annotations.ts';
import { Course, type CourseJob } from './course.ts';
import { readDuration } from './duration.ts';
import { CampaignFolder } from './folder.ts';
import { generate, generatedName } from './generate.ts';
import { generatedSummary } from './generated.ts';
import type { LedgerEntry } from './ledger.ts';
import { Ledger } from './ledger-files.ts';
import { type Rechecked, recheck } from './recheck.ts';
import { coverageOf } from './tally.ts';

export interface CampaignOptions {
  /** How long: `10m`. */
  readonly for?: string;
  readonly forever?: boolean;
  /** Each seed also makes a scenario of its own. */
  readonly swarm?: boolean;
  /** All generated scenarios are written out, not only those that tell something. */
  readonly keep?: boolean;
  /** Where known failures are; false: none are kept. */
  readonly ledger?: string | false;
  /** What is run, for the ledger: a commit, a version. */
  readonly commit?: string;
  readonly annotations?: string;
  /** False: failures are not shrunk. */
  readonly shrink?: boolean;
}

type Options = CampaignOptions & SuiteOptions;

const ledgerDefault = '.odradek/ledger';
/** Seeds of a campaign that has neither time nor number. */
const seedsDefault = 10;
/** Between two times that everything is stored. */
const storeEveryMs = 5_000;
const lineEveryMs = 15_000;

/** What goes only with something else is a mistake without it: it would do nothing. */
export function contradictionsOf(options: CampaignOptions): string[] {
  const found: string[] = [];
  if (options.for !== undefined && options.forever) found.push('--for and --forever contradict each other');
  if (options.keep && !options.swarm) found.push('--keep goes with --swarm');
  const hasLedger = isCampaign(options) && options.ledger !== false;
  if (options.commit !== undefined && !hasLedger) found.push('--commit goes with a ledger');
  if (options.ledger === false && !isCampaign(options)) found.push('--no-ledger goes with a campaign');
  return found;
}

/** Whether `sim` is asked for more than so many seeds of files that are there. */
export function isCampaign(options: CampaignOptions): boolean {
  return (
    options.for !== undefined || options.forever === true || options.swarm === true || isText(options.ledger)
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export async function campaignCommand(
  paths: readonly string[],
  options: Options,
  around: Surroundings,
): Promise<number> {
  const duration = options.for === undefined ? undefined : readDuration(options.for);
  const complaints = duration?.ok === false ? [`--for: ${duration.error}`] : [];
  const endless = duration !== undefined || options.forever === true;
  const { seed: first = firstSeedDefault, workers = defaultWorkers() } = options;
  const count = options.seeds ?? (endless ? undefined : seedsDefault);
  const wanted = paths.length > 0 ? paths : options.swarm ? [] : [ownScenarios()];
  const asked = checked(wanted, { first, count, shard: options.shard, workers });
  if (Array.isArray(asked)) complaints.push(...asked);
  const github = tellsGithub(options.annotations, around.onGithub === true);
  if (!github.ok) complaints.push(github.error);
  if (complaints.length > 0 || Array.isArray(asked) || !github.ok) return refused(complaints, around);
  const ledger = options.ledger === false ? undefined : Ledger.open(options.ledger ?? ledgerDefault);
  if (ledger?.ok === false) return refused([ledger.error], around);
  const startedAt = new Date();
  const path = options.out ?? freshFolder(startedAt.toISOString());
  const prepared = prepareFolder(path);
  if (!prepared.ok) return refused([prepared.error], around);

  const endsAtMs = duration?.ok ? performance.now() + duration.value : Number.POSITIVE_INFINITY;
  const campaign = new Campaign({ asked, options, around, path, startedAt, endsAtMs, ledger: ledger?.value });
  const suite = await campaign.run();
  options.stored?.(path);
  const json = options.json === true;
  around.out(json ? JSON.stringify(suite, null, 1) : tellSuite(suite, path, campaign.explained));
  if (github.value) for (const line of annotationsOf(suite)) (json ? around.error : around.out)(line);
  return suite.exitCode;
}

interface Start {
  readonly asked: Asked;
  readonly options: Options;
  readonly around: Surroundings;
  readonly path: string;
  readonly startedAt: Date;
  /** On the monotonic clock of the process. */
  readonly endsAtMs: number;
  readonly ledger: Ledger | undefined;
}

class Campaign {
  readonly #start: Start;
  readonly #folder: CampaignFolder;
  readonly #course: Course;
  readonly #swarm: Swarm;
  readonly #fingerprint = new SuiteFingerprint();
  readonly #notes: string[] = [];
  #rechecked: readonly Rechecked[] = [];
  #news = new Map<string, LedgerEntry>();
  /** The first run of each kind of failure, as many as are shrunk. */
  readonly #firsts = new Map<string, WantedRun>();
  /** The failures that were made small. */
  readonly explained: Explained[] = [];
  #interrupted = false;
  #storedAtMs = performance.now();

  constructor(start: Start) {
    const { asked, options, around, path } = start;
    this.#start = start;
    this.#folder = new CampaignFolder(path);
    this.#swarm = new Swarm({ workers: asked.workers, worker: around.worker });
    const generated = options.swarm ? [generatedSummary] : [];
    this.#course = new Course({
      scenarios: [...asked.scenarios, ...generated],
      scenariosOf: (seed) => (options.swarm ? [...asked.scenarios, this.#generated(seed)] : asked.scenarios),
      first: asked.first,
      shard: asked.shard,
      count: asked.count,
      stopped: () => this.#ending() !== null,
      replayOf: (run) => this.#replayOf(run),
      settled: (row) => {
        this.#fingerprint.add(row);
        this.#folder.add(row);
      },
      failed: (run, trouble, finding) => this.#remember(run, trouble, finding),
      keep: (run, story) => {
        const name = keptName(run.of.name, run.seed, run.control);
        storeRun(path, name, keptRun(run, story, this.#replayOf(run)));
        return name;
      },
    });
  }

  async run(): Promise<StoredSuite> {
    const { around, options, asked, ledger } = this.#start;
    const ignore = around.onInterrupt?.(() => {
      this.#interrupted = true;
      this.#swarm.endShrinking();
    });
    const progress = options.json ? silence : plainProgress(around, lineEveryMs);
    if (ledger !== undefined) await this.#recheck(ledger);
    const hears = (job: CourseJob, reply: Parameters<Course['done']>[1]) => {
      const failures = this.#news.size;
      this.#course.done(job, reply);
      progress.done();
      if (this.#news.size > failures || performance.now() - this.#storedAtMs > storeEveryMs)
        this.#store(null);
    };
    progress.begin(null);
    this.#store(null);
    await this.#swarm.run(this.#course.jobs(), hears);
    this.#course.finish();
    while (this.#course.hasStories) await this.#swarm.run(this.#course.stories(), hears);
    progress.end();
    await this.#explain(progress);
    await this.#swarm.close();
    ignore?.();
    const ended = this.#ending() ?? 'seeds';
    if (ended === 'interrupted') {
      const of = asked.count === undefined ? '' : ' before its end';
      this.#notes.push(`interrupted${of}: ${this.#course.seedsDone} seeds were done whole`);
    }
    return this.#store(ended);
  }

  /** Makes the first failure of each kind small: at the end, whatever the time is, for it was found before. */
  async #explain(progress: Progress): Promise<void> {
    const { options, path, around } = this.#start;
    if (options.shrink === false || this.#interrupted || this.#firsts.size === 0) return;
    progress.begin(this.#firsts.size, 'failures shrunk');
    const jobs = [...this.#firsts.values()].map((run) => jobOf(run, 'shrunk'));
    await this.#swarm.run(jobs, ({ run: { of, seed, control } }, reply) => {
      progress.done();
      const name = keptName(of.name, seed, control);
      const kept = keptAs(path, name);
      if (reply.kind !== 'shrunk' || kept === undefined) return;
      const small = withReplay(reply.failure, (other) =>
        replayText({ file: join(path, shrunkName(name)), seed: other, control: false }, around.packed),
      );
      storeRun(path, name, { ...kept, ...small });
      this.explained.push({ scenario: of.name, seed, ...small });
    });
    progress.end();
  }

  #ending(): 'time' | 'interrupted' | null {
    if (this.#interrupted) return 'interrupted';
    return performance.now() >= this.#start.endsAtMs ? 'time' : null;
  }

  #generated(seed: string): LoadedScenario {
    const { text } = generate(seed);
    const file = this.#start.options.keep ? this.#folder.writeScenario(`generated@${seed}`, text) : '';
    return { ...generatedSummary, file, text };
  }

  /** A generated scenario has a file as soon as somebody speaks of it. */
  #fileOf({ of, seed }: WantedRun): string {
    return of.name === generatedName ? this.#folder.writeScenario(`generated@${seed}`, of.text) : of.file;
  }

  #replayOf(run: WantedRun): string {
    const { seed, control } = run;
    return replayText({ file: this.#fileOf(run), seed, control }, this.#start.around.packed);
  }

  // ---- the ledger

  async #recheck(ledger: Ledger): Promise<void> {
    const { entries, damaged } = ledger.read();
    for (const sentence of damaged) this.#start.around.error(sentence);
    this.#notes.push(...damaged);
    this.#rechecked = await recheck(entries, this.#swarm, {
      packed: this.#start.around.packed,
      stopped: () => this.#interrupted,
      writeOut: (entry, seed, text) => this.#folder.writeScenario(`ledger-${entry.scenario}@${seed}`, text),
    });
    const now = new Date().toISOString();
    for (const { entry, status } of this.#rechecked) {
      if (status === 'unreadable') continue;
      const fails = status !== 'fixed';
      const commit = this.#start.options.commit ?? null;
      ledger.settle(entry, {
        status: fails ? 'open' : 'fixed',
        ...(status === 'still fails' ? { lastSeen: now, lastCommit: commit } : {}),
      });
    }
  }

  #remember(
    run: WantedRun,
    trouble: { kind: LedgerEntry['failure']; signature: string },
    finding: { invariant: string; prose: string },
  ): void {
    const { of, seed, control } = run;
    const now = new Date().toISOString();
    const commit = this.#start.options.commit ?? null;
    const kind = `${trouble.kind} ${trouble.signature}`;
    const isWorthIt = trouble.kind === 'violated' || trouble.kind === 'crashed';
    if (isWorthIt && !this.#firsts.has(kind) && this.#firsts.size < shrunkFailuresMax) {
      this.#firsts.set(kind, run);
    }
    const key = `${of.name} ${trouble.kind} ${control} ${trouble.signature}`;
    const known = this.#news.get(key);
    const oneCase = { seed, text: of.text };
    this.#news.set(key, {
      ...{ format: 1, kind: 'ledger-entry', scenario: of.name, file: this.#fileOf(run) },
      ...{ failure: trouble.kind, control, signature: trouble.signature, status: 'open' },
      invariants: trouble.kind === 'violated' ? trouble.signature.split(' + ') : [finding.invariant],
      prose: known?.prose ?? finding.prose,
      count: (known?.count ?? 0) + 1,
      first: known?.first ?? oneCase,
      latest: oneCase,
      firstSeen: known?.firstSeen ?? now,
      lastSeen: now,
      firstCommit: known === undefined ? commit : known.firstCommit,
      lastCommit: commit,
    });
  }

  #storeLedger(): void {
    const { ledger, around } = this.#start;
    for (const entry of this.#news.values()) {
      if (ledger === undefined || ledger.record(entry)) continue;
      const full = 'the ledger is full: further failures are only in run.json';
      if (!this.#notes.includes(full)) around.error(full);
      if (!this.#notes.includes(full)) this.#notes.push(full);
    }
    this.#news = new Map();
  }

  // ---- what is stored

  #store(ended: NonNullable<StoredSuite['campaign']>['ended']): StoredSuite {
    this.#storeLedger();
    const suite = this.#suite(ended);
    this.#folder.store(suite);
    this.#storedAtMs = performance.now();
    return suite;
  }

  #suite(ended: NonNullable<StoredSuite['campaign']>['ended']): StoredSuite {
    const { asked, options, startedAt } = this.#start;
    const { first, shard, count, workers } = asked;
    const scenarios = this.#course.sums.map((sum) => sum.stored(null));
    const known = this.#rechecked.flatMap(({ failure }) => failure ?? []);
    const result = worstOf([...scenarios.map((scenario) => scenario.result), ...known]);
    const tally = this.#course.tally.stored();
    const seeds = this.#course.seedsDone;
    const places = seeds * shard.of;
    const underWay = ended === null ? ['under way, or killed: this is what was stored by then'] : [];
    return {
      format: 1,
      kind: 'sim',
      result,
      exitCode: this.#course.broken ? crash : exitCodes[result],
      fingerprint: this.#fingerprint.text(),
      seeds: { first, count: count ?? places, shard: options.shard ?? null },
      notes: [...this.#notes, ...underWay],
      scenarios,
      ...(this.#start.ledger === undefined
        ? {}
        : { ledger: this.#rechecked.map(({ entry: _, ...told }) => told) }),
      campaign: { ended, blocks: this.#folder.blocks, tally, coverage: coverageOf(tally, places) },
      machine: { ...machineSince(startedAt, workers), runs: this.#course.executed },
    };
  }
}
