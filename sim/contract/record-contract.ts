// What a run owes to each record that was sent: whether it must survive, may stand twice, may stand in another order.
// Derived once from the record's own settings (acks, idempotence, requests in flight, retries), from the configuration
// in effect at its time, and from the faults that really happened; every checker of records asks here. What one clause
// permits it says why, and by which fault.
//
//   survives     what was acknowledged must, unless the loss budget (losses.ts) names who took it away
//   duplicates   never of an idempotent session, nor of what is known to have been sent once
//   order        kept by an idempotent session; by any other with one request in flight, or as long as nothing was
//                sent again, no leader moved and nothing was held up
//
// An idempotent session with several requests in flight has a hole in both (overtaking.ts): where a leader that knew
// nothing of the producer took a later batch first.
//
// What its application sent again is for its producer another record: nothing is promised of the two.

import type { Effect } from '../material.ts';
import type { PartitionState } from '../monitor/partition-state.ts';
import type { Moment, SendOperation } from '../record/history.ts';
import {
  type Because,
  because,
  blaming,
  effectInWords,
  endOf,
  explaining,
  feltBy,
  hurts,
  witnessOf,
} from './because.ts';
import type { EffectiveConfiguration } from './configuration.ts';
import type { Excuse, Losses } from './losses.ts';
import type { Overtaking, Overtakings } from './overtaking.ts';

export interface Clause<T extends string> {
  readonly is: T;
  readonly because: Because;
}

export interface RecordContract {
  readonly record: SendOperation;
  readonly acks: -1 | 0 | 1;
  readonly idempotent: boolean;
  readonly outcome: SendOperation['outcome'];
  /** `removed`: by retention or DeleteRecords, as it was asked for. */
  readonly survives: Clause<'must' | 'may-vanish' | 'removed'>;
  readonly duplicates: Clause<'never' | 'may'>;
  readonly order: Clause<'kept' | 'may-be-reordered'>;
}

const never = Number.MAX_SAFE_INTEGER;

const numbered = ['enable.idempotence=true'];

/** How long what nothing holds up is under way at most, and how long it lingers when it was held up. */
const lingersUs = 1_000_000;

/**
 * Faults that end what is under way towards a node, and cannot make it come late. All others may: a cut holds bytes up,
 * a node that sleeps or whose disk is slow has them in a queue.
 */
const endsWhatIsUnderWay: ReadonlySet<string> = new Set([
  'crash',
  'power-loss',
  'wipe',
  'restart',
  'shutdown',
  'rolling-restart',
  'client-crash',
  'bit-rot',
]);

export class RecordContracts {
  readonly #losses: Losses;
  readonly #configuration: EffectiveConfiguration;
  readonly #overtakings: Overtakings;
  readonly #known = new Map<SendOperation, RecordContract>();

  constructor(losses: Losses, configuration: EffectiveConfiguration, overtakings: Overtakings) {
    this.#losses = losses;
    this.#configuration = configuration;
    this.#overtakings = overtakings;
  }

  of(record: SendOperation): RecordContract {
    const known = this.#known.get(record);
    if (known !== undefined) return known;
    const { acks, idempotent, outcome } = record;
    const contract: RecordContract = {
      record,
      acks,
      idempotent,
      outcome,
      survives: this.#survives(record),
      duplicates: this.#duplicates(record),
      order: this.#order(record),
    };
    this.#known.set(record, contract);
    return contract;
  }

  /**
   * The same question of a place instead of a record: whether what stood at `offset` since `step`, committed or
   * acknowledged with `acks`, may be missing or another.
   */
  place(acks: number, topic: string, partition: number, offset: number, step: number): Excuse {
    return this.#losses.excuse(acks, topic, partition, offset, step);
  }

  // ---- survives

  #survives(record: SendOperation): RecordContract['survives'] {
    const { outcome, topic, ackedPartition: partition, offset, acks, invoked, error } = record;
    if (outcome !== 'ok') {
      const told = outcome === 'failed' ? `its producer was told ${error}` : 'it was never acknowledged';
      return { is: 'may-vanish', because: because(told) };
    }
    if (offset >= 0 && this.#losses.trimmed(topic, partition, offset)) {
      return { is: 'removed', because: because('retention or DeleteRecords removed it') };
    }
    const excuse = this.#losses.excuse(acks, topic, partition, offset, invoked.step);
    const asked = this.#settingsOf(record);
    if (!excuse.lawful) return { is: 'must', because: because(excuse.because.prose, asked) };
    if (this.#wasSyncedFirst(record, excuse)) {
      const prose = 'every batch was synced before it was acknowledged: a power loss takes none';
      return { is: 'must', because: because(prose, asked) };
    }
    const settings = [...new Set([...asked, ...excuse.because.settings])];
    return { is: 'may-vanish', because: { ...excuse.because, settings } };
  }

  #settingsOf({ acks, topic, invoked }: SendOperation): string[] {
    const asked = `acks=${acks === -1 ? 'all' : acks}`;
    return [asked, ...this.#configuration.inWords(topic, 'min.insync.replicas', invoked.step)];
  }

  /**
   * flush.messages=1 all the while: whoever acknowledged had synced the record, and with acks=all so had the whole ISR.
   * This holds whether brokers told of their syncs or not: one that acknowledges first is found out by a power loss.
   * With acks=1 and replicas it says nothing: a deposed leader loses what it has on its platters.
   */
  #wasSyncedFirst(record: SendOperation, { because }: Excuse): boolean {
    const { acks, topic, ackedPartition, invoked, completed } = record;
    if (because.fault?.kind !== 'power-loss') return false;
    if (acks !== -1 && (acks === 0 || this.#losses.replicated(topic, ackedPartition) !== undefined))
      return false;
    const toStep = completed?.step ?? invoked.step;
    if (!this.#configuration.always(topic, 'flush.messages', '1', invoked.step, toStep)) return false;
    return this.#losses.lossy.every(({ fault }) => fault === 'power-loss');
  }

  // ---- duplicates

  #duplicates(record: SendOperation): RecordContract['duplicates'] {
    const { idempotent, sentAgain, attempts, outcome, retries } = record;
    if (sentAgain > 0) {
      return { is: 'may', because: because('its application sent it again, as another record') };
    }
    if (idempotent) {
      const renumbering = this.#overtakings.renumbering(record);
      if (renumbering === undefined) return { is: 'never', because: because('numbered', numbered) };
      const why = 'renumbered under a new epoch while it was under way';
      return { is: 'may', because: this.#overtaken(why, record, renumbering) };
    }
    // The number of attempts is known once the producer has told what became of the record.
    if (retries === 0) return { is: 'never', because: because('never sent again', ['retries=0']) };
    if (outcome !== 'pending' && attempts <= 1) return { is: 'never', because: because('it was sent once') };
    const times = outcome === 'pending' ? 'who knows how often' : `${attempts} times`;
    const effect = this.#disturbing(record);
    const settings = ['enable.idempotence=false', `acks=${record.acks === -1 ? 'all' : record.acks}`];
    if (effect === undefined) {
      return { is: 'may', because: because(`not numbered, sent ${times}`, settings) };
    }
    const prose = `not numbered, sent ${times} because of ${effectInWords(effect)}`;
    return { is: 'may', because: because(prose, settings, witnessOf(effect)) };
  }

  // ---- order

  #order(record: SendOperation): RecordContract['order'] {
    const { idempotent, sentAgain, maxInFlight, outcome, attempts, acks } = record;
    if (sentAgain > 0) {
      const prose = 'its application sent it again, as another record';
      return { is: 'may-be-reordered', because: because(prose) };
    }
    if (idempotent) {
      const overtaking = this.#overtakings.of(record);
      if (overtaking === undefined) return { is: 'kept', because: because('numbered', numbered) };
      return { is: 'may-be-reordered', because: this.#overtaken('overtaken', record, overtaking) };
    }
    const settings = [
      'enable.idempotence=false',
      `max.in.flight.requests.per.connection=${maxInFlight}`,
      `acks=${acks === -1 ? 'all' : acks}`,
    ];
    if (outcome !== 'ok') return this.#reordered('its outcome is not known', record, settings);
    if (maxInFlight <= 1) return { is: 'kept', because: because('one request at a time', settings) };
    if (attempts > 1) return this.#reordered(`sent ${attempts} times`, record, settings);
    if (acks === 0) return this.#orderUnanswered(record, settings);
    const moved = this.#leaderBegan(record, record.completed ?? record.invoked);
    if (moved) return this.#reordered('the leader moved meanwhile', record, settings);
    return {
      is: 'kept',
      because: because('answered at the first attempt, by a leader that stayed', settings),
    };
  }

  /**
   * acks=0: nobody tells when it arrived. It may come late where a fault holds it up; or where it went to a leader of
   * old, which lives and leads again before it arrives.
   */
  #orderUnanswered(record: SendOperation, settings: readonly string[]): RecordContract['order'] {
    const felt = feltBy(this.#losses.effects, new Set([record.client]));
    const holding = felt.findLast((effect) => isHolding(effect, record.invoked));
    if (holding !== undefined) {
      const prose = `not answered, and held up by ${effectInWords(holding)}`;
      return { is: 'may-be-reordered', because: because(prose, settings, witnessOf(holding)) };
    }
    const state = this.#losses.replicated(record.topic, record.partition);
    if (state !== undefined && ledAgain(state, record.invoked, this.#losses.effects)) {
      const prose = 'not answered, and a leader of old led again';
      return { is: 'may-be-reordered', because: because(prose, settings) };
    }
    return { is: 'kept', because: because('nothing held it up', settings) };
  }

  #reordered(why: string, record: SendOperation, settings: readonly string[]): RecordContract['order'] {
    const prose = `${why}, not numbered`;
    return { is: 'may-be-reordered', because: blaming(prose, this.#disturbing(record), settings) };
  }

  /** A leader that did not know the producer took a later batch; the fault is the one that brought it about, if any. */
  #overtaken(why: string, record: SendOperation, { taken, before }: Overtaking): Because {
    const { node, leaderEpoch, baseSequence, step } = taken;
    const prose =
      `${why}: ${node}, leader of epoch ${leaderEpoch}, knew nothing of its producer and took sequence` +
      ` ${baseSequence} first, at step ${step}`;
    const settings = [...numbered, `max.in.flight.requests.per.connection=${record.maxInFlight}`];
    const felt = feltBy(this.#losses.effects, new Set([record.client]));
    const effect = explaining(felt, Math.min(record.invoked.step, step), step, before?.node);
    if (effect === undefined) return because(`${prose}: the leader moved`, settings);
    return blaming(prose, effect, settings);
  }

  /** The fault that best explains why a send did not go through at once. */
  #disturbing({ client, invoked, completed }: SendOperation): Effect | undefined {
    const felt = feltBy(this.#losses.effects, new Set([client]));
    return explaining(felt, invoked.step, completed?.step ?? never, client);
  }

  #leaderBegan({ topic, ackedPartition, partition, invoked }: SendOperation, to: Moment): boolean {
    const state = this.#losses.replicated(topic, ackedPartition >= 0 ? ackedPartition : partition);
    const isWithin = (step: number) => step >= invoked.step && step <= to.step;
    return state?.reigns.some(({ began, superseded }) => isWithin(began) || isWithin(superseded)) ?? false;
  }
}

/** Whether what was sent at `sent` may have waited behind this fault. */
function isHolding(effect: Effect, sent: Moment): boolean {
  if (endsWhatIsUnderWay.has(effect.fault)) return false;
  return (
    effect.began.timeUs <= sent.timeUs + lingersUs &&
    (effect.ended?.timeUs ?? never) >= sent.timeUs - lingersUs
  );
}

/** A node began to lead soon after the send that had led before it, and did not end in between. */
function ledAgain(state: PartitionState, sent: Moment, effects: readonly Effect[]): boolean {
  return state.reigns.some(({ node, began, beganUs }) => {
    const before = state.reigns.findLast((reign) => reign.node === node && reign.began <= sent.step);
    if (before === undefined || began <= sent.step || beganUs > sent.timeUs + lingersUs) return false;
    const hasEnded = (effect: Effect) =>
      endsWhatIsUnderWay.has(effect.fault) &&
      hurts(effect, node) &&
      effect.began.step <= began &&
      endOf(effect) >= before.began;
    return !effects.some(hasEnded);
  });
}
