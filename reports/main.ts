// The command `report`: a stored run becomes report.html, junit.xml and summary.txt in its own folder. Nothing is run
// again, and nothing but the folder is read; the same folder gives the same bytes.
//
//   0 rendered (whatever the verdict was: that is the exit code of sim and bench)   2 no stored run, or a damaged one

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BenchResult } from '../bench/result.ts';
import type { KeptRun } from '../sim/index.ts';
import { deltaPage } from './bench-page/delta-page.ts';
import { machineDifferences } from './bench-page/deltas.ts';
import { plain } from './escape.ts';
import { pageScript } from './page-script.ts';
import { type Rendered, render } from './render.ts';
import { DamagedRun, type ReadFile, readStored } from './stored.ts';
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

/** Whether all of these folders hold a benchmark: two of those are compared, where runs of sim are merged. */
export function areBenchmarks(runDirs: readonly string[]): boolean {
  return runDirs.every((runDir) => existsSync(join(runDir, 'bench.json')));
}

export interface CompareOptions extends ReportOptions {
  /** Where the page goes; else beside that of the second. */
  readonly out?: string;
  /** Of merged runs of sim only; refused here. */
  readonly annotations?: string;
}

/** Two stored benchmarks side by side. Exit codes as above; 2 also where the machines are not the same. */
export function compareCommand(runDirs: readonly string[], options: CompareOptions): number {
  const [first, second] = runDirs;
  if (first === undefined || second === undefined || runDirs.length > 2) {
    return complain(`two benchmarks are compared, and ${runDirs.length} were named`, options);
  }
  if (options.annotations !== undefined) {
    return complain('--annotations is for merged runs of sim, and these are benchmarks', options);
  }
  const read = [first, second].map((runDir) => benchOf(runDir));
  const wrong = read.find((one) => typeof one === 'string');
  if (typeof wrong === 'string') return complain(wrong, options);
  const [a, b] = read as [BenchResult, BenchResult];
  const differences = machineDifferences(a.environment, b.environment);
  if (differences.length > 0) {
    const of = `${first} and ${second} are of different machines`;
    return complain(`${of}, and are not compared: ${differences.join('; ')}`, options);
  }
  const { verdict, html, text } = deltaPage(a, b);
  const out = options.out ?? second;
  const paths = { html: join(out, 'compared.html'), text: join(out, 'compared.txt') };
  try {
    mkdirSync(out, { recursive: true });
    writeFileSync(paths.html, html);
    writeFileSync(paths.text, text);
  } catch (error) {
    return complain(`cannot write the report: ${messageOf(error)}`, options);
  }
  if (options.json) console.log(JSON.stringify({ kind: 'compared', verdict, ...paths }));
  else console.log([plain(verdict), ...Object.values(paths)].join('\n'));
  return exitCode.ok;
}

/** A stored benchmark, or what is wrong with it. */
function benchOf(runDir: string): BenchResult | string {
  try {
    const stored = readStored(reader(runDir));
    return stored.kind === 'bench' ? stored.bench : `${runDir}: a run of ${stored.kind}, not a benchmark`;
  } catch (error) {
    if (error instanceof DamagedRun) return `${runDir}: ${error.message}`;
    throw error;
  }
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
