// From a scenario file to a scenario: parse, validate, and complain with file, line, column and the name that was
// probably meant. All complaints at once: nobody likes to find them one by one.

import { z } from 'zod';
import { failure, type Outcome, success } from '../../engine/index.ts';
import { type Complaint, type ParsedText, parseJsonc } from './jsonc.ts';
import { nearest } from './nearest.ts';
import { type Registries, type Scenario, scenarioSchema } from './schema.ts';

type Schema = ReturnType<typeof scenarioSchema>;
type Path = readonly (string | number)[];

/** Made by the brokers when they are needed: operators may move them as well. */
const internalTopics: ReadonlySet<string> = new Set(['__consumer_offsets', '__transaction_state']);

/** Reads scenario texts; made once for a set of registries. */
export class ScenarioReader {
  readonly #schema: Schema;
  readonly #jsonSchema: JsonSchema;

  constructor(registries: Registries) {
    this.#schema = scenarioSchema(registries);
    this.#jsonSchema = z.toJSONSchema(this.#schema, { io: 'input' }) as JsonSchema;
  }

  /** `fileName` is for the complaints: `scenarios/acks/x.jsonc:12:5: ...`. */
  read(fileName: string, text: string): Outcome<Scenario, string[]> {
    const parsed = parseJsonc(text);
    const told = (complaint: Complaint) =>
      `${fileName}:${complaint.line}:${complaint.column}: ${complaint.message}`;
    if (parsed.complaints.length > 0) return failure(parsed.complaints.map(told));
    const checked = this.#schema.safeParse(parsed.value);
    if (checked.success) {
      const semantic = contradictions(checked.data);
      if (semantic.length === 0) return success(checked.data);
      return failure(semantic.map(({ path, message }) => told({ ...parsed.place(path), message })));
    }
    const complaints = checked.error.issues.flatMap((issue) => this.#complaints(issue, [], parsed));
    return failure(complaints.map(told));
  }

  /** The JSON Schema for editors (`$schema` in a scenario file). */
  jsonSchemaText(): string {
    return `${JSON.stringify(this.#jsonSchema, null, 2)}\n`;
  }

  #complaints(issue: z.core.$ZodIssue, above: Path, parsed: ParsedText): Complaint[] {
    const path = [...above, ...(issue.path as Path)];
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const branch = likeliest(issue.errors);
      return branch.flatMap((inner) => this.#complaints(inner, path, parsed));
    }
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(this.#jsonSchema, this.#jsonSchema, parsed.value, path);
      return issue.keys.map((key) => {
        const meant = nearest(key, known);
        const few = known.length <= keysToldMax ? `, known here: ${known.join(', ')}` : '';
        const hint = meant === undefined ? few : `, did you mean "${meant}"?`;
        return { ...parsed.place(path, key), message: `unknown key "${key}"${hint}` };
      });
    }
    const at = path.length === 0 ? '' : `${path.join('.')}: `;
    return [{ ...parsed.place(path), message: `${at}${issue.message}${this.#meant(issue, parsed, path)}` }];
  }

  /** For a name that is none of those allowed: the nearest. */
  #meant(issue: z.core.$ZodIssue, parsed: ParsedText, path: Path): string {
    const found = valueAt(parsed.value, path);
    if (typeof found !== 'string') return '';
    const allowed =
      issue.code === 'invalid_value' ? issue.values.map(String) : discriminators(this.#jsonSchema, path);
    const meant = nearest(found, allowed);
    return meant === undefined ? '' : ` (did you mean "${meant}"?)`;
  }
}

/** A complaint lists the known keys when they are so few. */
const keysToldMax = 25;

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly $ref?: string;
}

/** Of the branches of a union, the one whose complaints lie deepest is the one that was meant. */
function likeliest(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(...issues.map((issue) => issue.path.length * 2 - (issue.code === 'invalid_type' ? 1 : 0)));
  const strange = (issues: readonly z.core.$ZodIssue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
  const ranked = [...branches].sort((a, b) => depth(b) - depth(a) || strange(a) - strange(b));
  return ranked[0] ?? [];
}

/** The keys that the schema knows at `path`; branches of a union are chosen by their constants. */
function knownKeys(root: JsonSchema, schema: JsonSchema, value: unknown, path: Path): string[] {
  const alternatives = (schema.anyOf ?? schema.oneOf)?.filter((branch) => fits(branch, value));
  if (alternatives !== undefined) {
    return [...new Set(alternatives.flatMap((branch) => knownKeys(root, branch, value, path)))];
  }
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(schema.properties ?? {});
  const inner = valueAt(value, [first]);
  const below =
    typeof first === 'number' ? schema.items : (schema.properties?.[first] ?? schema.additionalProperties);
  return typeof below === 'object' ? knownKeys(root, below, inner, rest) : [];
}

function fits(branch: JsonSchema, value: unknown): boolean {
  if (branch.anyOf !== undefined || branch.oneOf !== undefined) return true;
  if (typeof value !== 'object' || value === null) return branch.properties === undefined;
  return Object.entries(branch.properties ?? {}).every(
    ([key, of]) => of.const === undefined || (value as Record<string, unknown>)[key] === of.const,
  );
}

/** Every constant that a union knows under the last key of `path` (`fault`, `workload`). */
function discriminators(schema: JsonSchema, path: Path): string[] {
  const key = path.at(-1);
  const found = new Set<string>();
  const walk = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [name, inner] of Object.entries(part)) {
      const constant = (inner as JsonSchema | null)?.const;
      if (name === key && typeof constant === 'string') found.add(constant);
      walk(inner);
    }
  };
  walk(schema);
  return [...found];
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** What the types cannot say. */
function contradictions(scenario: Scenario): { path: Path; message: string }[] {
  const found: { path: Path; message: string }[] = [];
  for (const [topic, { replicationFactor = 1 }] of Object.entries(scenario.cluster.topics)) {
    if (replicationFactor <= scenario.cluster.brokers) continue;
    const path = ['cluster', 'topics', topic, 'replicationFactor'];
    found.push({ path, message: `above cluster.brokers, ${scenario.cluster.brokers}` });
  }
  const names = scenario.phases.map((phase) => phase.name);
  const workloads = new Set<string>();
  for (const [index, phase] of scenario.phases.entries()) {
    if (names.indexOf(phase.name) !== index) {
      found.push({ path: ['phases', index, 'name'], message: `two phases are called ${phase.name}` });
    }
    for (const [at, workload] of (phase.workloads ?? []).entries()) {
      const path = ['phases', index, 'workloads', at];
      const called = workload.name ?? workload.workload;
      if (workloads.has(called)) {
        found.push({ path, message: `two workloads are called ${called}: give one a name` });
      }
      workloads.add(called);
      if (workload.through !== undefined && names.indexOf(workload.through) < index) {
        const meant = nearest(workload.through, names.slice(index)) ?? names.slice(index).join(', ');
        found.push({ path: [...path, 'through'], message: `no later phase is called so (${meant}?)` });
      }
      const topic = (workload as { topic?: string }).topic;
      const isThere = topic === undefined || internalTopics.has(topic);
      if (!isThere && !Object.hasOwn(scenario.cluster.topics, topic)) {
        found.push({ path: [...path, 'topic'], message: `cluster.topics has no ${topic}` });
      }
    }
    for (const [at, fault] of (phase.faults ?? []).entries()) {
      const path = ['phases', index, 'faults', at];
      const members = 'oneOf' in fault ? fault.oneOf : [fault];
      for (const member of members) {
        const whens = [member.at, member.on, member.every].filter((when) => when !== undefined).length;
        if ('oneOf' in fault ? whens > 0 : whens > 1) {
          found.push({ path, message: 'a fault has one of `at`, `every` and `on`; in a group, none' });
        }
        if (!('oneOf' in fault) && member.ratio !== undefined && member.every === undefined && !member.on) {
          found.push({ path, message: '`ratio` goes with `every` and `on`' });
        }
      }
    }
  }
  const overridden =
    'control' in scenario.expect ? Object.keys(scenario.expect.control?.workloads ?? {}) : [];
  for (const name of overridden) {
    if (workloads.has(name)) continue;
    const path = ['expect', 'control', 'workloads', name];
    found.push({ path, message: `no workload is called ${name}: ${[...workloads].join(', ')}` });
  }
  return found;
}
