// A sweep: a workload file with one property more, `sweep`, which names paths of the workload and the values they take.
// Every combination is a run of its own, and each is checked before the first one starts.

import { z } from 'zod';
import { type Complaint, openingComment, parseJsonc } from '../../sim/index.ts';
import { type HarnessOptions, runWorkload } from '../harness.ts';
import { SeededRandom } from '../random.ts';
import type { Sweep } from '../result.ts';
import { checkedWorkload, inFile, nameOf, type PlaceOf, type WorkloadFile } from '../workload.ts';

export type Value = number | string | boolean;

export interface SweepPoint {
  readonly at: Readonly<Record<string, Value>>;
  readonly file: WorkloadFile;
}

export interface SweepFile {
  readonly name: string;
  readonly over: readonly string[];
  readonly points: readonly SweepPoint[];
}

export type ReadSweep =
  | { readonly ok: true; readonly value: SweepFile }
  | { readonly ok: false; readonly complaints: readonly string[] };

const pathsMax = 4;
const valuesMax = 32;
const pointsMax = 64;
/** To start a broker, read everything back and probe, as a guess for the plan. */
const overheadSeconds = 6;

/** Below these a property's name may hold dots: what follows is one name. */
const openPaths = ['topic.configs.', 'broker.'];

const overSchema = z
  .record(
    z.string().min(1),
    z
      .array(z.union([z.number(), z.string(), z.boolean()]))
      .min(1)
      .max(valuesMax),
  )
  .refine(
    (over) => Object.keys(over).length >= 1,
    'at least one path is wanted, as "record.bytes": [100, 1024]',
  )
  .refine((over) => Object.keys(over).length <= pathsMax, `at most ${pathsMax} paths`);

/** `path` is for the complaints, and its last part is the name of the sweep. */
export function readSweep(path: string, text: string): ReadSweep {
  const parsed = parseJsonc(text);
  const complaints: Complaint[] = [...parsed.complaints];
  const points: SweepPoint[] = [];
  const over = complaints.length > 0 ? undefined : overOf(parsed.value, parsed.place, complaints);
  if (over !== undefined) {
    const { sweep: _, ...base } = parsed.value as Record<string, unknown>;
    const name = nameOf(path);
    for (const [index, at] of combinations(over).entries()) {
      const checked = checkedWorkload(changed(base, at), placeInSweep(parsed.place, over, at));
      if ('kind' in checked) {
        const file = { name: pointName(name, index, at), story: openingComment(text), workload: checked };
        points.push({ at, file });
      } else complaints.push(...checked);
    }
    if (complaints.length === 0) return { ok: true, value: { name, over: Object.keys(over), points } };
  }
  // Two combinations may be wrong for the same reason.
  return { ok: false, complaints: [...new Set(complaints.map((each) => inFile(path, each)))] };
}

type Over = Record<string, Value[]>;

function overOf(value: unknown, place: PlaceOf, complaints: Complaint[]): Over | undefined {
  const complain = (path: PropertyKey[], message: string): undefined => {
    complaints.push({ ...place(path), message });
    return undefined;
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return complain([], 'a workload with a property "sweep" is wanted');
  if (!('sweep' in value)) return complain([], 'there is no property "sweep": this is not a sweep');
  const checked = overSchema.safeParse(value.sweep);
  if (!checked.success) {
    for (const { path, message } of checked.error.issues) complain(['sweep', ...path], `sweep: ${message}`);
    return undefined;
  }
  for (const [path, values] of Object.entries(checked.data)) {
    const twice = values.findIndex((each, at) => values.indexOf(each) !== at);
    if (twice >= 0) return complain(['sweep', path, twice], `sweep: ${path} takes ${values[twice]} twice`);
  }
  const count = Object.values(checked.data).reduce((product, { length }) => product * length, 1);
  if (count > pointsMax) return complain(['sweep'], `sweep: ${count} combinations; at most ${pointsMax}`);
  return checked.data;
}

/** The last path changes fastest. */
function combinations(over: Over): Record<string, Value>[] {
  let all: Record<string, Value>[] = [{}];
  for (const [path, values] of Object.entries(over))
    all = all.flatMap((at) => values.map((value) => ({ ...at, [path]: value })));
  return all;
}

function stepsOf(path: string): string[] {
  const open = openPaths.find((each) => path.startsWith(each));
  if (open === undefined) return path.split('.');
  return [...open.slice(0, -1).split('.'), path.slice(open.length)];
}

function changed(base: Record<string, unknown>, at: Record<string, Value>): unknown {
  const value = structuredClone(base);
  for (const [path, to] of Object.entries(at)) {
    const steps = stepsOf(path);
    let inner = value;
    for (const step of steps.slice(0, -1)) {
      const next = inner[step];
      // "random" gives way to { ratio: ... }, and what is left out begins to be there.
      const holds = typeof next === 'object' && next !== null && !Array.isArray(next);
      inner[step] = holds ? next : {};
      inner = inner[step] as Record<string, unknown>;
    }
    inner[steps.at(-1) as string] = to;
  }
  return value;
}

/** What is wrong with a value that came from the sweep is told where it stands there. */
function placeInSweep(place: PlaceOf, over: Over, at: Record<string, Value>): PlaceOf {
  return (path, key) => {
    const full = (key === undefined ? path : [...path, key]).map(String);
    if (full.length === 0) return place(['sweep']);
    for (const [swept, value] of Object.entries(at)) {
      const steps = stepsOf(swept);
      const common = Math.min(steps.length, full.length);
      if (steps.slice(0, common).join('\0') !== full.slice(0, common).join('\0')) continue;
      return place(['sweep', swept, (over[swept] as Value[]).indexOf(value)]);
    }
    return place(path, key);
  };
}

/** Also a folder and a topic for a while. */
function pointName(name: string, index: number, at: Record<string, Value>): string {
  const settings = Object.entries(at).map(([path, value]) => `${path}-${value}`);
  return [name, index + 1, ...settings]
    .join('-')
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 150);
}

/** Runs every point once, in an order drawn from the seed: what a machine does over time is not a trend then. */
export async function runSweep({ name, over, points }: SweepFile, options: HarnessOptions): Promise<Sweep> {
  const random = new SeededRandom(`${options.seed}/sweep/${name}`);
  const order = [...points.keys()];
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.word() % (at + 1);
    [order[at], order[other]] = [order[other] as number, order[at] as number];
  }
  const done: Sweep['points'] = [];
  for (const index of order) {
    const { at, file } = points[index] as SweepPoint;
    done[index] = { at, run: await runWorkload(file, options) };
  }
  return { name, over: [...over], points: done };
}

/** How long all of it loads a broker; starting, reading back and probes come to it. */
export function sweepSeconds({ points }: SweepFile): number {
  return points.reduce(
    (sum, { file }) => sum + file.workload.warmupSeconds + file.workload.durationSeconds,
    0,
  );
}

/** For whoever is going to wait. */
export function planOfSweep(sweep: SweepFile): string {
  const minutes = Math.ceil((sweepSeconds(sweep) + sweep.points.length * overheadSeconds) / 60);
  return `${sweep.points.length} points over ${sweep.over.join(', ')}, about ${minutes} minutes`;
}
