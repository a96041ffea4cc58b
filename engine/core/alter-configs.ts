// The commands behind AlterConfigs and IncrementalAlterConfigs. A resource changes as a whole or not at all.
// Topics answer 40 for a value that is not valid; brokers answer 42 for the same, because Kafka does
// (KAFKA-13609).
//
// Left out: BROKER_LOGGER, CLIENT_METRICS and GROUP resources (answered with 42), and listener prefixes.

import { ErrorCode } from '../errors.ts';
import {
  type CommandContext,
  duplicatesIn,
  noRefusal,
  type Plan,
  type Refusal,
  refusal,
} from './controller.ts';
import { elrEnabled } from './leadership.ts';
import { resourceType } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { topicNameProblem } from './topic-names.ts';

const minInsyncReplicas = 'min.insync.replicas';

export const alterOperation = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

export interface ConfigOperation {
  readonly name: string;
  readonly configOperation: number;
  readonly value: string | null;
}

export interface ConfigResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

export interface AlteredResource extends Refusal, ConfigResource {}

interface Altering<C> extends ConfigResource {
  readonly configs: readonly C[];
}

export interface AlterCommand<C> {
  readonly resources: readonly Altering<C>[];
  readonly validateOnly: boolean;
}

type Settings = ReadonlyMap<string, string>;

/** Changes single keys. */
export function planIncrementalAlterConfigs(
  context: CommandContext,
  command: AlterCommand<ConfigOperation>,
): Plan<AlteredResource[]> {
  return planEach(context, command, (resource, current) => {
    const missing = resource.configs.filter(
      (config) => config.value === null && config.configOperation !== alterOperation.delete,
    );
    if (missing.length > 0) return nullRefusal(missing);
    const wanted = new Map(current);
    for (const operation of resource.configs) {
      const refused = operate(context, resource, wanted, operation);
      if (refused !== undefined) return refused;
    }
    return wanted;
  });
}

/** Replaces all that is set on a resource. */
export function planAlterConfigs(
  context: CommandContext,
  command: AlterCommand<{ readonly name: string; readonly value: string | null }>,
): Plan<AlteredResource[]> {
  return planEach(context, command, (resource) => {
    const missing = resource.configs.filter((config) => config.value === null);
    if (missing.length > 0) return nullRefusal(missing);
    return new Map(resource.configs.map((config) => [config.name, config.value as string]));
  });
}

function nullRefusal(missing: readonly { readonly name: string }[]): Refusal {
  const names = missing.map((config) => config.name).join(',');
  return refusal(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${names}`);
}

function planEach<C extends { readonly name: string }>(
  context: CommandContext,
  command: AlterCommand<C>,
  settingsOf: (resource: Altering<C>, current: Settings) => Settings | Refusal,
): Plan<AlteredResource[]> {
  const doubled = duplicatesIn(command.resources.map(keyOf));
  const records: MetadataRecord[] = [];
  const response: AlteredResource[] = [];
  for (const resource of command.resources) {
    const { resourceType, resourceName } = resource;
    const current = context.image.configs(resourceType, resourceName);
    let refused = doubled.has(keyOf(resource))
      ? refusal(ErrorCode.INVALID_REQUEST, 'Each resource must appear at most once.')
      : resourceRefusal(context, resource);
    if (refused === undefined) {
      const wanted = settingsOf(resource, current);
      refused = 'errorCode' in wanted ? wanted : settingsRefusal(context, resource, wanted);
      if (!('errorCode' in wanted) && refused === undefined) {
        records.push(...differences(context, resource, current, wanted));
      }
    }
    response.push({ resourceType, resourceName, ...(refused ?? noRefusal) });
  }
  return { records: command.validateOnly ? [] : records, response };
}

function keyOf(resource: ConfigResource): string {
  return `${resource.resourceType}:${resource.resourceName}`;
}

/** What is wrong with the resource or the form of the request. */
function resourceRefusal(
  context: CommandContext,
  resource: Altering<{ readonly name: string }>,
): Refusal | undefined {
  const { resourceName: name } = resource;
  if (resource.resourceType === resourceType.broker) {
    if (name !== '' && !/^\d+$/.test(name)) {
      return refusal(ErrorCode.INVALID_REQUEST, `Node id must be an integer, but it is: ${name}`);
    }
    // Kafka's brokers refuse what is meant for another broker before they hand it on; here the controller, to whom
    // it is all the same, refuses what is meant for nobody.
    if (name !== '' && context.image.brokers.get(Number(name)) === undefined) {
      return refusal(ErrorCode.INVALID_REQUEST, `Unexpected broker id: no broker ${name} is registered`);
    }
  } else if (resource.resourceType !== resourceType.topic) {
    const message = `configuration of resource type ${resource.resourceType} is not supported`;
    return refusal(ErrorCode.INVALID_REQUEST, message);
  }
  if (duplicatesIn(resource.configs.map((config) => config.name)).size > 0) {
    return refusal(ErrorCode.INVALID_REQUEST, 'Error due to duplicate config keys');
  }
  return undefined;
}

/** Applies one operation to `wanted`. */
function operate(
  context: CommandContext,
  resource: ConfigResource,
  wanted: Map<string, string>,
  operation: ConfigOperation,
): Refusal | undefined {
  const { name } = operation;
  const value = operation.value ?? '';
  switch (operation.configOperation) {
    case alterOperation.set:
      wanted.set(name, value);
      return undefined;
    case alterOperation.delete:
      wanted.delete(name);
      return undefined;
    case alterOperation.append:
    case alterOperation.subtract: {
      const isTopic = resource.resourceType === resourceType.topic;
      const usual = isTopic ? context.config.topicListDefault(name) : context.config.brokerListDefault(name);
      if (usual === undefined)
        return refusal(ErrorCode.INVALID_CONFIG, `${name} is not a list: it can only be set or deleted`);
      const elements = setList(wanted, name) ?? usual;
      const given = value.split(',').map((element) => element.trim());
      const appends = operation.configOperation === alterOperation.append;
      const result = appends
        ? [
            ...elements,
            ...given.filter((element, at) => !elements.includes(element) && given.indexOf(element) === at),
          ]
        : elements.filter((element) => !given.includes(element));
      wanted.set(name, result.join(','));
      return undefined;
    }
    default:
      return refusal(ErrorCode.INVALID_REQUEST, `unknown operation ${operation.configOperation} for ${name}`);
  }
}

/**
 * The list that an element is added to or taken from, where it is set on the resource itself. Where it is not, Kafka
 * takes the default of the property, not what holds by some layer in between.
 */
function setList(wanted: Settings, name: string): readonly string[] | undefined {
  const text = wanted.get(name);
  return text === '' ? [] : text?.split(',').map((element) => element.trim());
}

/** What is wrong with the settings that the resource would have. */
function settingsRefusal(
  context: CommandContext,
  resource: ConfigResource,
  wanted: Settings,
): Refusal | undefined {
  const { resourceName: name } = resource;
  if (resource.resourceType === resourceType.broker) {
    const problem = context.config.dynamicProblem(wanted, name !== '');
    if (problem !== undefined) return refusal(ErrorCode.INVALID_REQUEST, problem);
    return elrRefusal(context, name, wanted);
  }
  if (name === '') return refusal(ErrorCode.INVALID_REQUEST, 'Default topic resources are not allowed.');
  const nameProblem = topicNameProblem(name);
  if (nameProblem !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, nameProblem);
  const problem = context.config.topicProblem(wanted);
  if (problem !== undefined) return refusal(ErrorCode.INVALID_CONFIG, problem);
  if (context.image.topic(name) !== undefined) return undefined;
  return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${name}' does not exist.`);
}

/** With eligible leader replicas everybody must mean the same minimum: the cluster has one, and no broker its own. */
function elrRefusal(context: CommandContext, broker: string, wanted: Settings): Refusal | undefined {
  if (!elrEnabled(context)) return undefined;
  if (broker === '' && !wanted.has(minInsyncReplicas)) {
    const message = `Cluster-level ${minInsyncReplicas} cannot be removed while ELR is enabled.`;
    return refusal(ErrorCode.INVALID_CONFIG, message);
  }
  if (broker === '' || !wanted.has(minInsyncReplicas)) return undefined;
  const message = `Broker-level ${minInsyncReplicas} cannot be altered while ELR is enabled.`;
  return refusal(ErrorCode.INVALID_CONFIG, message);
}

/** Records from one set of settings to another, by name; what stays the same needs none. */
function differences(
  context: CommandContext,
  resource: ConfigResource,
  current: Settings,
  wanted: Settings,
): MetadataRecord[] {
  const { resourceType: type, resourceName } = resource;
  const names = [...new Set([...current.keys(), ...wanted.keys()])]
    .sort()
    .filter((name) => current.get(name) !== wanted.get(name));
  const records: MetadataRecord[] = names.map((name) => ({
    kind: 'config',
    body: { resourceType: type, resourceName, name, value: wanted.get(name) ?? null },
  }));
  // Who was eligible under another minimum may lack what is committed under the new one.
  if (elrEnabled(context) && names.includes(minInsyncReplicas)) {
    const topicName = type === resourceType.topic ? resourceName : '';
    records.push({ kind: 'clear-elr', body: { topicName } });
  }
  return records;
}
