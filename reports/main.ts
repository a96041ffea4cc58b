// The command `report`: a stored run becomes report.html, junit.xml and summary.txt in its own folder. Nothing is run
// again, and nothing but the folder is read; the same folder gives the same bytes.
//
// Of several stored benchmarks it makes one page: two are compared, more are a history.
//
//   0 rendered (whatever the verdict was: that is the exit code of sim and bench)   2 no stored run, or a damaged one

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BenchResult } from '../bench/result.ts';
import type { KeptRun } from '../sim/index.ts';
import { type Compared, deltaPage } from './bench-page/delta-page.ts';
import { machineDifferences } from './bench-page/deltas.ts';
import { plain } from './escape.ts';
import { renderedHistory } from './history-page/rendered.ts';
import { readBenchmark, resultOf, type StoredBenchmark } from './history-page/results.ts';
import { historyOf } from './history-page/series.ts';
import { pageScript } from './page-script.ts';
import { type Rendered, render } from './render.ts';
import { DamagedRun, type ReadFile } from './stored.ts';
import { storyPage, type Why } from './story-page/story-page.ts';

export interface ReportOptions {
  readonly json?: boolean;
  /** One line, for whoever has just told the rest; or also the text itself, for whoever has not. */
  readonly brief?: boolean | 'with the text';
}

const exitCode = { ok: 0, input: 2 } as const;

/** A file above this is not read: no string could hold it. */
const fileBytesMax = 500_000_000;

export async function reportCommand(runDir: string, options: ReportOptions): Promise<number> {
  let rendered: Rendered;
  try {
    rendered = render(reader(runDir), sha256);
  } catch (error) {
    if (!(error instanceof DamagedRun)) throw error;
    return complain(`${runDir}: ${error.message}`, options);
  }
  const paths = {
    html: join(runDir, 'report.html'),
    junit: join(runDir, 'junit.xml'),
    text: join(runDir, 'summary.txt'),
  };
  try {
    writeFileSync(paths.html, rendered.html);
    writeFileSync(paths.junit, rendered.junit);
    writeFileSync(paths.text, rendered.text);
    writeStories(runDir, rendered);
  } catch (error) {
    if (error instanceof DamagedRun) return complain(`${runDir}: ${error.message}`, options);
    return complain(`cannot write the report: ${messageOf(error)}`, options);
  }
  const { kind, verdict } = rendered;
  const stories = rendered.stories.map(({ name }) => join(runDir, name));
  if (options.json) console.log(JSON.stringify({ kind, verdict, ...paths, stories }));
  else if (options.brief) {
    if (options.brief !== true) console.log(rendered.text);
    console.log(`report in ${paths.html}`);
  } else console.log([plain(verdict), ...Object.values(paths), ...stories].join('\n'));
  return exitCode.ok;
}

/** Whether any of these is a benchmark: several of those are put side by side, where runs of sim are merged. */
export function nameBenchmarks(paths: readonly string[]): boolean {
  return paths.some(
    (path) => path.endsWith('.json') || documents.some((name) => existsSync(join(path, name))),
  );
}

/** What `bench` stores in its folder, and `bench --simulated`. */
const documents = ['bench.json', 'bench-simulated.json'] as const;

export interface SeveralOptions extends ReportOptions {
  /** Where the page goes; else beside the second of two, and beside the newest of a history. */
  readonly out?: string;
  /** Of merged runs of sim only; refused here. */
  readonly annotations?: string;
}

/**
 * Several stored benchmarks, each its folder or its document: two that were measured side by side, else their
 * history. Exit codes as above; 2 also where the machines are not the same.
 */
export function benchmarksCommand(paths: readonly string[], options: SeveralOptions): number {
  if (options.annotations !== undefined) {
    return complain('--annotations is for merged runs of sim, and these are benchmarks', options);
  }
  try {
    const [first, second] = paths;
    if (paths.length !== 2 || first === undefined || second === undefined) return history(paths, options);
    const [a, b] = [documentAt(first), documentAt(second)];
    const [one, other] = [a.stored, b.stored];
    if (one.kind !== 'measured' || other.kind !== 'measured') return history(paths, options);
    return compare({ ...a, bench: one.bench }, { ...b, bench: other.bench }, options);
  } catch (error) {
    if (error instanceof DamagedRun) return complain(error.message, options);
    throw error;
  }
}

interface Side {
  readonly path: string;
  readonly folder: string;
  readonly bench: BenchResult;
}

function compare(a: Side, b: Side, options: SeveralOptions): number {
  const differences = machineDifferences(a.bench.environment, b.bench.environment);
  if (differences.length > 0) {
    const of = `${a.path} and ${b.path} are of different machines`;
    return complain(`${of}, and are not compared: ${differences.join('; ')}`, options);
  }
  return writtenTo(options.out ?? b.folder, 'compared', deltaPage(a.bench, b.bench), options);
}

function history(paths: readonly string[], options: SeveralOptions): number {
  const read = paths.map((path) => {
    const { folder, place, stored, content } = documentAt(path);
    return { name: path, folder, result: resultOf(stored, place, sha256(content)) };
  });
  const made = historyOf(read);
  if (typeof made === 'string') return complain(made, options);
  const newest = made.results.at(-1);
  const beside = read.find(({ result }) => result === newest)?.folder ?? '.';
  return writtenTo(options.out ?? beside, 'history', renderedHistory(made), options);
}

interface AtPath {
  readonly path: string;
  readonly folder: string;
  /** Folder and file, for complaints. */
  readonly place: string;
  readonly content: string;
  readonly stored: StoredBenchmark;
}

/** Throws `DamagedRun`. */
function documentAt(path: string): AtPath {
  const isFile = path.endsWith('.json');
  const folder = isFile ? dirname(path) : path;
  const read = reader(folder);
  for (const file of isFile ? [basename(path)] : documents) {
    const place = isFile ? path : `${path}: ${file}`;
    const content = read(file);
    if (content !== undefined) return { path, folder, place, content, stored: readBenchmark(place, content) };
  }
  const missing = isFile ? 'no such file' : `no stored benchmark here: neither ${documents.join(' nor ')}`;
  throw new DamagedRun(`${path}: ${missing}`);
}

/** A page and its text under one name. */
function writtenTo(
  folder: string,
  name: 'compared' | 'history',
  { verdict, html, text }: Compared,
  options: SeveralOptions,
): number {
  const paths = { html: join(folder, `${name}.html`), text: join(folder, `${name}.txt`) };
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(paths.html, html);
    writeFileSync(paths.text, text);
  } catch (error) {
    return complain(`cannot write the report: ${messageOf(error)}`, options);
  }
  if (options.json) console.log(JSON.stringify({ kind: name, verdict, ...paths }));
  else console.log([plain(verdict), ...Object.values(paths)].join('\n'));
  return exitCode.ok;
}

/** Pages of an earlier rendering go: they may be of runs that are told no more. */
function writeStories(runDir: string, { stories }: Rendered): void {
  rmSync(join(runDir, 'stories'), { recursive: true, force: true });
  for (const story of stories) {
    const path = join(runDir, story.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, story.render(pageScript()));
  }
}

/** `replay --html`: the page of one run that was not stored. Exit codes as above; 2: the file cannot be written. */
export function storyCommand(kept: KeptRun, why: Why, path: string): number {
  const page = storyPage({ kept, finding: kept.telling, why, divergence: null }, pageScript());
  try {
    writeFileSync(path, page);
  } catch (error) {
    return complain(`cannot write the page: ${messageOf(error)}`, {});
  }
  return exitCode.ok;
}

function reader(runDir: string): ReadFile {
  return (name) => {
    const path = join(runDir, name);
    try {
      const { size } = statSync(path);
      if (size > fileBytesMax)
        throw new DamagedRun(`${name}: ${size} bytes; reports read at most ${fileBytesMax}`);
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error instanceof DamagedRun ? error : new DamagedRun(`${name}: ${messageOf(error)}`);
    }
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function complain(message: string, { json }: ReportOptions): number {
  if (json) console.log(JSON.stringify({ error: message }));
  else console.error(plain(message));
  return exitCode.input;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
