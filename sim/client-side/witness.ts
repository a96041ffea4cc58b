// A witness: one anomaly in the words and numbers of the history, so that a person can look it up.

import type { AnomalyType } from './anomalies.ts';
import { type Ledger, outcomes, type ValueName } from './ledger.ts';
import type { Orders } from './orders.ts';
import type { Sighting } from './sightings.ts';

export interface Witness {
  readonly prose: string;
  /** null where an anomaly has no single key. */
  readonly key: string | null;
  readonly values: readonly ValueName[];
  readonly offsets: readonly number[];
  readonly operations: readonly WitnessOperation[];
}

export interface WitnessOperation {
  /** The `index` of its completion, else its line. */
  readonly index: number;
  readonly process: string;
  readonly what: string;
}

/** Names told of one witness; of more, the first. */
const namesMax = 32;

export function witnessOf(ledger: Ledger, orders: Orders, type: AnomalyType, sighting: Sighting): Witness {
  const words = new Words(ledger, orders, sighting);
  return {
    prose: prose[type](words),
    key: sighting.key < 0 ? null : ledger.keys.name(sighting.key),
    values: sighting.values
      .filter((value) => value >= 0)
      .slice(0, namesMax)
      .map((value) => ledger.nameOf(value)),
    offsets: sighting.offsets ?? [],
    operations: sighting.operations.slice(0, namesMax).map((operation) => operationOf(ledger, operation)),
  };
}

function operationOf(ledger: Ledger, operation: number): WitnessOperation {
  return {
    index: ledger.index(operation),
    process: ledger.processes.name(ledger.process(operation)),
    what: `${ledger.action(operation)} ${outcomes[ledger.outcome(operation)]}`,
  };
}

const prose: Readonly<Record<AnomalyType, (words: Words) => string>> = {
  duplicate: (is) => `${is.value(0)} stands in ${is.key} at the offsets ${is.offsets()}`,
  'duplicate-nonzero': (is) =>
    `${is.value(0)} stands in ${is.key} at the offsets ${is.offsets()}, not counting 0`,
  'inconsistent-offsets': (is) =>
    `${is.key} has at offset ${is.offsets()} more than one value: ${is.values()}`,
  G1a: (is) =>
    `${is.operation(1)} read ${is.value(0)} from ${is.key}, but ${is.operation(0)}, which sent it, had failed`,
  'precommitted-read': (is) =>
    `${is.operation(0)} read ${is.value(0)} from ${is.key}, which it sent itself and had not committed yet`,
  'lost-write': (is) =>
    `${is.operation(0)} sent ${is.value(0)} to ${is.key} (offset ${is.offset(0)}) and nobody ever read it, although` +
    ` ${is.operation(1)} read as far as ${is.value(1)} (offset ${is.offset(1)})`,
  unseen: (is) => `${is.count()} acknowledged values of ${is.key} were never read: ${is.values()}`,
  'poll-skip': (is) =>
    `${is.operation(1)} read ${is.place(1)} of ${is.key} after ${is.operation(0)} had read ${is.place(0)},` +
    ` leaving out ${is.skipped()}`,
  'nonmonotonic-poll': (is) =>
    `${is.operation(1)} read ${is.place(1)} of ${is.key}, which does not stand behind ${is.place(0)}, where` +
    ` ${is.operation(0)} of the same process had left off`,
  'int-poll-skip': (is) =>
    `${is.operation(0)} read ${is.place(0)} of ${is.key} and then ${is.place(1)}, leaving out ${is.skipped()}`,
  'int-nonmonotonic-poll': (is) =>
    `${is.operation(0)} read ${is.place(0)} of ${is.key} and then ${is.place(1)}, which does not stand behind it`,
  'nonmonotonic-send': (is) =>
    `${is.operation(1)} sent ${is.place(1)} to ${is.key}, which does not stand behind ${is.place(0)}, sent before by` +
    ` ${is.operation(0)} of the same process`,
  'int-nonmonotonic-send': (is) =>
    `${is.operation(0)} sent ${is.place(0)} to ${is.key} and then ${is.place(1)}, which does not stand behind it`,
  'int-send-skip': (is) =>
    `${is.operation(0)} sent ${is.place(0)} to ${is.key} and then ${is.place(1)}, and between them stands` +
    ` ${is.skipped()}`,
  G0: (is) => is.cycle(),
  'G0-process': (is) => is.cycle(),
  'G0-realtime': (is) => is.cycle(),
  G1c: (is) => is.cycle(),
  'G1c-process': (is) => is.cycle(),
  'G1c-realtime': (is) => is.cycle(),
  'PL-1-cycle-exists': (is) => is.component(),
  'PL-2-cycle-exists': (is) => is.component(),
  'strong-session-PL-1-cycle-exists': (is) => is.component(),
  'strong-session-PL-2-cycle-exists': (is) => is.component(),
  'strong-PL-1-cycle-exists': (is) => is.component(),
  'strong-PL-2-cycle-exists': (is) => is.component(),
  'no-writer': (is) =>
    `${is.operation(0)} read ${is.value(0)} from ${is.key}${is.atOffset()}, and no operation of the history sent it`,
};

class Words {
  readonly key: string;
  readonly #ledger: Ledger;
  readonly #orders: Orders;
  readonly #sighting: Sighting;

  constructor(ledger: Ledger, orders: Orders, sighting: Sighting) {
    this.#ledger = ledger;
    this.#orders = orders;
    this.#sighting = sighting;
    this.key = sighting.key < 0 ? '' : `key ${ledger.keys.name(sighting.key)}`;
  }

  value(place: number): string {
    return this.#name(this.#sighting.values[place] as number);
  }

  values(): string {
    return this.#list(this.#sighting.values);
  }

  count(): number {
    return this.#sighting.values.length;
  }

  skipped(): string {
    const { skipped = [], weight } = this.#sighting;
    return this.#list(skipped, weight - 1);
  }

  offset(place: number): number {
    return this.#sighting.offsets?.[place] ?? -1;
  }

  offsets(): string {
    return (this.#sighting.offsets ?? []).slice(0, namesMax).join(', ');
  }

  atOffset(): string {
    const offset = this.offset(0);
    return offset < 0 ? '' : ` at offset ${offset}`;
  }

  /** A value with the offset at which the log has it. */
  place(place: number): string {
    const value = this.#sighting.values[place] as number;
    const index = this.#orders.index[value] as number;
    const offset = this.#orders.byKey[this.#ledger.keyOf(value)]?.offsets[index];
    return offset === undefined ? this.#name(value) : `${this.#name(value)} (offset ${offset})`;
  }

  operation(place: number): string {
    return this.#operation(this.#sighting.operations[place] as number);
  }

  /** Each operation of the cycle, and why it comes before the next. */
  cycle(): string {
    const { operations, values, steps = [] } = this.#sighting;
    const parts = operations.map((operation, place) => {
      const next = this.#operation(operations[(place + 1) % operations.length] as number);
      const step = steps[place];
      const value = values[place] as number;
      const name = value < 0 ? '' : this.#name(value);
      const key = value < 0 ? '' : `key ${this.#ledger.keys.name(this.#ledger.keyOf(value))}`;
      const from = this.#operation(operation);
      if (step === 'ww')
        return `${from} wrote to ${key} what stands right before ${name}, which ${next} wrote`;
      if (step === 'wr') return `${from} wrote ${name} to ${key}, which ${next} read`;
      if (step === 'process') return `${from} came before ${next} in the same process`;
      return `${from} had ended when ${next} began`;
    });
    return `${parts.join('; ')}: a cycle`;
  }

  component(): string {
    const { operations } = this.#sighting;
    const some = operations.slice(0, 8).map((operation) => this.#operation(operation));
    return `${operations.length} operations depend on one another in circles, among them ${some.join(', ')}`;
  }

  #operation(operation: number): string {
    const { index, process, what } = operationOf(this.#ledger, operation);
    return `operation ${index} (${what}, process ${process})`;
  }

  #name(value: number): string {
    return String(this.#ledger.nameOf(value));
  }

  #list(values: readonly number[], count = values.length): string {
    const told = values.slice(0, 8).map((value) => this.#name(value));
    return count > told.length ? `${told.join(', ')} and ${count - told.length} more` : told.join(', ');
  }
}
