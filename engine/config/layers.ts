// The layers in which broker properties are set, from weakest to strongest: the default, the properties file,
// the dynamic default of the cluster, the dynamic configuration of this broker. Whoever wants a value asks
// for the candidates in order of precedence; the first one counts, and the list is what DescribeConfigs calls
// synonyms.
//
// Where Kafka differs: its list for a property with stand-ins in other units (`retention.ms`) is cut at the
// first entry that does not carry the preferred name, so that `log.retention.hours=1` shows as a default with
// no synonyms. Here the list is whole and the source is the true one.

import { brokerProperty } from './broker-properties.ts';
import { canonicalText, type Property, typeCodes } from './property.ts';

/** Where a value comes from, by the numbers of DescribeConfigs. */
export const configSource = {
  topic: 1,
  dynamicBroker: 2,
  dynamicDefault: 3,
  staticBroker: 4,
  default: 5,
} as const;

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

/** One property as DescribeConfigs and CreateTopics tell it. */
export interface ConfigEntry {
  readonly name: string;
  /** Null when nothing is set, and when it is sensitive. */
  readonly value: string | null;
  readonly source: number;
  readonly readOnly: boolean;
  readonly sensitive: boolean;
  readonly type: number;
  readonly documentation: string;
  /** In order of precedence; the first one is where the value comes from. */
  readonly synonyms: readonly ConfigSynonym[];
}

export type Texts = ReadonlyMap<string, string>;

export interface Candidate {
  readonly name: string;
  readonly text: string;
  readonly source: number;
}

export class Layers {
  readonly staticBroker: Texts;
  readonly dynamicDefault: Texts;
  readonly dynamicBroker: Texts;

  constructor(staticBroker: Texts, dynamicDefault: Texts, dynamicBroker: Texts) {
    this.staticBroker = staticBroker;
    this.dynamicDefault = dynamicDefault;
    this.dynamicBroker = dynamicBroker;
  }

  /**
   * All that is set for any of `names`, strongest first. Names come in order of precedence and count before
   * layers; only the first name of a group can be changed dynamically, so Kafka's order (layers first) gives
   * the same winner.
   */
  candidates(names: readonly string[]): Candidate[] {
    const found: Candidate[] = [];
    for (const name of names) {
      this.#add(found, name, this.dynamicBroker.get(name), configSource.dynamicBroker);
      this.#add(found, name, this.dynamicDefault.get(name), configSource.dynamicDefault);
      this.#add(found, name, this.staticBroker.get(name), configSource.staticBroker);
    }
    for (const name of names) {
      const usual = brokerProperty(name)?.defaultText;
      this.#add(found, name, usual ?? undefined, configSource.default);
    }
    return found;
  }

  #add(found: Candidate[], name: string, text: string | undefined, source: number): void {
    if (text !== undefined) found.push({ name, text, source });
  }
}

export function entry(
  name: string,
  property: Property,
  value: string | null,
  synonyms: readonly ConfigSynonym[],
  readOnly: boolean,
): ConfigEntry {
  const sensitive = property.type === 'password';
  return {
    name,
    value: sensitive || value === null ? null : canonicalText(property, value),
    source: synonyms[0]?.source ?? configSource.default,
    readOnly,
    sensitive,
    type: typeCodes[property.type],
    documentation: property.doc,
    synonyms: sensitive ? synonyms.map((synonym) => ({ ...synonym, value: null })) : synonyms,
  };
}
