// The configuration of one broker: typed values from layers of text. A properties file is judged as a whole
// when the broker starts, every problem is told at once, and a name that nobody knows is a warning, as with
// Kafka. Later changes arrive through the metadata log as dynamic layers and give a new, equally immutable
// configuration.

import { present } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import {
  alternativesOf,
  type BrokerPropertyName,
  type BrokerPropertyValue,
  brokerProperties,
  brokerProperty,
  brokerPropertyNames,
} from './broker-properties.ts';
import { type ConfigEntry, configSource, entry, Layers, type Texts } from './layers.ts';
import { type ListenerAddress, type NodeListeners, nodeListeners } from './listeners.ts';
import { acceptValue, canonicalText, defaultValue, type Property, type PropertyValue } from './property.ts';
import { type Membership, membership, type Roles, type Voter } from './roles.ts';
import { TopicConfig, topicProblem } from './topic-config.ts';
import { topicProperty } from './topic-properties.ts';

const nothing: Texts = new Map();

export class BrokerConfig {
  /** What was said and is not listened to: unknown names, and dynamic values that do not fit any more. */
  readonly warnings: readonly string[];
  readonly #layers: Layers;
  readonly #values: Map<string, PropertyValue>;
  readonly #place: Place;

  private constructor(
    layers: Layers,
    values: Map<string, PropertyValue>,
    place: Place,
    warnings: readonly string[],
  ) {
    this.#layers = layers;
    this.#values = values;
    this.#place = place;
    this.warnings = warnings;
  }

  /** Judges the entries of a properties file; the error is every problem, each naming its property. */
  static parse(entries: Texts): Outcome<BrokerConfig, string[]> {
    const problems: string[] = [];
    const warnings: string[] = [];
    for (const [name, given] of entries) {
      const property = brokerProperty(name);
      if (property === undefined) {
        warnings.push(`${name} is not a property that this broker knows`);
        continue;
      }
      const accepted = acceptValue(name, property, given);
      if (!accepted.ok) problems.push(accepted.error);
    }
    const layers = new Layers(settle(entries), nothing, nothing);
    const values = valuesOf(layers);
    problems.push(...contradictions(entries, values));
    const place = placeOf(values);
    if (!place.ok) problems.push(...place.error);
    if (problems.length > 0 || !place.ok) return failure(problems);
    return success(new BrokerConfig(layers, values, place.value, warnings));
  }

  get roles(): Roles {
    return this.#place.roles;
  }

  /** The controllers with a vote; empty for a node that is a quorum of itself. */
  get voters(): readonly Voter[] {
    return this.#place.voters;
  }

  /** Where clients and other brokers come in; only a broker has it. */
  get listener(): ListenerAddress {
    return present(this.#place.clients, 'the listener for clients of a broker');
  }

  get advertisedListener(): ListenerAddress | undefined {
    return this.#place.advertised;
  }

  /** Where brokers and other controllers come in, if anybody does. */
  get controllerListener(): ListenerAddress | undefined {
    return this.#place.controllers;
  }

  get<N extends BrokerPropertyName>(name: N): BrokerPropertyValue<N> {
    return this.#values.get(name) as BrokerPropertyValue<N>;
  }

  /** The directory of the logs. */
  get logDirectory(): string {
    return this.get('log.dirs')?.[0] ?? this.get('log.dir');
  }

  /**
   * The same properties file under other dynamic layers; values that do not fit are left out with a warning.
   */
  withDynamic(clusterDefault: Texts, broker: Texts): BrokerConfig {
    const warnings = this.warnings.filter((warning) => !warning.startsWith('dynamic'));
    const layers = new Layers(
      this.#layers.staticBroker,
      fitting(clusterDefault, warnings),
      fitting(broker, warnings),
    );
    return new BrokerConfig(layers, valuesOf(layers), this.#place, warnings);
  }

  /** Every broker property, sorted by name, as DescribeConfigs tells it. */
  entries(): ConfigEntry[] {
    const entries: ConfigEntry[] = [];
    for (const name of brokerPropertyNames()) {
      const property = brokerProperties[name];
      const candidates = this.#layers.candidates(alternativesOf(name));
      const own = this.#layers.candidates([name])[0];
      if (property.internal && (own === undefined || own.source === configSource.default)) continue;
      const from = candidates.findIndex((candidate) => candidate.name === name);
      const synonyms = (from < 0 ? [] : candidates.slice(from)).map(({ name, text, source }) => ({
        name,
        value: canonicalText(present(brokerProperty(name), name), text),
        source,
      }));
      entries.push(entry(name, property, own?.text ?? null, synonyms, property.update === 'read-only'));
    }
    return entries;
  }

  /** The dynamic default of the cluster alone: what DescribeConfigs tells for the broker without a name. */
  dynamicDefaultEntries(): ConfigEntry[] {
    const set = this.#layers.dynamicDefault;
    return this.entries().flatMap((one) => {
      const text = set.get(one.name);
      if (text === undefined) return [];
      const synonyms = one.synonyms.filter((synonym) => synonym.source === configSource.dynamicDefault);
      return [{ ...one, value: one.sensitive ? null : text, source: configSource.dynamicDefault, synonyms }];
    });
  }

  // ---- topics

  topic(overrides: Texts): TopicConfig {
    return new TopicConfig(this.#layers, overrides);
  }

  /** What is wrong with the overrides of a topic; undefined when nothing is. */
  topicProblem(overrides: ReadonlyMap<string, string | null>): string | undefined {
    return topicProblem(this.#layers, overrides);
  }

  /** What a list holds by default, whatever this node's file says; undefined for what is no list. */
  topicListDefault(name: string): readonly string[] | undefined {
    return listDefault(topicProperty(name));
  }

  // ---- dynamic changes of brokers

  /** As of topics. */
  brokerListDefault(name: string): readonly string[] | undefined {
    return listDefault(brokerProperty(name));
  }

  /** What is wrong with a dynamic layer; `perBroker` is false for the cluster-wide default. */
  dynamicProblem(layer: Texts, perBroker: boolean): string | undefined {
    for (const [name, given] of layer) {
      const property = brokerProperty(name);
      // Kafka takes names that it does not know, for the sake of plugins. Here they could only be ignored.
      if (property === undefined) return `Unknown broker config name: ${name}`;
      if (property.update === 'read-only') return `Cannot update these configs dynamically: ${name}`;
      if (property.update === 'per-broker' && !perBroker) {
        return `Cannot update these configs at default cluster level, broker id must be specified: ${name}`;
      }
      const accepted = acceptValue(name, property, given);
      if (!accepted.ok) return accepted.error;
    }
    return undefined;
  }
}

function listDefault(property: Property | undefined): readonly string[] | undefined {
  if (property?.type !== 'list') return undefined;
  return (defaultValue(property) as readonly string[] | null) ?? [];
}

/** What the node is, and where it listens. */
type Place = Membership & NodeListeners;

/** `broker.id` is an older name of `node.id`: either sets both. */
function settle(entries: Texts): Texts {
  const settled = new Map(entries);
  const brokerId = entries.get('broker.id');
  const nodeId = entries.get('node.id');
  if (nodeId === undefined && brokerId !== undefined) settled.set('node.id', brokerId);
  if (brokerId === undefined && nodeId !== undefined) settled.set('broker.id', nodeId);
  return settled;
}

function valuesOf(layers: Layers): Map<string, PropertyValue> {
  const values = new Map<string, PropertyValue>();
  for (const name of brokerPropertyNames()) {
    const property = brokerProperties[name];
    const first = layers.candidates([name])[0];
    const accepted = first === undefined ? undefined : acceptValue(name, property, first.text);
    values.set(name, accepted?.ok ? accepted.value : defaultValue(property));
  }
  return values;
}

/**
 * Drops what a dynamic layer says and this broker cannot take: the metadata log may be older than the broker.
 */
function fitting(layer: Texts, warnings: string[]): Texts {
  const fits = new Map<string, string>();
  for (const [name, given] of layer) {
    const property = brokerProperty(name);
    const accepted =
      property === undefined ? failure(`unknown: ${name}`) : acceptValue(name, property, given);
    if (accepted.ok) fits.set(name, given);
    else warnings.push(`dynamic configuration ignored: ${accepted.error}`);
  }
  return fits;
}

function placeOf(values: Map<string, PropertyValue>): Outcome<Place, string[]> {
  const texts = (name: BrokerPropertyName) => (values.get(name) as readonly string[] | null) ?? [];
  const roles = texts('process.roles');
  const listeners = nodeListeners(
    {
      listeners: texts('listeners'),
      advertised: texts('advertised.listeners'),
      controllerNames: texts('controller.listener.names').map((name) => name.toUpperCase()),
      protocols: texts('listener.security.protocol.map'),
    },
    roles.includes('broker') || !roles.includes('controller'),
  );
  const member = membership({
    nodeId: values.get('node.id') as number,
    roles,
    voters: texts('controller.quorum.voters'),
    listensForControllers: !listeners.ok || listeners.value.controllers !== undefined,
  });
  const problems = [...(member.ok ? [] : member.error), ...(listeners.ok ? [] : listeners.error)];
  if (!member.ok || !listeners.ok) return failure(problems);
  return success({ ...member.value, ...listeners.value });
}

/** What no single row can see. */
function contradictions(entries: Texts, values: Map<string, PropertyValue>): string[] {
  const problems: string[] = [];
  const nodeId = entries.get('node.id')?.trim();
  const brokerId = entries.get('broker.id')?.trim();
  if (nodeId !== undefined && brokerId !== undefined && nodeId !== brokerId) {
    problems.push(`node.id (${nodeId}) and broker.id (${brokerId}) must be the same`);
  }
  const number = (name: BrokerPropertyName) => values.get(name) as number;
  if (number('node.id') < 0) problems.push(`broker.id=${number('node.id')} must be at least 0`);
  if (number('group.min.session.timeout.ms') > number('group.max.session.timeout.ms')) {
    problems.push('group.min.session.timeout.ms is above group.max.session.timeout.ms');
  }
  if (number('log.cleaner.min.compaction.lag.ms') > number('log.cleaner.max.compaction.lag.ms')) {
    problems.push('log.cleaner.min.compaction.lag.ms is above log.cleaner.max.compaction.lag.ms');
  }
  return problems;
}
