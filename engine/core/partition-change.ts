// How a partition changes: from what it is and what it shall become to one partition-change record, or to none. All
// that the controller decides about leaders goes through here: a broker that is fenced or comes back, an ISR that a
// leader asks for, a reassignment, an election that somebody wants.
//
// Eligible leader replicas (KIP-966) are those that left the ISR while it was below the minimum: they have every
// committed record, because nothing was committed without them. Only while the feature is on may an ISR become
// empty; without it the last member stays, fenced or not, as the only one that may lead again.
//
// The leader epoch moves when the leader field is in the record: another leader, none, or a replica list that lost
// somebody. Kafka before metadata version 3.6 also moved it when the ISR shrank; that is left out.

import { leaderUnchanged, type PartitionImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';

/**
 * `online`: any eligible replica, and the leader stays if it is one. `preferred`: the first replica if it is eligible.
 * `unclean`: as online, but rather a leader that lacks records than none.
 */
export type Election = 'online' | 'preferred' | 'unclean';

/** What the partition shall become; what is left out stays. */
export interface PartitionTarget {
  readonly isr?: readonly number[];
  readonly replicas?: readonly number[];
  readonly removingReplicas?: readonly number[];
  readonly addingReplicas?: readonly number[];
  readonly leaderRecoveryState?: number;
  /** Replicas whose disk may have lost what they acknowledged: not eligible any more. */
  readonly uncleanlyStopped?: readonly number[];
  readonly election?: Election;
  /** Where the replica of one broker lives from here on. */
  readonly directory?: { readonly brokerId: number; readonly id: string };
}

export interface PartitionRules {
  /** Whether a broker is there to lead: active, with the partition's directory online. */
  mayLead(brokerId: number): boolean;
  /** Effective for the topic: never more than its replicas. */
  readonly minInsyncReplicas: number;
  /** Whether the feature `eligible.leader.replicas.version` is on. */
  readonly withElr: boolean;
  /** The directory of a replica that is new on a broker. */
  directoryOf(brokerId: number): string;
}

export type PartitionChangeBody = Extract<MetadataRecord, { kind: 'partition-change' }>['body'];

export const noLeader = -1;

/** 1 while the leader of an unclean election has not said that it is done. */
export const leaderRecoveryState = { recovered: 0, recovering: 1 } as const;

/** A change of a partition that touches nothing; spread and override. */
export function unchangedPartition(topicId: string, partition: { readonly index: number }) {
  return {
    partitionId: partition.index,
    topicId,
    isr: null,
    leader: leaderUnchanged,
    replicas: null,
    removingReplicas: null,
    addingReplicas: null,
    leaderRecoveryState: -1,
    directories: null,
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  };
}

/** The record that makes the partition what it shall be; undefined when it is that already. */
export function partitionChange(
  topicId: string,
  partition: PartitionImage,
  target: PartitionTarget,
  rules: PartitionRules,
): PartitionChangeBody | undefined {
  const wanted = new Wanted(partition, target, rules);
  wanted.completeReassignment();
  wanted.findEligible();
  wanted.elect();
  const change = wanted.changes();
  if (Object.keys(change).length === 0) return undefined;
  return { ...unchangedPartition(topicId, partition), ...change };
}

/**
 * Whether the change makes a replica the leader that may lack committed records. A replica that comes into the ISR by
 * the very change that makes it the leader (the end of a reassignment) lacks none, and has nothing to recover.
 */
export function isUncleanElection(
  before: PartitionImage,
  change: { readonly leader: number; readonly leaderRecoveryState: number },
): boolean {
  const { leader } = change;
  if (leader < 0 || leader === before.leader) return false;
  if (before.isr.includes(leader) || before.eligibleLeaderReplicas.includes(leader)) return false;
  const state = change.leaderRecoveryState < 0 ? before.leaderRecoveryState : change.leaderRecoveryState;
  return state === leaderRecoveryState.recovering;
}

/** The partition on its way; each step reads what the ones before it decided. */
class Wanted {
  readonly #old: PartitionImage;
  readonly #target: PartitionTarget;
  readonly #rules: PartitionRules;
  #isr: readonly number[];
  #replicas: readonly number[];
  #removing: readonly number[];
  #adding: readonly number[];
  #elr: readonly number[];
  #recovery: number;
  #leader = leaderUnchanged;
  #uncleanly = false;

  constructor(old: PartitionImage, target: PartitionTarget, rules: PartitionRules) {
    this.#old = old;
    this.#target = target;
    this.#rules = rules;
    this.#isr = target.isr ?? old.isr;
    this.#replicas = target.replicas ?? old.replicas;
    this.#removing = target.removingReplicas ?? old.removingReplicas;
    this.#adding = target.addingReplicas ?? old.addingReplicas;
    this.#elr = old.eligibleLeaderReplicas;
    this.#recovery = target.leaderRecoveryState ?? old.leaderRecoveryState;
  }

  /** A reassignment is over when every replica that stays is in sync, without those that go. */
  completeReassignment(): void {
    if (this.#removing.length === 0 && this.#adding.length === 0) return;
    const isr = without(this.#isr, this.#removing);
    const replicas = without(this.#replicas, this.#removing);
    if (replicas.length === 0 || !replicas.every((id) => isr.includes(id))) return;
    this.#isr = isr;
    this.#replicas = replicas;
    this.#removing = [];
    this.#adding = [];
  }

  findEligible(): void {
    const { withElr, minInsyncReplicas } = this.#rules;
    if (!withElr) return;
    if (this.#isr.length >= minInsyncReplicas) {
      this.#elr = [];
      return;
    }
    // Of the replicas only: Kafka also lists those that a reassignment drops, which can never be elected.
    const candidates = this.#replicas.filter((id) => this.#elr.includes(id) || this.#old.isr.includes(id));
    const lost = this.#target.uncleanlyStopped ?? [];
    this.#elr = without(candidates, [...this.#isr, ...lost]).sort((a, b) => a - b);
  }

  elect(): void {
    const { leader, unclean } = this.#elected();
    if (leader !== this.#old.leader) {
      this.#leader = leader;
      this.#uncleanly = unclean;
      if (this.#elr.includes(leader)) {
        this.#isr = [leader];
        this.#elr = without(this.#elr, [leader]);
      }
    } else if (!this.#old.replicas.every((id) => this.#replicas.includes(id))) {
      // Somebody left the replicas: a new epoch keeps what it still sends from being taken for a follower's.
      this.#leader = this.#old.leader;
    }
    if (this.#uncleanly || !this.#rules.withElr) this.#elr = [];
  }

  #elected(): { leader: number; unclean: boolean } {
    const eligible = (id: number) => this.#isEligible(id);
    const preferred = this.#replicas[0];
    if (this.#target.election === 'preferred' && preferred !== undefined && eligible(preferred)) {
      return { leader: preferred, unclean: false };
    }
    if (eligible(this.#old.leader)) return { leader: this.#old.leader, unclean: false };
    const clean = this.#replicas.find(eligible);
    if (clean !== undefined) return { leader: clean, unclean: false };
    const last = this.#lastKnownLeader();
    if (last !== undefined) return { leader: last, unclean: true };
    if (this.#target.election === 'unclean') {
      const any = this.#replicas.find((id) => this.#rules.mayLead(id));
      if (any !== undefined) return { leader: any, unclean: true };
    }
    return { leader: noLeader, unclean: false };
  }

  #isEligible(id: number): boolean {
    const hasAll = this.#isr.includes(id) || (this.#isr.length === 0 && this.#elr.includes(id));
    return hasAll && this.#rules.mayLead(id);
  }

  /** With nobody eligible left, the last leader is the best guess: it had at least what it committed. */
  #lastKnownLeader(): number | undefined {
    if (!this.#rules.withElr || this.#isr.length > 0 || this.#elr.length > 0) return undefined;
    const [last, ...others] = this.#old.lastKnownElr;
    if (last === undefined || others.length > 0) return undefined;
    return this.#rules.mayLead(last) ? last : undefined;
  }

  /** The fields of the record that differ from what is. */
  changes(): Partial<PartitionChangeBody> {
    const old = this.#old;
    const isr = this.#recordedIsr();
    const lastKnown = this.#lastKnown(isr);
    const directories = this.#directories();
    const recovery = this.#recordedRecovery();
    return {
      ...(this.#leader === leaderUnchanged ? {} : { leader: this.#leader }),
      ...(isr === undefined ? {} : { isr: [...isr] }),
      ...(same(this.#elr, old.eligibleLeaderReplicas) ? {} : { eligibleLeaderReplicas: [...this.#elr] }),
      ...(lastKnown === undefined ? {} : { lastKnownElr: [...lastKnown] }),
      ...(same(directories, old.directories) ? {} : { directories }),
      ...(same(this.#replicas, old.replicas) ? {} : { replicas: [...this.#replicas] }),
      ...(same(this.#removing, old.removingReplicas) ? {} : { removingReplicas: [...this.#removing] }),
      ...(same(this.#adding, old.addingReplicas) ? {} : { addingReplicas: [...this.#adding] }),
      ...(recovery === undefined ? {} : { leaderRecoveryState: recovery }),
    };
  }

  #recordedIsr(): readonly number[] | undefined {
    if (this.#uncleanly) return [this.#leader];
    if (this.#isr.length === 0 && !this.#rules.withElr) return undefined;
    return same(this.#isr, this.#old.isr) ? undefined : this.#isr;
  }

  /** Remembers the last leader when the ISR becomes empty, and forgets it when there is a leader again. */
  #lastKnown(isr: readonly number[] | undefined): readonly number[] | undefined {
    const old = this.#old;
    if (!this.#rules.withElr) return undefined;
    if (isr?.length === 0 && old.leader !== noLeader && !same(old.lastKnownElr, [old.leader])) {
      return [old.leader];
    }
    const leads = this.#leader >= 0 || (this.#leader === leaderUnchanged && old.leader !== noLeader);
    return leads && old.lastKnownElr.length > 0 ? [] : undefined;
  }

  #directories(): string[] {
    const { directory } = this.#target;
    const known = new Map(this.#old.replicas.map((id, at) => [id, this.#old.directories[at]]));
    if (directory !== undefined) known.set(directory.brokerId, directory.id);
    return this.#replicas.map((id) => known.get(id) ?? this.#rules.directoryOf(id));
  }

  #recordedRecovery(): number | undefined {
    const state = this.#uncleanly ? leaderRecoveryState.recovering : this.#recovery;
    return state === this.#old.leaderRecoveryState ? undefined : state;
  }
}

function without(ids: readonly number[], removed: readonly number[]): number[] {
  return ids.filter((id) => !removed.includes(id));
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}
