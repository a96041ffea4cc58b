// Whom a fault hurts: from the words of a scenario to nodes.

import { assert, present } from '../engine/index.ts';
import type { FaultKind, Patient } from './fault.ts';
import { readTarget, type Target } from './scenario/pieces.ts';
import type { Draws, Stage } from './stage.ts';

/**
 * The nodes that `text` names now; none when nobody fits (a leader that is not there). Several words, each with a comma
 * before the next, name all that any of them names. `others` are those that are not in `beside`.
 */
export function targetsOf(
  text: string,
  role: FaultKind['role'],
  stage: Stage,
  draws: Draws,
  beside: readonly Patient[] = [],
): Patient[] {
  const target = readTarget(text);
  assert(target !== undefined, `the schema lets only targets through, not "${text}"`);
  if (target.kind !== 'several') return one(target, role, stage, draws, beside);
  const named = new Set(target.members.flatMap((member) => targetsOf(member, role, stage, draws, beside)));
  return stage.patients().filter((patient) => named.has(patient));
}

type SingleTarget = Exclude<Target, { kind: 'several' }>;

function one(
  target: SingleTarget,
  role: FaultKind['role'],
  stage: Stage,
  draws: Draws,
  beside: readonly Patient[],
): Patient[] {
  const everybody = stage.patients();
  const named = (...names: readonly (string | undefined)[]) =>
    everybody.filter((patient) => names.includes(patient.name));
  const crowd = everybody.filter((patient) => patient.role === role);
  const voters = everybody.filter((patient) => patient.votes);
  switch (target.kind) {
    case 'all':
      return crowd;
    case 'one':
      return crowd.length === 0 ? [] : [draws.pick(crowd)];
    case 'minority':
      return minorityOf(crowd, draws);
    case 'majority':
      return majorityOf(crowd, draws);
    case 'brokers':
      return everybody.filter((patient) => patient.role === 'broker');
    case 'clients':
      return everybody.filter((patient) => patient.role === 'client');
    case 'controllers':
      return voters;
    case 'voters-minority':
      return minorityOf(voters, draws);
    case 'voters-majority':
      return majorityOf(voters, draws);
    case 'others':
      return everybody.filter((patient) => !beside.includes(patient));
    case 'leader-of':
      return named(stage.leaderOf(target.topic, target.partition));
    case 'follower-of': {
      const followers = named(...followersOf(stage, target.topic, target.partition));
      return followers.length === 0 ? [] : [draws.pick(followers)];
    }
    case 'followers-of':
      return named(...followersOf(stage, target.topic, target.partition));
    case 'isr-of':
      return named(...(stage.replicasOf(target.topic, target.partition)?.isr ?? []));
    case 'outside-isr-of': {
      const { replicas, isr } = stage.replicasOf(target.topic, target.partition) ?? { replicas: [], isr: [] };
      return named(...replicas.filter((name) => !isr.includes(name)));
    }
    case 'coordinator-of':
      return named(stage.coordinatorOf(target.group));
    case 'controller':
      return named(stage.controller());
    case 'named':
      return namedOrMember(target.name, everybody, draws);
  }
}

/** The most that may be missing from a majority. */
function minorityOf(crowd: readonly Patient[], draws: Draws): Patient[] {
  return draws.shuffle(crowd).slice(0, Math.max(0, Math.floor((crowd.length - 1) / 2)));
}

function majorityOf(crowd: readonly Patient[], draws: Draws): Patient[] {
  return draws.shuffle(crowd).slice(0, Math.floor(crowd.length / 2) + 1);
}

/** Every replica but the leader, in the ISR or not. */
function followersOf(stage: Stage, topic: string, partition: number): string[] {
  const leader = stage.leaderOf(topic, partition);
  const { replicas } = stage.replicasOf(topic, partition) ?? { replicas: [] };
  return replicas.filter((name) => name !== leader);
}

/** A workload's name stands for one of its clients. */
function namedOrMember(name: string, everybody: readonly Patient[], draws: Draws): Patient[] {
  const exactly = everybody.find((patient) => patient.name === name);
  if (exactly !== undefined) return [exactly];
  const pattern = new RegExp(`^${name.replace(/[.]/g, '\\.')}-\\d+$`);
  const members = everybody.filter((patient) => pattern.test(patient.name));
  return members.length === 0 ? [] : [present(draws.pick(members), 'a member')];
}
