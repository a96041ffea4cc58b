// A small run told in a few lines: what was set up, what clients and faults did, who came to lead, and what is wrong.
// Times count from the beginning of the first phase, as they do in the file.

import type { RunOutcome, TraceLine } from '../outcome.ts';
import type { CommitOperation, SendOperation } from '../record/history.ts';
import type { Finding } from '../verdict.ts';
import { type Draft, nameOf, workloadsOf } from './draft.ts';
import { rounded } from './numbers.ts';

interface Told {
  readonly timeUs: number;
  readonly kind: 'clients' | 'faults' | 'cluster';
  readonly text: string;
}

/** Sentences of one line; more of them say how many there are. */
const perLineMax = 4;

export function storyOf(draft: Draft, outcome: RunOutcome, finding: Finding): string[] {
  const begunUs = outcome.course?.phases[0]?.begunUs ?? 0;
  const told = [
    ...sendsTold(outcome, begunUs),
    ...commitsTold(outcome, begunUs),
    ...faultsTold(outcome, begunUs),
    ...clusterTold(outcome.trace ?? [], begunUs),
  ].sort((a, b) => a.timeUs - b.timeUs);
  return [settingOf(draft), ...joined(told), `So ${finding.invariant}: ${finding.prose}.`];
}

function settingOf(draft: Draft): string {
  const { cluster } = draft;
  const nodes = `${cluster.brokers} broker${cluster.brokers === 1 ? '' : 's'}`;
  const topics = Object.entries(cluster.topics).map(([topic, { partitions, replicationFactor }]) => {
    const replicas = replicationFactor ?? Math.min(3, cluster.brokers);
    return `${topic} with ${partitions} partition${partitions === 1 ? '' : 's'} on ${replicas}`;
  });
  const readers = workloadsOf(draft)
    .filter(({ workload }) => workload.workload !== 'produce')
    .map(({ workload }) => `${workload.clients ?? 1} ${nameOf(workload)}`);
  return `${[nodes, ...topics, ...readers].join(', ')}.`;
}

function sendsTold({ history = [] }: RunOutcome, begunUs: number): Told[] {
  const sends = history.filter((entry): entry is SendOperation => entry.kind === 'send');
  return sends.map((send) => {
    const { client, n, topic, partition, acks, invoked, completed, outcome, offset, error } = send;
    const place = partition < 0 ? topic : `${topic}/${partition}`;
    const level = acks === -1 ? 'all' : acks;
    const fate =
      outcome === 'ok'
        ? `acknowledged at ${at(completed?.timeUs ?? 0, begunUs)}${offset < 0 ? '' : ` with offset ${offset}`}`
        : `${outcome}${error === null ? '' : ` (${error})`}`;
    const text = `${at(invoked.timeUs, begunUs)} ${client} sends record ${n} to ${place}, acks=${level}: ${fate}`;
    return { timeUs: invoked.timeUs, kind: 'clients', text };
  });
}

function commitsTold({ history = [] }: RunOutcome, begunUs: number): Told[] {
  const commits = history.filter((entry): entry is CommitOperation => entry.kind === 'commit');
  return commits.map(({ client, group, offsets, invoked, completed, outcome, error }) => {
    const places = offsets.map(({ topic, partition, offset }) => `${offset} of ${topic}/${partition}`);
    const fate =
      outcome === 'ok'
        ? `acknowledged at ${at(completed?.timeUs ?? 0, begunUs)}`
        : `${outcome}${error === null ? '' : ` (${error})`}`;
    const what = `${client} commits ${places.join(' and ')} for ${group}: ${fate}`;
    return { timeUs: invoked.timeUs, kind: 'clients', text: `${at(invoked.timeUs, begunUs)} ${what}` };
  });
}

function faultsTold({ effects }: RunOutcome, begunUs: number): Told[] {
  return effects
    .filter((effect) => effect.tookEffect)
    .map(({ fault, target, began, ended, detail }) => {
      const until =
        ended === null || ended.timeUs === began.timeUs ? '' : `, until ${at(ended.timeUs, begunUs)}`;
      const text = `${at(began.timeUs, begunUs)} ${fault} of ${target} (${detail})${until}`;
      return { timeUs: began.timeUs, kind: 'faults', text };
    });
}

/** Who came to lead, whose log was cut: of the topics of the scenario, once it has begun. */
function clusterTold(trace: readonly TraceLine[], begunUs: number): Told[] {
  const leaders = new Set<string>();
  return trace.flatMap(({ timeUs, node, event }): Told[] => {
    // Told again when the ISR changes: only the first time it is news.
    const reign =
      event.kind === 'leader-began' ? `${node} ${event.topic}/${event.partition} ${event.leaderEpoch}` : '';
    const isNews = !leaders.has(reign);
    if (reign !== '') leaders.add(reign);
    if (timeUs < begunUs || !isNews) return [];
    if (event.kind === 'leader-began' && !event.topic.startsWith('__')) {
      const place = `${event.topic}/${event.partition}`;
      const text = `${at(timeUs, begunUs)} ${node} leads ${place} in epoch ${event.leaderEpoch}`;
      return [{ timeUs, kind: 'cluster', text }];
    }
    if (event.kind === 'coordinator-loaded') {
      const what = `coordinates groups of ${event.topic}/${event.partition} in epoch ${event.coordinatorEpoch}`;
      const text = `${at(timeUs, begunUs)} ${node} ${what}`;
      return [{ timeUs, kind: 'cluster', text }];
    }
    if (event.kind === 'log-truncated' && !event.topic.startsWith('__')) {
      const place = `${event.topic}/${event.partition}`;
      const text = `${at(timeUs, begunUs)} ${node} cuts ${place} back to offset ${event.logEndOffset}`;
      return [{ timeUs, kind: 'cluster', text }];
    }
    return [];
  });
}

/** One line for what is of one kind and happens in a row. */
function joined(told: readonly Told[]): string[] {
  const rows: Told[][] = [];
  for (const one of told) {
    const row = rows.at(-1);
    if (row?.[0]?.kind === one.kind) row.push(one);
    else rows.push([one]);
  }
  return rows.map((row) => {
    const shown = row.slice(0, perLineMax).map(({ text }) => text);
    const more = row.length > perLineMax ? ` (and ${row.length - perLineMax} more)` : '';
    return `${shown.join('; ')}${more}.`;
  });
}

function at(timeUs: number, begunUs: number): string {
  return `${rounded(Math.max(0, timeUs - begunUs) / 1e6, 3)} s`;
}
