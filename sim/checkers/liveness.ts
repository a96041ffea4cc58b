// After heal, everybody gets on: every operation ends, replicas and groups come to rest, and nobody gave up for a fault
// that the contract calls survivable. What nobody can serve (monitor/convergence.ts says why) may wait for ever: then
// it is a witness.

import { partitionKey } from '../../engine/index.ts';
import type { Material } from '../material.ts';
import { type Unsettled, unsettled, whyUnavailable } from '../monitor/convergence.ts';
import type { Scan } from '../record/history.ts';
import { checker, type Report } from '../verdict.ts';

/** Answers that end a send for good, and that a correct broker never gives to the clients we have. */
const fatalErrors: ReadonlySet<string> = new Set([
  'CORRUPT_MESSAGE',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_RECORD',
  'INVALID_REQUEST',
  'INVALID_REQUIRED_ACKS',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'PRODUCER_FENCED',
  'UNKNOWN_PRODUCER_ID',
  'UNKNOWN_SERVER_ERROR',
  'UNSUPPORTED_VERSION',
]);

const offsetsTopic = '__consumer_offsets';

/** Virtual time after the last fault in which every partition has to come to rest. */
const settleUs = 60_000_000;

export const liveness = checker({
  name: 'liveness',
  doc: 'when the faults are over, everything ends, and nobody gave up too early',
  invariants: {
    'client-stuck':
      'when all faults were over, an operation did not end in its time, or a reader stopped before the end',
    'replication-stuck':
      'long after all faults, a partition has no leader, an incomplete ISR, or a high watermark below its end',
    'group-stuck': 'when the time to converge was over, a group with members was not stable',
    'false-fatal': 'a broker or a client gave up for a fault that it has to survive',
  },

  check(material: Material, report: Report): void {
    stuck(material, report);
    behind(material, report);
    replicas(material, report);
    groups(material, report);
    halts(material, report);
    for (const send of material.sends) {
      report.judged(1);
      if (send.error === null || !fatalErrors.has(send.error)) continue;
      report.found(
        material.losses.anyLossy,
        'false-fatal',
        send.completed ?? send.invoked,
        `the send ${send.session}/${send.n} to ${send.topic} ended with ${send.error}`,
        { session: send.session, n: send.n, topic: send.topic, error: send.error },
      );
    }
  },
});

function stuck(material: Material, report: Report): void {
  const { entries, pendingWaits, converged, end } = material.parts;
  for (const entry of entries) {
    if (entry.kind !== 'send' && entry.kind !== 'commit' && entry.kind !== 'offset-fetch') continue;
    report.judged(1);
    if (entry.outcome !== 'pending') continue;
    // The wait of a client that died ended with it; the session that is alive at the end is the one to answer for.
    if (!pendingWaits.some((wait) => wait.node === entry.client) || !isLatest(material, entry.session))
      continue;
    const name =
      entry.kind === 'send' ? `send ${entry.session}/${entry.n}` : `${entry.kind} of ${entry.session}`;
    const waits = pendingWaits.filter((wait) => wait.node === entry.client);
    const why = waits.map((wait) => `${wait.task} waits for ${wait.waitingFor}`).join('; ');
    const topic = entry.kind === 'send' ? entry.topic : offsetsTopic;
    const lawful = unavailable(material, topic, entry.kind === 'send' ? entry.partition : -1);
    const prose = `${name} never ended: ${why}${inBrackets(lawful)}`;
    report.found(lawful !== undefined, 'client-stuck', entry.invoked, prose, { client: entry.client, why });
  }
  if (converged) return;
  const why = pendingWaits
    .map((wait) => `${wait.node}: ${wait.task} waits for ${wait.waitingFor}`)
    .join('; ');
  const lawful = unsettledOf(material).find((one) => one.lawful !== undefined)?.lawful;
  const prose = `the run did not converge: ${why}${inBrackets(lawful)}`;
  report.found(lawful !== undefined, 'client-stuck', end, prose, { waits: pendingWaits.length, why });
}

function inBrackets(lawful: string | undefined): string {
  return lawful === undefined ? '' : ` (lawful: ${lawful})`;
}

function unsettledOf(material: Material): Unsettled[] {
  const { monitor } = material.parts;
  return monitor === undefined ? [] : unsettled(monitor.cluster);
}

/** Why nobody can expect a partition of the topic, or this one, to answer. */
function unavailable(material: Material, topic: string, partition: number): string | undefined {
  const cluster = material.parts.monitor?.cluster;
  if (cluster === undefined) return undefined;
  for (const state of cluster.partitionsOf(topic)) {
    if (partition >= 0 && state.partition !== partition) continue;
    const why = whyUnavailable(cluster, state);
    if (why !== undefined) return `${state.name}: ${why}`;
  }
  return undefined;
}

/** Only when the faults are over for long enough, or the run had all its time and did not converge. */
function replicas(material: Material, report: Report): void {
  const { effects, converged, end } = material.parts;
  const felt = effects.filter((effect) => effect.tookEffect);
  if (felt.some((effect) => effect.ended === null)) return;
  const healedUs = Math.max(0, ...felt.map((effect) => effect.ended?.timeUs ?? 0));
  if (converged && end.timeUs - healedUs < settleUs) return;
  const stuck = unsettledOf(material);
  report.judged(1);
  for (const { topic, partition, what, lawful } of stuck) {
    const prose = `${topic}/${partition} did not come to rest: ${what}${inBrackets(lawful)}`;
    report.found(lawful !== undefined, 'replication-stuck', end, prose, { topic, partition, what });
  }
}

/** After a run that converged, all members have left. */
function groups(material: Material, report: Report): void {
  const { converged, monitor, end } = material.parts;
  for (const [group, { state, members, generation, node }] of monitor?.cluster.groups ?? []) {
    report.judged(1);
    if (converged || members === 0 || state.toLowerCase() === 'stable') continue;
    const lawful = unavailable(material, offsetsTopic, -1);
    const prose =
      `the group ${group} has ${members} members and is ${state} in generation ${generation} at ${node}` +
      inBrackets(lawful);
    report.found(lawful !== undefined, 'group-stuck', end, prose, { group, state, members, generation });
  }
}

function isLatest(material: Material, session: string): boolean {
  const hash = session.lastIndexOf('#');
  const client = session.slice(0, hash);
  const incarnation = Number(session.slice(hash + 1));
  return !material.parts.events.some((traced) => traced.node === client && traced.incarnation > incarnation);
}

/** Every reader, a group being one, has read to the end of every partition that it ever read. */
function behind(material: Material, report: Report): void {
  if (!material.parts.converged) return;
  const reached = new Map<string, { reader: string; scan: Scan; offset: number }>();
  for (const view of material.views.values()) {
    const scan = material.scans.get(partitionKey(view.topic, view.partition));
    if (scan === undefined || !scan.complete || scan.corruptAt.length > 0) continue;
    const reader = view.group === null ? view.client : `the group ${view.group}`;
    const key = `${reader} ${partitionKey(view.topic, view.partition)}`;
    const before = reached.get(key)?.offset ?? -1;
    const last = material.fetchedByView.get(view.view)?.at(-1)?.offset ?? -1;
    reached.set(key, { reader, scan, offset: Math.max(before, last) });
  }
  for (const { reader, scan, offset } of reached.values()) {
    report.judged(1);
    const end = scan.records.at(-1)?.offset ?? -1;
    if (offset >= end) continue;
    report.violated(
      'client-stuck',
      scan.at,
      `${reader} read ${scan.topic}/${scan.partition} up to offset ${offset} and no further, to the end at ${end}`,
      { reader, topic: scan.topic, partition: scan.partition, offset, end },
    );
  }
}

function halts(material: Material, report: Report): void {
  const told = new Set<string>();
  for (const { event, node, incarnation, step, timeUs } of material.parts.events) {
    // A broker that gives up while it serves tells both; one that cannot even start tells only the second.
    if (event.kind !== 'broker-halted' && event.kind !== 'node-halted') continue;
    if (told.has(`${node}#${incarnation}`)) continue;
    told.add(`${node}#${incarnation}`);
    report.judged(1);
    report.found(
      material.parts.effects.some(
        (effect) =>
          effect.excusesHalt && effect.tookEffect && effect.target === node && effect.began.step <= step,
      ),
      'false-fatal',
      { step, timeUs },
      `${node} gave up: ${event['reason']}`,
      { node, reason: String(event['reason']) },
    );
  }
}
