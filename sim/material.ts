// What a run leaves behind for its judges: history, trace, the faults that really took effect, the files on the
// simulated disks; and the questions that several checkers ask of it, answered once.

import { partitionKey, partitionOfGroup } from '../engine/index.ts';
import { EffectiveConfiguration, type GivenConfiguration } from './contract/configuration.ts';
import { GroupContracts } from './contract/group-contract.ts';
import { LogStartContracts } from './contract/log-starts.ts';
import { Losses } from './contract/losses.ts';
import { Overtakings } from './contract/overtaking.ts';
import { RecordContracts } from './contract/record-contract.ts';
import { listOf } from './lists.ts';
import type { ClusterMonitor } from './monitor/cluster-monitor.ts';
import type {
  CommitOperation,
  Fetched,
  HistoryEntry,
  Moment,
  OffsetFetchOperation,
  Processed,
  Scan,
  SendOperation,
  ViewBegan,
} from './record/history.ts';
import { valueName } from './record/value.ts';

/** One trace event as the recorder keeps it. */
export interface TracedEvent {
  readonly step: number;
  readonly timeUs: number;
  readonly node: string;
  readonly incarnation: number;
  readonly event: { readonly kind: string } & Readonly<Record<string, unknown>>;
}

/**
 * What a fault can do to what was acknowledged; `harmless` to data are pauses, process crashes, the network, clocks.
 */
export type Damage =
  | 'harmless'
  /** What was not yet durable is gone. */
  | 'unsynced-lost'
  /**
   * A failed fsync marked writes clean that are not on the platter. Readers still find them in the page cache, also
   * after the process was started again; the next loss takes them, and with them all that was appended behind, synced
   * or not.
   */
  | 'marked-clean'
  /** Anything may be gone: the disk was wiped, bits rotted, or the device lied about durability. */
  | 'anything-lost';

/**
 * A fault as it happened. A fault that was drawn and did nothing (no bytes to rot, a node already down) took no
 * effect.
 */
export interface Effect {
  readonly fault: string;
  readonly target: string;
  readonly damage: Damage;
  /** True when disks were made to fail, so that a broker may lawfully give up. */
  readonly excusesHalt: boolean;
  /** The only partition whose data it can have touched, as its directory is called (`orders-0`); null: all of them. */
  readonly partition: string | null;
  readonly began: Moment;
  ended: Moment | null;
  tookEffect: boolean;
  detail: string;
}

export interface LogFile {
  readonly node: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A wait that never ended, named by its task and by what it waits for. */
export interface PendingWait {
  readonly node: string;
  readonly task: string;
  readonly waitingFor: string;
}

export interface Floor {
  readonly ackedWrites?: number | undefined;
  readonly fetchedRecords?: number | undefined;
  readonly processedRecords?: number | undefined;
  readonly effectiveFaults?: number | undefined;
}

export interface MaterialParts {
  readonly entries: readonly HistoryEntry[];
  readonly events: readonly TracedEvent[];
  readonly effects: readonly Effect[];
  readonly logFiles: readonly LogFile[];
  /** What still waited when the time to converge was over; empty after a run that converged. */
  readonly pendingWaits: readonly PendingWait[];
  readonly converged: boolean;
  readonly floor: Floor;
  /** Faults that the scenario asks for in every run (timed and triggered ones, not random ones). */
  readonly requiredFaults: readonly string[];
  readonly end: Moment;
  /** What was watched while the run went on. */
  readonly monitor?: ClusterMonitor | undefined;
  /** What brokers and topics began with; without it no promise rests on a setting of theirs. */
  readonly configuration?: GivenConfiguration | undefined;
  /** Whether the clocks of brokers were true when the run began; they are unless somebody says otherwise. */
  readonly clocksAreTrue?: boolean;
}

export class Material {
  readonly parts: MaterialParts;
  readonly sends: readonly SendOperation[];
  readonly commits: readonly CommitOperation[];
  readonly offsetFetches: readonly OffsetFetchOperation[];
  readonly views: ReadonlyMap<number, ViewBegan>;
  /** In the order of reading, by view. */
  readonly fetchedByView: ReadonlyMap<number, readonly Fetched[]>;
  readonly processed: readonly Processed[];
  /** The reading through the leader, by partition key. */
  readonly scans: ReadonlyMap<string, Scan>;
  /** In a cluster, the readings through each further replica, by partition key. */
  readonly replicaScans: ReadonlyMap<string, readonly Scan[]>;
  readonly configuration: EffectiveConfiguration;
  readonly losses: Losses;
  /** What is owed to each record. */
  readonly contracts: RecordContracts;
  /** How far back logs may begin. */
  readonly logStarts: LogStartContracts;
  /** What is owed to the applications of groups. */
  readonly groups: GroupContracts;
  #deposed: DeposedCoordinators | undefined;
  readonly #sendByName = new Map<string, SendOperation>();
  readonly #commitsByKey = new Map<string, CommitWrite[]>();

  constructor(parts: MaterialParts) {
    this.parts = parts;
    const sends: SendOperation[] = [];
    const commits: CommitOperation[] = [];
    const offsetFetches: OffsetFetchOperation[] = [];
    const views = new Map<number, ViewBegan>();
    const fetchedByView = new Map<number, Fetched[]>();
    const processed: Processed[] = [];
    const scans = new Map<string, Scan>();
    const replicaScans = new Map<string, Scan[]>();
    for (const entry of parts.entries) {
      if (entry.kind === 'send') sends.push(entry);
      else if (entry.kind === 'commit') commits.push(entry);
      else if (entry.kind === 'offset-fetch') offsetFetches.push(entry);
      else if (entry.kind === 'view') views.set(entry.view, entry);
      else if (entry.kind === 'fetched') listOf(fetchedByView, entry.view).push(entry);
      else if (entry.kind === 'processed') processed.push(entry);
      else if (entry.kind === 'scan') {
        const key = partitionKey(entry.topic, entry.partition);
        if (entry.through === undefined) scans.set(key, entry);
        else listOf(replicaScans, key).push(entry);
      }
    }
    for (const send of sends) this.#sendByName.set(valueName(send), send);
    this.sends = sends;
    this.commits = commits;
    this.offsetFetches = offsetFetches;
    this.views = views;
    this.fetchedByView = fetchedByView;
    this.processed = processed;
    this.scans = scans;
    this.replicaScans = replicaScans;
    const configuration = new EffectiveConfiguration(parts.configuration, parts.events);
    this.configuration = configuration;
    this.losses = new Losses(parts.effects, parts.events, configuration, parts.monitor?.cluster);
    const overtakings = new Overtakings(parts.monitor?.cluster, scans, (value) => this.sendOf(value));
    this.contracts = new RecordContracts(this.losses, configuration, overtakings);
    this.logStarts = new LogStartContracts(this.losses, configuration, parts.monitor?.cluster);
    this.groups = new GroupContracts(this);
    this.#indexCommits(commits);
    this.#indexAutoCommits();
  }

  sendOf(value: string): SendOperation | undefined {
    return this.#sendByName.get(value);
  }

  /**
   * What a reading of a group's offset may return when it began after `fromStep` and ended by `toStep`: a register
   * whose commits are ordered in real time, and where a commit that is not known to have failed may happen or not.
   */
  committed(group: string, topic: string, partition: number, fromStep: number, toStep: number): Committed {
    const key = `${group} ${partitionKey(topic, partition)}`;
    const writes = this.#commitsByKey.get(key) ?? [];
    let overwrittenBefore = -1;
    for (const write of writes) {
      if (write.endStep < fromStep) overwrittenBefore = Math.max(overwrittenBefore, write.beganStep);
    }
    const offsets = new Set<number>();
    for (const write of writes) {
      if (write.beganStep <= toStep && write.endStep >= overwrittenBefore) offsets.add(write.offset);
    }
    return { offsets, mayBeNone: overwrittenBefore < 0 };
  }

  /**
   * Whether the coordinator of a group was, between two steps, somebody who had been deposed and did not know yet. Such
   * a one answers from memory, in Kafka as well: it cannot append, and so takes no commit, but it tells what it had.
   */
  deposedCoordinated(group: string, fromStep: number, toStep: number): boolean {
    this.#deposed ??= deposedCoordinators(this.parts.events);
    const partition = partitionOfGroup(group, this.#deposed.partitions);
    return this.#deposed.reigns.some(
      (reign) => reign.partition === partition && reign.superseded <= toStep && reign.ended >= fromStep,
    );
  }

  /** Every (offset, value) that anybody read: polls in their order, then the final scans. */
  *observations(): Generator<Observation> {
    for (const entry of this.parts.entries) {
      if (entry.kind === 'fetched') yield { ...entry, by: entry.client };
      if (entry.kind !== 'scan') continue;
      const { topic, partition, at } = entry;
      const by = scanName(entry);
      for (const record of entry.records) yield { ...record, topic, partition, at, by };
    }
  }

  /**
   * Only a commit known to be ok has an end: any other may still take effect. And one that was repeated because a fault
   * held its first attempt up may take effect once more when that arrives after all, on a connection that its client
   * gave up long ago: nothing in the protocol forbids it. The coordinator tells of the late one.
   */
  #indexCommits(commits: readonly CommitOperation[]): void {
    const applied = this.#appliedCommits();
    for (const { group, offsets, outcome, invoked, completed } of commits) {
      if (outcome === 'failed') continue;
      const endStep = outcome === 'ok' && completed !== null ? completed.step : Number.MAX_SAFE_INTEGER;
      for (const { topic, partition, offset } of offsets) {
        const key = `${group} ${partitionKey(topic, partition)}`;
        const late = applied.get(`${key} ${offset}`) ?? 0;
        const wasLate = late > endStep && this.losses.heldUpBetween(invoked, late);
        const write = { offset, beganStep: invoked.step, endStep: wasLate ? late : endStep };
        listOf(this.#commitsByKey, key).push(write);
      }
    }
  }

  /** The last step at which the coordinator took each offset for committed. */
  #appliedCommits(): Map<string, number> {
    const applied = new Map<string, number>();
    for (const { event, step } of this.parts.events) {
      if (event.kind !== 'offset-committed') continue;
      const place = partitionKey(event['topic'] as string, event['partition'] as number);
      applied.set(`${event['group']} ${place} ${event['offset']}`, step);
    }
    return applied;
  }

  /**
   * Commits that the client makes by itself are in no history: the coordinator tells of them. It tells when one
   * begins, since it may be gone before it can tell what came of it, and then its successor may find the record in the
   * log, or may not: as with a commit of the history whose outcome is unknown. A commit takes effect after it began
   * and before its coordinator calls it committed, so that a pair of the two is an interval in which a write took
   * effect. Where one coordinator writes an offset more than once the first is paired: the interval is only wider.
   */
  #indexAutoCommits(): void {
    const groups = new Set<string>();
    for (const entry of this.parts.entries) {
      if (entry.kind === 'group' && entry.style.startsWith('auto-commit')) groups.add(entry.group);
    }
    if (groups.size === 0) return;
    const open = new Map<string, CommitWrite[]>();
    for (const { event, node, step } of this.parts.events) {
      const began = event.kind === 'offset-commit-began';
      if (!(began || event.kind === 'offset-committed') || !groups.has(event['group'] as string)) continue;
      const key = `${event['group']} ${partitionKey(event['topic'] as string, event['partition'] as number)}`;
      const offset = event['offset'] as number;
      const opened = listOf(open, `${node} ${key} ${offset}`);
      const first = began ? undefined : opened.shift();
      if (first !== undefined) first.endStep = step;
      else {
        const write = { offset, beganStep: step, endStep: began ? Number.MAX_SAFE_INTEGER : step };
        if (began) opened.push(write);
        listOf(this.#commitsByKey, key).push(write);
      }
    }
  }
}

interface DeposedCoordinators {
  /** Of the offsets topic. */
  readonly partitions: number;
  readonly reigns: readonly { partition: number; superseded: number; ended: number }[];
}

/** Who boots was dead at the latest then, however that came. */
const lifeEnded: ReadonlySet<string> = new Set(['node-crashed', 'node-halted', 'node-booted']);

/** Everybody who was coordinator while the controller had committed another leader already. */
function deposedCoordinators(events: readonly TracedEvent[]): DeposedCoordinators {
  const loaded = new Map<string, { partition: number; epoch: number; superseded: number }>();
  const reigns: { partition: number; superseded: number; ended: number }[] = [];
  /** The newest committed leader epoch of each partition. */
  const newest = new Map<number, number>();
  let partitions = 1;
  const end = (key: string, step: number) => {
    const reign = loaded.get(key);
    loaded.delete(key);
    if (reign === undefined || reign.superseded > step) return;
    reigns.push({ partition: reign.partition, superseded: reign.superseded, ended: step });
  };
  for (const { node, step, event } of events) {
    if (lifeEnded.has(event.kind)) {
      for (const key of [...loaded.keys()]) if (key.startsWith(`${node} `)) end(key, step);
    }
    if (event['topic'] !== '__consumer_offsets') continue;
    const partition = event['partition'] as number;
    const key = `${node} ${partition}`;
    if (event.kind === 'coordinator-loaded') {
      const epoch = event['coordinatorEpoch'] as number;
      // Who slept while it loaded may have been deposed before it begins.
      const late = epoch < (newest.get(partition) ?? epoch);
      loaded.set(key, { partition, epoch, superseded: late ? step : Number.MAX_SAFE_INTEGER });
    } else if (event.kind === 'coordinator-unloaded') end(key, step);
    else if (event.kind === 'partition-committed') {
      partitions = Math.max(partitions, partition + 1);
      newest.set(partition, Math.max(newest.get(partition) ?? 0, event['leaderEpoch'] as number));
      for (const reign of loaded.values()) {
        if (reign.partition !== partition || reign.epoch >= (event['leaderEpoch'] as number)) continue;
        reign.superseded = Math.min(reign.superseded, step);
      }
    }
  }
  for (const key of [...loaded.keys()]) end(key, Number.MAX_SAFE_INTEGER - 1);
  return { partitions, reigns };
}

/** Took effect, if at all, between two steps. */
interface CommitWrite {
  readonly offset: number;
  readonly beganStep: number;
  endStep: number;
}

/** The offsets a group may have, and whether it may have none. */
export interface Committed {
  readonly offsets: ReadonlySet<number>;
  readonly mayBeNone: boolean;
}

export interface Observation {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string | null;
  readonly valueTopic: string;
  readonly valuePartition: number;
  readonly at: Moment;
  readonly by: string;
}

/** A scan in words. */
export function scanName({ through }: Scan): string {
  return through === undefined ? 'final scan' : `final scan through broker ${through}`;
}
