// The directory of a cluster whose nodes are processes: for each node its data directory, and beside it the
// properties file with which it is started, by the command and, when it was killed, by hand.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { metaPropertiesFileName } from '../log/meta-properties.ts';
import { type ClusterPlan, type NodePlan, nodeProperties } from './cluster-plan.ts';
import { parseProperties, propertiesText } from './config-file.ts';
import { clusterIdIn } from './data-directory.ts';
import { HostRandom } from './random.ts';

const votersName = 'controller.quorum.voters';
const fileName = /^(broker|controller)-\d+\.properties$/;

/** The id of the cluster that lives here, or of a new one; the error says why these nodes cannot live here. */
export function clusterIdFor(directory: string, nodes: readonly NodePlan[]): Outcome<string, string> {
  mkdirSync(directory, { recursive: true });
  if (existsSync(join(directory, metaPropertiesFileName)))
    return failure(`${directory} holds the log of one broker alone: a cluster needs a directory of its own`);
  const known = clusterIdIn(nodes.map(({ name }) => join(directory, name)));
  if (known === undefined) return success(new HostRandom().uuid());
  const mine = nodes.filter(({ roles }) => roles.includes('controller')).map(({ id }) => `${id}`);
  const theirs = votersIn(directory);
  // The quorum's members are its configuration: a quorum of others would not know what this one has
  // committed.
  if (theirs !== undefined && theirs.join() !== mine.join()) {
    const who = `the controllers ${theirs.join(', ')}, not ${mine.join(', ')}`;
    return failure(
      `${directory} holds a cluster with ${who}: give as many brokers and controllers as before`,
    );
  }
  return success(known);
}

/** The ids of the controllers by the properties files of an earlier start; undefined when there are none. */
function votersIn(directory: string): string[] | undefined {
  for (const name of readdirSync(directory).sort()) {
    if (!fileName.test(name)) continue;
    const settings = parseProperties(readFileSync(join(directory, name), 'utf8'), name);
    const voters = settings.ok ? settings.value.get(votersName)?.value : undefined;
    if (voters !== undefined) return voters.split(',').map((voter) => voter.replace(/@.*/, '').trim());
  }
  return undefined;
}

export function propertiesPath(directory: string, name: string): string {
  return join(directory, `${name}.properties`);
}

/** Absolute, so that a node is started again from wherever its user is. */
export function dataPath(directory: string, name: string): string {
  return resolve(directory, name);
}

export function writeProperties(directory: string, plan: ClusterPlan): void {
  for (const node of plan.nodes) {
    const properties = nodeProperties(plan, node, dataPath(directory, node.name));
    const path = propertiesPath(directory, node.name);
    const comment = [
      `${node.name} of the cluster ${plan.clusterId}, written at each start of the cluster.`,
      `Alone: odradek serve --config ${path}`,
    ];
    writeFileSync(path, propertiesText(properties, comment));
  }
}
