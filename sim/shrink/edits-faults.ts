// Faults made fewer and simpler: one less, one target less, a parameter less, a rounder time.

import type { ScenarioFault } from '../scenario/schema.ts';
import { copied, type Draft, type Edit, edit, faultsOf, type Loose } from './draft.ts';
import { lower, rounder, shorter } from './numbers.ts';

/** The draft with only these of its faults, by their numbers in `faultsOf`. */
export function withFaults(draft: Draft, kept: ReadonlySet<number>): Draft {
  const changed = copied(draft);
  let number = 0;
  for (const phase of changed.phases) {
    if (phase.faults === undefined) continue;
    phase.faults = phase.faults.filter(() => kept.has(number++));
    if (phase.faults.length === 0) delete phase.faults;
  }
  return changed;
}

export function fewerFaults(draft: Draft): Edit[] {
  const faults = faultsOf(draft);
  return faults.map(({ fault }, number) => {
    const kept = new Set(faults.keys());
    kept.delete(number);
    return { what: `without ${inWords(fault)}`, draft: withFaults(draft, kept) };
  });
}

export function simplerFaults(draft: Draft): Edit[] {
  return faultsOf(draft).flatMap(({ phase, at, fault }) => {
    const what = inWords(fault);
    const changes = 'oneOf' in fault ? groupChanges(fault) : changesOf(fault);
    return changes.map(([how, change]) =>
      edit(draft, `${what}: ${how}`, (changed) => {
        const faults = changed.phases[phase]?.faults as ScenarioFault[];
        faults[at] = change as ScenarioFault;
      }),
    );
  });
}

type Change = readonly [how: string, fault: Loose];

function groupChanges(group: Extract<ScenarioFault, { oneOf: unknown }>): Change[] {
  const fewer = group.oneOf.map((member, at): Change => {
    return [`never ${member.fault}`, { ...group, oneOf: group.oneOf.filter((_, other) => other !== at) }];
  });
  return group.oneOf.length > 1 ? fewer : [];
}

/** What a fault cannot be without, and what is changed in ways of its own. */
const keptKeys: ReadonlySet<string> = new Set(['fault', 'at', 'on', 'every', 'target', 'as']);

function changesOf(fault: Loose): Change[] {
  return [
    ...fewerTargets(fault),
    ...Object.keys(fault)
      .filter((key) => !keptKeys.has(key))
      .map((key): Change => [`no ${key}`, without(fault, key)]),
    ...simplerTrigger(fault),
    ...simplerNumbers(fault),
    ...(fault['as'] === undefined ? [] : [['no name', without(fault, 'as')] as Change]),
  ];
}

/**
 * A broker that is hurt because of what it is, called so: who leads is another one under another seed. Only the first
 * partitions are tried.
 */
export function byRole(draft: Draft): Edit[] {
  const places = Object.entries(draft.cluster.topics).flatMap(([topic, { partitions }]) =>
    Array.from({ length: Math.min(partitions, partitionsTried) }, (_, partition) => `${topic}/${partition}`),
  );
  const groups = draft.phases.flatMap(({ workloads = [] }) =>
    workloads.flatMap((workload) => ('group' in workload ? [`coordinator-of ${workload['group']}`] : [])),
  );
  const followers = draft.cluster.brokers === 2 ? places.map((place) => `follower-of ${place}`) : [];
  const roles = [...places.map((place) => `leader-of ${place}`), ...groups, ...followers, 'controller'];
  if (draft.cluster.brokers === 1) return [];
  return faultsOf(draft).flatMap(({ phase, at, fault }) => {
    if ('oneOf' in fault) return [];
    const names = (fault.target ?? '').split(', ');
    return names.flatMap((name, member) => {
      if (!/^(broker|controller)-\d+$/.test(name)) return [];
      return roles.map((role) =>
        edit(draft, `${inWords(fault)}: ${name} is the ${role}`, (changed) => {
          const hurt = changed.phases[phase]?.faults?.[at];
          if (hurt !== undefined && !('oneOf' in hurt)) hurt.target = names.with(member, role).join(', ');
        }),
      );
    });
  });
}

const partitionsTried = 2;

function fewerTargets(fault: Loose): Change[] {
  const names = String(fault['target'] ?? '').split(', ');
  if (names.length < 2) return [];
  return names.map((name): Change => {
    const others = names.filter((other) => other !== name);
    return [`not ${name}`, { ...fault, target: others.join(', ') }];
  });
}

function simplerTrigger(fault: Loose): Change[] {
  const on = fault['on'] as { nth?: unknown; where?: Loose } | undefined;
  if (on === undefined) return [];
  const { nth = 1, where = {} } = on;
  const sooner = typeof nth === 'number' ? lower(nth, 1) : [1];
  return [
    ...sooner.map((one): Change => [`on the ${one}th event`, { ...fault, on: { ...on, nth: one } }]),
    ...Object.keys(where).map((key): Change => {
      return [`whatever its ${key}`, { ...fault, on: { ...on, where: without(where, key) } }];
    }),
  ];
}

/** A time that is shorter or rounder, a range that is one number. */
function simplerNumbers(fault: Loose): Change[] {
  return Object.entries(fault).flatMap(([key, value]): Change[] => {
    if (Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'number')) {
      const [low, high] = value as [number, number];
      if (low === high) return [];
      // A span may be one number, a parameter that is a pair may not.
      const ends =
        key === 'at' || key === 'for' || key === 'every'
          ? [low, high]
          : [
              [low, low],
              [high, high],
            ];
      return ends.map((end) => [`${key} ${end}`, { ...fault, [key]: end }]);
    }
    if (typeof value !== 'number') return [];
    const smaller = key === 'for' ? shorter(value) : [];
    return [...new Set([...rounder(value), ...smaller])]
      .filter((one) => key !== 'for' || one > 0)
      .map((one) => [`${key} ${one}`, { ...fault, [key]: one }]);
  });
}

function without(value: Loose, key: string): Loose {
  const { [key]: _, ...rest } = value;
  return rest;
}

/** `crash of broker-1`. */
function inWords(fault: ScenarioFault): string {
  if ('oneOf' in fault) return `one of ${fault.oneOf.map((member) => member.fault).join(', ')}`;
  return fault.target === undefined ? fault.fault : `${fault.fault} of ${fault.target}`;
}
