// The books of a mass run: which records were sent, which of them the broker acknowledged, which came back. A
// record is known by its number; key and value follow from it, so that damage shows without a copy being
// kept.

/** What every record of a run looks like. */
export interface Plan {
  readonly count: number;
  readonly valueBytes: number;
}

const filler = 'the quick brown broker jumps over the lazy disk 0123456789 '.repeat(100);

export function keyOf(number: number): string {
  return `k${number}`;
}

/** Starts with the number and goes on with text that differs from record to record, yet compresses. */
export function textOf(plan: Plan, number: number): string {
  const head = `${number}:`;
  const from = (number * 7919) % 59;
  return head + filler.slice(from, from + Math.max(0, plan.valueBytes - head.length));
}

export interface Account {
  readonly sent: number;
  readonly acknowledged: number;
  /** Records that came back, duplicates included. */
  readonly found: number;
  readonly duplicates: number;
  /** Acknowledged, and not there. */
  readonly lost: number;
  /** Behind one of the same partition that was sent later. */
  readonly outOfOrder: number;
  /** Other bytes than were sent. */
  readonly damaged: number;
}

const isAcknowledged = 1;
const isFound = 2;

export class Ledger {
  readonly plan: Plan;
  readonly #marks: Uint8Array;
  readonly #lastByPartition = new Map<number, number>();
  #sent = 0;
  #acknowledged = 0;
  #found = 0;
  #duplicates = 0;
  #outOfOrder = 0;
  #damaged = 0;
  #milestones: { readonly at: number; readonly reached: () => void }[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
    this.#marks = new Uint8Array(plan.count);
  }

  /** `count` more are handed to the client: from now on they may or may not be in the log. */
  sent(count: number): void {
    this.#sent += count;
    const passed = this.#milestones.filter(({ at }) => at <= this.#sent);
    this.#milestones = this.#milestones.filter(({ at }) => at > this.#sent);
    for (const { reached } of passed) reached();
  }

  /** The records `first` to `first + count - 1` are promised by the broker. */
  acknowledged(first: number, count: number): void {
    for (let number = first; number < first + count; number++) {
      if (((this.#marks[number] as number) & isAcknowledged) !== 0) continue;
      (this.#marks[number] as number) |= isAcknowledged;
      this.#acknowledged++;
    }
  }

  /** Settles once `at` records are sent: the last of them are then on their way. */
  milestone(at: number): Promise<void> {
    return new Promise((reached) => {
      this.#milestones.push({ at, reached });
      this.sent(0);
    });
  }

  found(partition: number, key: string, value: string): void {
    this.#found++;
    const number = Number(key.slice(1));
    const known = Number.isInteger(number) && number >= 0 && number < this.plan.count;
    if (!known || key !== keyOf(number) || value !== textOf(this.plan, number)) {
      this.#damaged++;
      return;
    }
    if (((this.#marks[number] as number) & isFound) !== 0) this.#duplicates++;
    (this.#marks[number] as number) |= isFound;
    const last = this.#lastByPartition.get(partition) ?? -1;
    if (number < last) this.#outOfOrder++;
    else this.#lastByPartition.set(partition, number);
  }

  account(): Account {
    let lost = 0;
    for (const mark of this.#marks) if (mark === isAcknowledged) lost++;
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      found: this.#found,
      duplicates: this.#duplicates,
      lost,
      outOfOrder: this.#outOfOrder,
      damaged: this.#damaged,
    };
  }
}
