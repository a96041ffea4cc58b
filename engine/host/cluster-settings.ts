// What `serve --brokers` was asked for: the nodes and where they listen, and the properties that all of them
// share. As with one broker, the file is weaker than --override, and every problem is told at once.

import { failure, type Outcome, success } from '../base/outcome.ts';
import { BrokerConfig } from '../config/config.ts';
import type { Address } from '../ports.ts';
import {
  type ClusterPlan,
  type ClusterShape,
  commonProblems,
  type NodePlan,
  nodeProperties,
  placeNodes,
  planNodes,
  portsWanted,
} from './cluster-plan.ts';
import type { LogLevel } from './logger.ts';
import {
  addressOf,
  defaultData,
  defaultListen,
  logLevelOf,
  placed,
  type ServeOptions,
  sharedSettings,
} from './serve-settings.ts';

export interface ClusterSettings {
  readonly nodes: readonly NodePlan[];
  /** Where the first broker listens, and the others behind it; port 0: free ones. */
  readonly listen: Address;
  readonly common: ReadonlyMap<string, string>;
  readonly directory: string;
  /** Of the first node; the others have the ports behind it, or free ones when it is 0. */
  readonly metrics: Address | undefined;
  readonly logLevel: LogLevel;
  readonly json: boolean;
}

/** Addresses that mean all interfaces: a quorum cannot be told to meet there. */
const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export function clusterSettings(options: ServeOptions): Outcome<ClusterSettings, string[]> {
  const shared = sharedSettings(options);
  if (!shared.ok) return shared;
  const { settings, problems } = shared.value;
  const common = new Map([...settings].map(([name, { value }]) => [name, value]));
  problems.push(...commonProblems(common).map((problem) => placed(problem, settings)));
  const nodes = planNodes(shapeOf(options));
  if (!nodes.ok) problems.push(...nodes.error);
  const listen = addressIn('--listen', options.listen ?? defaultListen, problems);
  const metrics =
    options.metrics === undefined ? undefined : addressIn('--metrics', options.metrics, problems);
  const logLevel = logLevelOf(options, problems);
  if (listen !== undefined && wildcards.has(listen.host))
    problems.push(`--listen ${options.listen}: nodes of a cluster need an address to find each other by`);
  if (nodes.ok) {
    problems.push(...rangeProblems('--listen', listen, portsWanted(nodes.value)));
    problems.push(...rangeProblems('--metrics', metrics, nodes.value.length));
    const unfit = propertyProblems(nodes.value, common).map((problem) => placed(problem, settings));
    problems.push(...unfit);
  }
  if (!nodes.ok || listen === undefined || logLevel === undefined || problems.length > 0)
    return failure([...new Set(problems)]);
  const directory = options.data ?? defaultData;
  const json = options.json ?? false;
  return success({ nodes: nodes.value, listen, common, directory, metrics, logLevel, json });
}

function shapeOf({ brokers, controllers, racks }: ServeOptions): ClusterShape {
  return {
    brokers: brokers ?? 1,
    controllers: controllers === undefined || controllers === 'combined' ? 'combined' : Number(controllers),
    racks: racks === undefined ? [] : racks.split(',').map((rack) => rack.trim()),
  };
}

function addressIn(option: string, text: string, problems: string[]): Address | undefined {
  const address = addressOf(text);
  if (address === undefined) problems.push(`${option} ${text}: host:port is wanted`);
  return address;
}

function rangeProblems(option: string, first: Address | undefined, count: number): string[] {
  if (first === undefined || first.port === 0 || first.port + count - 1 <= 65_535) return [];
  return [`${option}: ${count} ports are wanted from ${first.port} on, and there are none above 65535`];
}

/** What the nodes would complain about, told before the first of them is started. */
function propertyProblems(nodes: readonly NodePlan[], common: ReadonlyMap<string, string>): string[] {
  const ports = Array.from({ length: portsWanted(nodes) }, (_, at) => 1024 + at);
  const example = placeNodes(nodes, '127.0.0.1', ports);
  const plan: ClusterPlan = { clusterId: 'AAAAAAAAAAAAAAAAAAAAAA', nodes: example, common };
  return example.flatMap((node) => {
    const config = BrokerConfig.parse(nodeProperties(plan, node, node.name));
    return config.ok ? [] : config.error;
  });
}
