// Whom a fault hurts: from the words of a scenario to nodes.

import { assert } from '../engine/index.ts';
import type { FaultKind, Patient } from './fault.ts';
import { readTarget } from './scenario/pieces.ts';
import type { Draws, Stage } from './stage.ts';

/** The nodes that `text` names now; none when nobody fits (a leader that is not there). */
export function targetsOf(text: string, role: FaultKind['role'], stage: Stage, draws: Draws): Patient[] {
  const target = readTarget(text);
  assert(target !== undefined, `the schema lets only targets through, not "${text}"`);
  const everybody = stage.patients();
  const named = (name: string | undefined) => everybody.filter((patient) => patient.name === name);
  const crowd = everybody.filter((patient) => patient.role === role);
  switch (target.kind) {
    case 'all':
      return crowd;
    case 'one':
      return crowd.length === 0 ? [] : [draws.pick(crowd)];
    case 'minority':
      return draws.shuffle(crowd).slice(0, Math.floor((crowd.length - 1) / 2));
    case 'majority':
      return draws.shuffle(crowd).slice(0, Math.floor(crowd.length / 2) + 1);
    case 'leader-of':
      return named(stage.leaderOf(target.topic, target.partition));
    case 'coordinator-of':
      return named(stage.coordinatorOf(target.group));
    case 'controller':
      return named(stage.controller());
    case 'named': {
      const exactly = named(target.name);
      if (exactly.length > 0) return exactly;
      const members = everybody.filter((patient) => membersOf(target.name).test(patient.name));
      return members.length === 0 ? [] : [draws.pick(members)];
    }
  }
}

/** A workload's name stands for one of its clients. */
function membersOf(workload: string): RegExp {
  return new RegExp(`^${workload.replace(/[.]/g, '\\.')}-\\d+$`);
}
