// The configuration in effect, by topic and moment: what the scenario gave to the brokers and topics, and what was
// changed while the run went on (`config-changed`, told by every broker when it has read the change).
//
// Between the commit of a change and the last broker that reads it both values are in effect, somewhere. So the
// question is always which values a setting may have had between two steps. Where nobody told what the brokers were
// started with, a setting may have had any: then the answer is undefined, and nothing follows from it.

import type { TracedEvent } from '../material.ts';

/** What brokers and topics of a run began with, by Kafka's property names. */
export interface GivenConfiguration {
  readonly broker: Readonly<Record<string, string>>;
  readonly topics: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** An operator asks for unclean elections by hand, which no setting forbids. */
  readonly electsUncleanly: boolean;
}

/** The settings that promises rest on: the topic's name, the broker's name for its default, and Kafka's default. */
const settings = {
  'cleanup.policy': { broker: 'log.cleanup.policy', fallback: 'delete' },
  'retention.bytes': { broker: 'log.retention.bytes', fallback: '-1' },
  'retention.ms': { broker: 'log.retention.ms', fallback: '604800000' },
  'min.insync.replicas': { broker: 'min.insync.replicas', fallback: '1' },
  'unclean.leader.election.enable': { broker: 'unclean.leader.election.enable', fallback: 'false' },
  'flush.messages': { broker: 'log.flush.interval.messages', fallback: '9223372036854775807' },
} as const;

export type Setting = keyof typeof settings;

interface Change {
  readonly value: string;
  readonly firstStep: number;
  /** When the last broker told of it. */
  lastStep: number;
}

export class EffectiveConfiguration {
  readonly #given: GivenConfiguration | undefined;
  /** By resource and key, in the order of steps. */
  readonly #changes = new Map<string, Change[]>();

  constructor(given: GivenConfiguration | undefined, events: readonly TracedEvent[]) {
    this.#given = given;
    for (const { step, event } of events) {
      if (event.kind !== 'config-changed') continue;
      const key = `${event['resource']} ${event['key']}`;
      const changes = this.#changes.get(key) ?? [];
      this.#changes.set(key, changes);
      const value = String(event['value']);
      const last = changes.at(-1);
      if (last?.value === value) last.lastStep = step;
      else changes.push({ value, firstStep: step, lastStep: step });
    }
  }

  get electsUncleanly(): boolean {
    return this.#given?.electsUncleanly ?? true;
  }

  /** The values that a setting of a topic may have had somewhere between two steps; undefined when nobody knows. */
  between(
    topic: string,
    setting: Setting,
    fromStep: number,
    toStep: number,
  ): ReadonlySet<string> | undefined {
    const given = this.#given;
    if (given === undefined) return undefined;
    const { broker, fallback } = settings[setting];
    const own = this.#series(`topic:${topic} ${setting}`, fromStep, toStep);
    const values = new Set(own.values);
    const atFirst = given.topics[topic]?.[setting];
    if (own.mayBeUnchanged && atFirst !== undefined) values.add(atFirst);
    // An empty value takes the topic's own setting away: the broker's counts again.
    const asBroker = values.delete('') || (own.mayBeUnchanged && atFirst === undefined);
    if (asBroker) {
      for (const resource of [...this.#changes.keys()].filter((key) => key.startsWith('broker:'))) {
        if (!resource.endsWith(` ${broker}`)) continue;
        for (const value of this.#series(resource, fromStep, toStep).values) {
          if (value !== '') values.add(value);
        }
      }
      // Which broker has which of its own settings is not asked: what they began with may be in effect at any time.
      values.add(given.broker[broker] ?? fallback);
    }
    return values;
  }

  /** Whether a setting had this one value everywhere between two steps, as far as is known. */
  always(topic: string, setting: Setting, value: string, fromStep: number, toStep: number): boolean {
    const values = this.between(topic, setting, fromStep, toStep);
    return values?.size === 1 && values.has(value);
  }

  /** Whether a setting may have had a value between two steps. */
  maybe(topic: string, setting: Setting, value: string, fromStep: number, toStep: number): boolean {
    return this.between(topic, setting, fromStep, toStep)?.has(value) ?? true;
  }

  /** A setting of brokers that no broker changes while it runs; undefined when nobody told what they began with. */
  ofBrokers(property: string, fallback: string): string | undefined {
    return this.#given === undefined ? undefined : (this.#given.broker[property] ?? fallback);
  }

  /** `flush.messages=1`, for people; nothing when it is not known. */
  inWords(topic: string, setting: Setting, step: number): string[] {
    const values = this.between(topic, setting, step, step);
    return values === undefined ? [] : [`${setting}=${[...values].join(' or ')}`];
  }

  /** Changes in effect between two steps, and whether what was before the first of them may be as well. */
  #series(key: string, fromStep: number, toStep: number): { values: string[]; mayBeUnchanged: boolean } {
    const changes = this.#changes.get(key) ?? [];
    const values: string[] = [];
    for (const [index, { value, firstStep }] of changes.entries()) {
      const replaced = changes[index + 1]?.lastStep ?? Number.MAX_SAFE_INTEGER;
      if (firstStep <= toStep && replaced >= fromStep) values.push(value);
    }
    return { values, mayBeUnchanged: changes.length === 0 || (changes[0] as Change).lastStep >= fromStep };
  }
}
