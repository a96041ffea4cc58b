// How far back the start of a log may come, and by which fault. Kafka keeps log starts in memory and writes them down
// now and then, so a deletion, acknowledged or not, is only as durable as the last checkpoint.
//
// Within a life a log start never goes back, but with the end of a log that was cut because the records were lost
// elsewhere (an unclean election). After a clean stop it is where it was. After any other death the log begins at least
// - where the life before found it, and behind every segment that was put away since (after a power loss: as far as
//   fsync had seen to it);
// - where it had begun when `log.flush.start.offset.checkpoint.interval.ms` began for the last time before the death:
//   the interval, half of it again for a checkpoint that waits for another, and two seconds for the disk. Not where the
//   broker was paused or its disk failed or hung in between: then the checkpoint had no chance.
// A disk that rots, is emptied or lies about durability permits everything on its broker.
//
// An acknowledged DeleteRecords is in effect on every replica that was in sync, and so stays through a failover to one
// of them, unless that one lost it as above. Who was not in sync learns of it with the next answer of its leader; where
// it leads before that, its log begins where it was, in Kafka as well.

import type { Effect } from '../material.ts';
import type { ClusterState } from '../monitor/cluster-state.ts';
import type { Reached, WentBack } from '../monitor/log-start.ts';
import type { DeletionLost, Led } from '../monitor/log-start-facts.ts';
import { type Because, because, blaming, endOf, explaining, feltBy, hurts } from './because.ts';
import type { EffectiveConfiguration } from './configuration.ts';
import type { Excuse, Losses } from './losses.ts';

const interval = 'log.flush.start.offset.checkpoint.interval.ms';
const intervalDefaultMs = '60000';
const never = Number.MAX_SAFE_INTEGER;
/** A checkpoint waits for those that are being written, and is written itself. */
const checkpointSlackUs = 2_000_000;
/** Faults under which a checkpoint may come late, or not at all. */
const delays: ReadonlySet<string> = new Set([
  'pause',
  'disk-slow',
  'disk-stuck',
  'disk-eio',
  'disk-full',
  'fsync-fail',
  'fsync-lie',
]);

export class LogStartContracts {
  readonly #losses: Losses;
  readonly #configuration: EffectiveConfiguration;
  readonly #cluster: ClusterState | undefined;

  constructor(losses: Losses, configuration: EffectiveConfiguration, cluster?: ClusterState) {
    this.#losses = losses;
    this.#configuration = configuration;
    this.#cluster = cluster;
  }

  /** Whether a log start may have gone back like this. */
  wentBack(topic: string, partition: number, back: WentBack): Excuse {
    switch (back.way) {
      case 'in-life':
        return { lawful: false, because: because('nothing moves a log start back while a broker runs') };
      case 'truncation':
        return this.#losses.excuse(-1, topic, partition, back.from - 1, 0);
      case 'restart':
        return this.#restart(back);
      case 'wipe':
        return this.#gone(back, 'its disk was emptied');
      case 'log-deleted':
        return this.#gone(back, 'its log was thrown away');
    }
  }

  /** Whether a leader may have begun below an acknowledged deletion. */
  deletionLost(topic: string, partition: number, lost: DeletionLost): Excuse {
    const { node, back, deletion, at } = lost;
    if (back !== undefined) return this.wentBack(topic, partition, back);
    // Had it been in sync, the acknowledgement would have been too early: that is an invariant of its own.
    const prose = `${node} was not in sync when that was acknowledged, and led before it heard of it`;
    const servers = feltBy(this.#losses.effects, new Set());
    const effect = explaining(servers, deletion.step, at.step, node);
    return { lawful: true, because: blaming(prose, effect) };
  }

  /**
   * Whether a reader that stood at `position` may have lost its place between two steps: it asked a leader whose log
   * began above it, and went where a log begins. The furthest of these; undefined when there was none.
   */
  displaced(
    topic: string,
    partition: number,
    position: number,
    fromStep: number,
    toStep: number,
  ): Led | undefined {
    let furthest: Led | undefined;
    for (const led of this.#led(topic, partition)) {
      if (led.offset <= Math.max(position, furthest?.offset ?? 0)) continue;
      if (led.from <= toStep && led.to >= fromStep) furthest = led;
    }
    return furthest;
  }

  /**
   * Why a reader that lost its place like this may have been sent back as far as `offset`: another leader, or the same
   * one after its death, had a log that began there. Not every deletion is acknowledged, and retention is every
   * replica's own.
   */
  sentBack(topic: string, partition: number, from: Led, offset: number, toStep: number): Because | undefined {
    const to = this.#led(topic, partition).find(
      (led) => led.offset <= offset && led.from <= toStep && led.to > from.from && led !== from,
    );
    if (to === undefined) return undefined;
    const prose =
      `${from.node} led with a log that began at ${from.offset}, and ${to.node} with one that began` +
      ` at ${to.offset}`;
    return blaming(prose, explaining(feltBy(this.#losses.effects, new Set()), from.from, toStep, from.node));
  }

  /** Why the log that readers see may have begun further on, and then further back again; undefined when it did not. */
  wentDown(topic: string, partition: number): Because | undefined {
    let furthest: Led | undefined;
    for (const led of this.#led(topic, partition)) {
      if (furthest === undefined || led.offset >= furthest.offset) furthest = led;
      else return this.sentBack(topic, partition, furthest, led.offset, never);
    }
    return undefined;
  }

  #led(topic: string, partition: number): readonly Led[] {
    return this.#cluster?.known(topic, partition)?.starts.led ?? [];
  }

  #restart(back: WentBack): Excuse {
    const { node, to, life, floor, at } = back;
    const damage = this.#damage(node, at.step);
    if (damage !== undefined) {
      return { lawful: true, because: blaming(`the disk of ${node} is not to be trusted`, damage) };
    }
    if (life?.clean === true) {
      const prose = `${node} had stopped cleanly at step ${life.step}, with every log start written down`;
      return { lawful: false, because: because(prose) };
    }
    if (to < floor) {
      const prose = `what ${node} had on its disk says that the log begins at ${floor} or above`;
      return { lawful: false, because: because(prose) };
    }
    return this.#unwritten(back);
  }

  /** Whether a checkpoint may have been missing when the process died. */
  #unwritten({ node, to, life, reached }: WentBack): Excuse {
    const intervalMs = this.#configuration.ofBrokers(interval, intervalDefaultMs);
    const settings = intervalMs === undefined ? [] : [`${interval}=${intervalMs}`];
    const end = life ?? { step: Number.MAX_SAFE_INTEGER, timeUs: 0, servingSinceUs: 0 };
    const writtenUs = (one: Reached) =>
      Math.max(one.timeUs, end.servingSinceUs) + Number(intervalMs) * 1_500 + checkpointSlackUs;
    const written = reached.findLast(
      (one) => writtenUs(one) <= end.timeUs && !this.#delayed(node, one.step, end.step),
    );
    if (written !== undefined && to < written.offset) {
      const { offset, step } = written;
      const prose = `${node} began the log at ${offset} at step ${step}, and had the time to write it down`;
      return { lawful: false, because: because(prose, settings) };
    }
    const effect = explaining(this.#losses.effects, end.step, end.step, node);
    if (effect === undefined) {
      const prose = `${node} ended at step ${end.step}, and no fault says why`;
      return { lawful: false, because: because(prose, settings) };
    }
    const prose = `${node} had not written it down when it died`;
    return { lawful: true, because: blaming(prose, effect, settings) };
  }

  #gone({ node, at }: WentBack, what: string): Excuse {
    const effect = explaining(this.#losses.effects, at.step, at.step, node);
    return { lawful: true, because: blaming(what, effect) };
  }

  /**
   * What may have changed files of a node that nobody wrote. Of one partition alone the checkpoint is none; an emptied
   * disk is another one, and as good as new.
   */
  #damage(node: string, step: number): Effect | undefined {
    return this.#losses.lossy.find(
      ({ fault, damage, partition, target, began }) =>
        target === node &&
        damage !== 'unsynced-lost' &&
        fault !== 'wipe' &&
        partition === null &&
        began.step <= step,
    );
  }

  #delayed(node: string, fromStep: number, toStep: number): boolean {
    return this.#losses.effects.some(
      (effect) =>
        delays.has(effect.fault) &&
        hurts(effect, node) &&
        effect.began.step <= toStep &&
        endOf(effect) >= fromStep,
    );
  }
}
