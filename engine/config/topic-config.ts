// The configuration of one topic: its own overrides over the broker properties that stand in for them.

import { present } from '../base/assert.ts';
import { brokerProperty } from './broker-properties.ts';
import { type ConfigEntry, configSource, entry, type Layers, type Texts } from './layers.ts';
import { acceptValue, canonicalText, defaultValue, type PropertyValue, parseValue } from './property.ts';
import {
  brokerSynonyms,
  type TopicPropertyName,
  type TopicPropertyValue,
  topicProperties,
  topicProperty,
  topicPropertyNames,
} from './topic-properties.ts';

interface Stated {
  readonly name: string;
  readonly text: string;
  readonly source: number;
  /** Milliseconds in one unit of the text. */
  readonly factor: number;
}

export class TopicConfig {
  /** What was set on the topic itself. */
  readonly overrides: Texts;
  readonly #layers: Layers;
  readonly #values = new Map<string, PropertyValue>();

  /** Overrides are taken as they are: `topicProblem` judges them before they become records. */
  constructor(layers: Layers, overrides: Texts) {
    this.#layers = layers;
    this.overrides = overrides;
    for (const name of topicPropertyNames()) this.#values.set(name, this.#resolve(name));
  }

  get<N extends TopicPropertyName>(name: N): TopicPropertyValue<N> {
    // null is a value: that of a property that nobody set.
    return this.#values.get(name) as TopicPropertyValue<N>;
  }

  /** The size at which a segment is closed: for tests there is a property without the lower bound. */
  segmentBytes(): number {
    return this.get('internal.segment.bytes') ?? this.get('segment.bytes');
  }

  /** Every property, sorted by name, as DescribeConfigs and CreateTopics tell it. */
  entries(): ConfigEntry[] {
    const entries: ConfigEntry[] = [];
    for (const name of topicPropertyNames()) {
      const stated = this.#stated(name);
      const property = topicProperties[name];
      if (property.internal && stated.length === 0) continue;
      const synonyms = stated.map(({ name, text, source }) => ({ name, value: text, source }));
      entries.push(entry(name, property, this.#text(name, stated), synonyms, false));
    }
    return entries;
  }

  #resolve(name: TopicPropertyName): PropertyValue {
    const first = this.#stated(name)[0];
    const property = topicProperties[name];
    if (first === undefined) return defaultValue(property);
    if (first.source === configSource.topic) {
      const parsed = parseValue(property, first.text);
      return parsed.ok ? parsed.value : defaultValue(property);
    }
    const parsed = parseValue(present(brokerProperty(first.name), first.name), first.text);
    if (!parsed.ok) return defaultValue(property);
    return typeof parsed.value === 'number' ? inMs(parsed.value, first.factor) : parsed.value;
  }

  #text(name: TopicPropertyName, stated: readonly Stated[]): string | null {
    const first = stated[0];
    if (first === undefined) return topicProperties[name].defaultText;
    return first.factor === 1 ? first.text : String(inMs(Number(first.text), first.factor));
  }

  /** Everything that is said about the property, strongest first. */
  #stated(name: TopicPropertyName): Stated[] {
    const stated: Stated[] = [];
    const override = this.overrides.get(name);
    if (override !== undefined) {
      const text = canonicalText(topicProperties[name], override);
      stated.push({ name, text, source: configSource.topic, factor: 1 });
    }
    const synonyms = brokerSynonyms[name] ?? [];
    for (const candidate of this.#layers.candidates(synonyms.map((synonym) => synonym.name))) {
      const synonym = present(
        synonyms.find((one) => one.name === candidate.name),
        candidate.name,
      );
      const text = canonicalText(present(brokerProperty(candidate.name), candidate.name), candidate.text);
      stated.push({ ...candidate, text, factor: synonym.factor });
    }
    return stated;
  }
}

/** Hours and minutes below zero mean "for ever", which in milliseconds is -1. */
function inMs(value: number, factor: number): number {
  return factor !== 1 && value < 0 ? -1 : value * factor;
}

/** What is wrong with the overrides of a topic, as Kafka would say no; undefined when nothing is. */
export function topicProblem(
  layers: Layers,
  overrides: ReadonlyMap<string, string | null>,
): string | undefined {
  const nulls = [...overrides].filter(([, value]) => value === null).map(([name]) => name);
  if (nulls.length > 0) return `null is not a value for ${nulls.join(', ')}`;
  const texts = overrides as Texts;
  for (const name of texts.keys()) {
    if (topicProperty(name) === undefined) return `Unknown topic config name: ${name}`;
  }
  for (const [name, text] of texts) {
    const accepted = acceptValue(name, present(topicProperty(name), name), text);
    if (!accepted.ok) return accepted.error;
  }
  const config = new TopicConfig(layers, texts);
  const shortest = config.get('min.compaction.lag.ms');
  const longest = config.get('max.compaction.lag.ms');
  return shortest > longest
    ? `min.compaction.lag.ms (${shortest}) is above max.compaction.lag.ms (${longest})`
    : undefined;
}
