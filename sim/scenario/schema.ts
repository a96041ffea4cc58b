// What a scenario file may say. The schema is built from the registries: a new fault, workload, checker, trace event or
// configuration property is known to files and editors as soon as it has its row.

import { z } from 'zod';
import type { FaultKind } from '../fault.ts';
import type { Checker } from '../verdict.ts';
import type { WorkloadKind } from '../workload.ts';
import { count, ratio, span, target } from './pieces.ts';

export interface Registries {
  readonly faults: readonly FaultKind[];
  readonly workloads: readonly WorkloadKind[];
  readonly checkers: readonly Checker[];
  readonly events: readonly string[];
  /** Names of the sometimes marks. */
  readonly marks: readonly string[];
  /** Names of the engine's configuration properties. */
  readonly brokerProperties: readonly string[];
  readonly topicProperties: readonly string[];
}

/** Virtual time that a run may take before its faults are healed: above this it is a mistake. */
export const phaseSecondsMax = 3_600;

const name = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'a name is lower case letters, digits and dashes');
const setting = z.union([z.string(), z.number(), z.boolean()]);

export const network = z
  .strictObject({
    leastLatencyUs: z.int().min(1).max(60_000_000).optional().describe('one way'),
    meanExtraLatencyUs: z.int().min(0).max(60_000_000).optional().describe('added, with a long tail'),
    bytesPerSecond: z.int().min(1_000).optional(),
    cuts: ratio.optional().describe('how often a delivery is cut at a drawn place'),
  })
  .describe('the network when nothing is wrong with it');

export const disk = z
  .strictObject({
    capacityBytes: z.int().min(1_000_000).optional(),
  })
  .describe('the disk when nothing is wrong with it');

export const clock = z
  .strictObject({
    offsetMs: z
      .int()
      .min(-86_400_000)
      .max(86_400_000)
      .optional()
      .describe("the wall clock of the brokers against the clients'"),
    driftPartsPerMillion: z.int().min(-200_000).max(200_000).optional(),
  })
  .describe('the clock of the brokers and controllers');

export const yields = z
  .strictObject({
    ratio: ratio.describe('how often a task stays at a yield point'),
    delayUs: z
      .tuple([z.int().min(1).max(60_000_000), z.int().min(1).max(60_000_000)])
      .refine(([low, high]) => low <= high, 'the range is upside down')
      .describe('for how long, drawn each time'),
  })
  .describe("places in the broker at which Kafka's threads race; without this nobody stays there");

/**
 * First words of the names of sites (random.ts): who is first at the same instant, latencies, what a dying disk keeps,
 * clocks at boot, what brokers and clients draw themselves, who stays at a yield point, how a fault hurts.
 */
export const calmable = [
  'schedule',
  'network',
  'disk',
  'node',
  'random',
  'yield',
  'patient',
  'fault',
  'phase',
] as const;

const until = z.union([
  z.strictObject({ virtualSeconds: span }),
  z.strictObject({ operations: z.int().min(1).max(1_000_000).describe('ended operations of this phase') }),
  z.strictObject({ idle: z.literal(true).describe('until every workload of the phase has ended by itself') }),
]);

const floor = z
  .strictObject({
    ackedWrites: z.int().min(0).optional(),
    fetchedRecords: z.int().min(0).optional(),
    processedRecords: z.int().min(0).optional(),
    effectiveFaults: z.int().min(0).optional(),
  })
  .describe('below this, a run proves nothing and is no pass');

function objectOf(names: readonly string[]) {
  return z.strictObject(Object.fromEntries(names.map((property) => [property, setting.optional()])));
}

function clusterSchema(topicProperties: readonly string[]) {
  return z.strictObject({
    brokers: z.int().min(1).max(7).describe('broker-1, broker-2, ...; their ids count from 1'),
    controllers: z
      .union([z.literal('combined'), z.literal(1), z.literal(3), z.literal(5)])
      .optional()
      .describe(
        'combined (default): the first brokers, at most 3, vote; or so many nodes of their own, ids from 101',
      ),
    racks: z
      .array(z.string().regex(/^[\w-]{1,20}$/))
      .min(1)
      .max(7)
      .optional()
      .describe('dealt to the brokers in turn'),
    topics: z.record(
      z.string().regex(/^[\w.-]{1,100}$/),
      z.strictObject({
        partitions: z.int().min(1).max(64),
        replicationFactor: z
          .int()
          .min(1)
          .max(7)
          .optional()
          .describe('default 3, or as many as there are brokers'),
        config: objectOf(topicProperties).optional(),
      }),
    ),
  });
}

function faultSchemas(registries: Registries) {
  const nodeTimes = {
    as: z
      .string()
      .regex(/^[\w./-]{1,120}$/)
      .optional()
      .describe('the name under which this fault draws; default: its phase and its place there'),
    at: span.optional().describe('when, from the beginning of the phase'),
    for: span.optional().describe('how long; without it until the heal'),
    every: span.optional().describe('again and again, with this distance'),
    ratio: ratio
      .optional()
      .describe('with `every`: how often a turn really hurts; with `on`: in how many runs the moment does'),
    on: z
      .strictObject({
        event: z.enum(registries.events as [string, ...string[]]),
        where: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
        nth: count.optional(),
      })
      .optional()
      .describe('when something happens: the nth event of a kind, with these fields'),
  };
  const kinds = registries.faults.map((kind) =>
    z
      .strictObject({
        fault: z.literal(kind.name),
        target: target.optional(),
        weight: z.int().min(1).max(1_000).optional(),
        ...nodeTimes,
        ...kind.parameters,
      })
      .describe(kind.doc),
  );
  const single = z.discriminatedUnion('fault', kinds as [(typeof kinds)[number], ...typeof kinds]);
  const group = z.strictObject({
    oneOf: z.array(single).min(1).describe('each turn draws one of these, by weight'),
    every: span,
    ratio: ratio.optional(),
  });
  return z.union([single, group]);
}

function workloadSchema(registries: Registries) {
  const kinds = registries.workloads.map((kind) =>
    z
      .strictObject({
        workload: z.literal(kind.name),
        name: name.optional().describe('clients are called name-1, name-2, ...; default: the workload'),
        clients: z.int().min(1).max(50).optional(),
        through: name.optional().describe('the last phase it works in; default: the phase it stands in'),
        ...kind.parameters,
      })
      .describe(kind.doc),
  );
  return z.discriminatedUnion('workload', kinds as [(typeof kinds)[number], ...typeof kinds]);
}

/** Of 32 bits; see random.ts. */
const decisions = z
  .record(
    z.string().regex(/^.{1,200}#\d{1,9}$/, 'a decision is named "site#n"'),
    z.int().min(0).max(0xffffffff),
  )
  .describe('single decisions by name: "site#n" to the 32 bits that it draws');

export function scenarioSchema(registries: Registries) {
  // Two checkers may judge one invariant, each from its own side.
  const invariants = [...new Set(registries.checkers.flatMap((checker) => Object.keys(checker.invariants)))];
  const invariant = z.enum(invariants as [string, ...string[]]);
  const config = objectOf(registries.brokerProperties).describe('broker configuration, by Kafka property');
  const overrides = z.strictObject({
    config: config.optional(),
    workloads: z
      .record(z.string(), z.record(z.string(), z.unknown()))
      .optional()
      .describe('parameters to change, by the name of the workload'),
    disk: disk.optional(),
    network: network.optional(),
    without: z
      .array(z.enum(registries.faults.map((kind) => kind.name) as [string, ...string[]]))
      .optional()
      .describe('faults that do not happen'),
  });
  const mark = z.enum(registries.marks as [string, ...string[]]);
  const inAtLeast = z.strictObject({ seeds: z.int().min(1), of: z.int().min(1) });
  const pass = z.strictObject({ verdict: z.literal('pass'), never: z.array(invariant).optional() });
  const witness = z.strictObject({
    witness: invariant,
    inAtLeast: inAtLeast.optional(),
    firstSeed: z.int().min(0).optional().describe('a seed that is known to show it'),
    never: z.array(invariant).optional().describe('not even as a witness'),
    control: z.strictObject({ ...overrides.shape, never: z.array(invariant).min(1) }).optional(),
  });
  return z.strictObject({
    $schema: z.string().optional(),
    story: z.string().min(20).describe('what happens, and what to look for'),
    cluster: clusterSchema(registries.topicProperties),
    config: config.optional(),
    network: network.optional(),
    disk: disk.optional(),
    clock: clock.optional(),
    yields: yields.optional(),
    seed: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('the one seed that it is about: replay and sim take it when nobody asks for another'),
    calm: z
      .array(z.enum(calmable))
      .min(1)
      .optional()
      .describe('what is not left to luck: it goes the simplest way each time'),
    decisions: decisions.optional(),
    phases: z
      .array(
        z.strictObject({
          name,
          until,
          workloads: z.array(workloadSchema(registries)).optional(),
          faults: z.array(faultSchemas(registries)).optional(),
        }),
      )
      .min(1),
    convergeSeconds: z
      .number()
      .min(1)
      .max(phaseSecondsMax)
      .optional()
      .describe('after the heal; default 120'),
    finalScan: z
      .enum(['leader', 'every-replica'])
      .optional()
      .describe(
        'what is read at the end: through the leaders only, or once more through each replica (default)',
      ),
    checkers: z
      .array(z.enum(registries.checkers.map((checker) => checker.name) as [string, ...string[]]))
      .min(1)
      .optional()
      .describe('default: all'),
    expect: z.union([pass, witness]),
    floor: floor.optional(),
    reaches: z
      .array(z.union([mark, z.strictObject({ mark, inAtLeast: inAtLeast.optional() })]))
      .min(1)
      .optional()
      .describe(
        'sometimes marks that its seeds must reach; at least one seed in 20 when nothing else is said',
      ),
  });
}

export type Scenario = z.infer<ReturnType<typeof scenarioSchema>>;
export type ScenarioPhase = Scenario['phases'][number];
export type ScenarioFault = NonNullable<ScenarioPhase['faults']>[number];
export type ScenarioWorkload = NonNullable<ScenarioPhase['workloads']>[number];
export interface Overrides {
  readonly config?: Scenario['config'] | undefined;
  readonly workloads?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  readonly disk?: Scenario['disk'] | undefined;
  readonly network?: Scenario['network'] | undefined;
  /** Kinds of faults that are left out; whatever else was drawn stays as it was. */
  readonly without?: readonly string[] | undefined;
}
