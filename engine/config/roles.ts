// What a node is in its cluster: broker, controller or both, and who votes in the quorum of the controllers. The
// voters are named in the configuration (`controller.quorum.voters`, KRaft's static quorum); without any, a node
// that is both is a quorum of itself.

import { failure, type Outcome, success } from '../base/outcome.ts';

export interface Roles {
  readonly broker: boolean;
  readonly controller: boolean;
}

/** A controller with a vote, and where the others reach it. */
export interface Voter {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

export interface Membership {
  readonly roles: Roles;
  /** By ascending id; empty for a node that is a quorum of itself. */
  readonly voters: readonly Voter[];
}

export interface MembershipSettings {
  readonly nodeId: number;
  readonly roles: readonly string[];
  readonly voters: readonly string[];
  /** Whether `listeners` has one that `controller.listener.names` names. */
  readonly listensForControllers: boolean;
}

/** What the node is, or what contradicts itself; each problem names its property. */
export function membership(settings: MembershipSettings): Outcome<Membership, string[]> {
  const problems: string[] = [];
  const roles = rolesOf(settings.roles, problems);
  const voters = votersOf(settings.voters, problems);
  const { nodeId, listensForControllers } = settings;
  const votes = voters.some(({ id }) => id === nodeId);
  if (voters.length > 0 && roles.controller !== votes) {
    problems.push(
      votes
        ? `controller.quorum.voters names node ${nodeId}, and its process.roles lack controller`
        : `controller.quorum.voters must name node ${nodeId}, which is a controller by its process.roles`,
    );
  }
  if (voters.length === 0 && !(roles.controller && roles.broker)) {
    problems.push('controller.quorum.voters must name the controllers of a node that is not both');
  }
  const met = !roles.broker || voters.length > 1;
  if (roles.controller && met && !listensForControllers) {
    problems.push('listeners must hold one of controller.listener.names: other nodes go there');
  }
  if (!roles.controller && listensForControllers) {
    problems.push('listeners holds one of controller.listener.names, and this node is no controller');
  }
  return problems.length > 0 ? failure(problems) : success({ roles, voters });
}

function rolesOf(names: readonly string[], problems: string[]): Roles {
  for (const name of names) {
    if (name !== 'broker' && name !== 'controller')
      problems.push(`process.roles: '${name}' is neither broker nor controller`);
  }
  if (names.length === 0) problems.push('process.roles must name broker, controller or both');
  return { broker: names.includes('broker'), controller: names.includes('controller') };
}

function votersOf(texts: readonly string[], problems: string[]): Voter[] {
  const voters = new Map<number, Voter>();
  for (const text of texts) {
    const voter = parseVoter(text);
    if (voter === undefined) problems.push(`controller.quorum.voters: '${text}' is not id@host:port`);
    else if (voters.has(voter.id)) problems.push(`controller.quorum.voters names node ${voter.id} twice`);
    else voters.set(voter.id, voter);
  }
  return [...voters.values()].sort((a, b) => a.id - b.id);
}

function parseVoter(text: string): Voter | undefined {
  const match = /^(\d{1,9})@(\[[0-9A-Fa-f:.%]+\]|[^:@/[\]\s]+):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port === 0 || port > 65535) return undefined;
  return { id: Number(match[1]), host: (match[2] as string).replace(/^\[|\]$/g, ''), port };
}
