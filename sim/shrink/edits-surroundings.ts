// What faults and clients live in, made smaller: nodes, topics, configuration, phases, time, and what is left to luck.

import { type Draft, type Edit, edit, faultsOf, type Loose, sendsOf, workloadsOf } from './draft.ts';
import { lower, rounded, rounder, shorter } from './numbers.ts';

export function smallerCluster(draft: Draft): Edit[] {
  const { cluster } = draft;
  const { controllers } = cluster;
  const fewer = typeof controllers === 'number' ? [1, 3].filter((count) => count < controllers) : [];
  return [
    ...lower(cluster.brokers, 1).map((count) =>
      edit(draft, `${count} brokers`, (changed) => {
        changed.cluster.brokers = count;
        for (const topic of Object.values(changed.cluster.topics)) {
          if ((topic.replicationFactor ?? 1) >= count) delete topic.replicationFactor;
        }
      }),
    ),
    ...fewer.map((count) =>
      edit(draft, `${count} controllers`, (changed) => {
        changed.cluster.controllers = count as 1 | 3;
      }),
    ),
    ...(controllers === undefined
      ? []
      : [edit(draft, 'brokers vote', (changed) => delete changed.cluster.controllers)]),
    ...(cluster.racks === undefined
      ? []
      : [edit(draft, 'no racks', (changed) => delete changed.cluster.racks)]),
    ...Object.keys(cluster.topics).flatMap((topic) => smallerTopic(draft, topic)),
  ];
}

const replicasDefault = 3;

function smallerTopic(draft: Draft, topic: string): Edit[] {
  const { brokers, topics } = draft.cluster;
  const { partitions = 1, replicationFactor, config = {} } = topics[topic] ?? {};
  const replicas = replicationFactor ?? Math.min(replicasDefault, brokers);
  type Topic = Draft['cluster']['topics'][string];
  const changed = (what: string, change: (one: Topic) => void) =>
    edit(draft, `${topic}: ${what}`, (one) => change(one.cluster.topics[topic] as Topic));
  return [
    edit(draft, `no topic ${topic}`, (one) => delete one.cluster.topics[topic]),
    ...lower(partitions, 1).map((count) =>
      changed(`${count} partitions`, (one) => {
        one.partitions = count;
      }),
    ),
    ...lower(replicas, 1).map((count) =>
      changed(`${count} replicas`, (one) => {
        one.replicationFactor = count;
      }),
    ),
    ...Object.keys(config).map((key) => changed(`no ${key}`, (one) => delete (one.config as Loose)[key])),
    ...(topics[topic]?.config !== undefined && Object.keys(config).length === 0
      ? [changed('no config', (one) => delete one.config)]
      : []),
  ];
}

/** Settings of the whole run: each part, then each of its entries. */
export function fewerSettings(draft: Draft): Edit[] {
  const parts = ['yields', 'network', 'disk', 'clock', 'config'] as const;
  const edits = parts.flatMap((part) => {
    const settings = draft[part];
    if (settings === undefined) return [];
    const entries = part === 'yields' ? [] : Object.keys(settings);
    return [
      edit(draft, `no ${part}`, (changed) => delete changed[part]),
      ...entries.map((key) =>
        edit(draft, `${part}: no ${key}`, (changed) => delete (changed[part] as Loose)[key]),
      ),
    ];
  });
  if (draft.convergeSeconds === undefined) return edits;
  return [...edits, edit(draft, 'the usual time to converge', (changed) => delete changed.convergeSeconds)];
}

export function fewerPhases(draft: Draft): Edit[] {
  return draft.phases.flatMap((phase, index) => {
    if (draft.phases.length === 1) return [];
    const gone = edit(draft, `no phase ${phase.name}`, (changed) => changed.phases.splice(index, 1));
    const next = draft.phases[index + 1];
    if (next === undefined || !('virtualSeconds' in phase.until) || !('virtualSeconds' in next.until)) {
      return [gone];
    }
    const [first, second] = [phase.until.virtualSeconds, next.until.virtualSeconds];
    if (typeof first !== 'number' || typeof second !== 'number') return [gone];
    const merged = edit(draft, `${phase.name} and ${next.name} are one`, (changed) =>
      merge(changed, index, first, second),
    );
    return [gone, merged];
  });
}

/**
 * The phase behind `index` becomes part of it: what was timed in it happens as long after its beginning as before.
 */
function merge(changed: Draft, index: number, first: number, second: number): void {
  const [phase, next] = changed.phases.splice(index, 2) as [Draft['phases'][number], Draft['phases'][number]];
  const later = (at: number) => rounded(at + first, 6);
  for (const fault of next.faults ?? []) {
    if ('oneOf' in fault || fault.every !== undefined || fault.on !== undefined) continue;
    const { at = 0 } = fault;
    fault.at = typeof at === 'number' ? later(at) : [later(at[0]), later(at[1])];
  }
  for (const workload of next.workloads ?? []) {
    for (const send of sendsOf(workload) ?? []) {
      if ((send.life ?? 1) === 1) send.at = later(send.at);
    }
  }
  const workloads = [...(phase.workloads ?? []), ...(next.workloads ?? [])];
  for (const workload of workloads) if (workload.through === next.name) delete workload.through;
  changed.phases.splice(index, 0, {
    ...phase,
    until: { virtualSeconds: later(second) },
    workloads,
    faults: [...(phase.faults ?? []), ...(next.faults ?? [])],
  });
}

export function shorterPhases(draft: Draft): Edit[] {
  return draft.phases.flatMap(({ name, until }, index) => {
    if (!('virtualSeconds' in until)) return [];
    const { virtualSeconds: length } = until;
    const lengths =
      typeof length === 'number' ? [...shorter(length), ...rounder(length)] : [length[0], length[1]];
    return [...new Set(lengths)].map((seconds) =>
      edit(draft, `${name} takes ${seconds} s`, (changed) => {
        (changed.phases[index] as Draft['phases'][number]).until = { virtualSeconds: seconds };
      }),
    );
  });
}

/** Gaps between moments are made no shorter than this, and no gap below it is touched. */
const leastGapSeconds = 0.1;

/** Nothing happens for a while in between: the while is made shorter, and all that follows comes as much earlier. */
export function shorterGaps(draft: Draft): Edit[] {
  if (draft.phases.length > 1) return [];
  const moments = [...new Set(momentsOf(draft).map((one) => one.at))].sort((a, b) => a - b);
  return moments.flatMap((moment, index) => {
    const before = moments[index - 1] ?? 0;
    const gap = moment - before;
    if (gap <= leastGapSeconds) return [];
    const gaps = [leastGapSeconds, 1, rounded(gap / 2, 1)].filter((one) => one < gap && one > 0);
    return [...new Set(gaps)].map((smaller) =>
      edit(draft, `${smaller} s instead of ${rounded(gap, 3)} s before ${moment} s`, (changed) => {
        const earlier = gap - smaller;
        for (const one of momentsOf(changed)) if (one.at >= moment) one.at = rounded(one.at - earlier, 6);
        const { until } = changed.phases[0] as Draft['phases'][number];
        if ('virtualSeconds' in until && typeof until.virtualSeconds === 'number') {
          until.virtualSeconds = rounded(Math.max(0, until.virtualSeconds - earlier), 6);
        }
      }),
    );
  });
}

/** Everything that has a moment of its own, as it stands in the draft. */
function momentsOf(draft: Draft): { at: number }[] {
  const faults = faultsOf(draft).flatMap(({ fault }) =>
    'at' in fault && typeof fault.at === 'number' ? [fault as { at: number }] : [],
  );
  const sends = workloadsOf(draft).flatMap(({ workload }) => sendsOf(workload) ?? []);
  return [...faults, ...sends.filter((send) => (send.life ?? 1) === 1)];
}
