// Where the log of one replica starts, over all its lives, and how it went back where it did. Plain facts, told by the
// replica's own events; whether a way back is lawful says contract/log-starts.ts.
//
// What a restart must find again
// - Within a life the start only goes up, but for a truncation of the log below it.
// - A clean stop writes the start down last of all: the next life begins there.
// - Any other death forgets what the checkpoint did not have yet. What a life began with is in the files, and is there
//   again after the death of a process; after a power loss only if fsync had seen to it. A segment that was put away is
//   put away durably when that is told.
// - The files tell no more once they are gone: whoever dies while all of a log is thrown away, for a leader whose log
//   starts elsewhere, finds an empty log. Nothing deleted comes back with it.
// - What the periodic checkpoint had written by then is a matter of time, and left to whoever knows its interval: the
//   moves are kept for it.

import type { Moment } from '../record/history.ts';

/** The start moved up to here. */
export interface Reached extends Moment {
  readonly offset: number;
}

export interface LifeEnded extends Moment {
  readonly clean: boolean;
  /** Since when the broker served, and wrote checkpoints; never, when it died before. */
  readonly servingSinceUs: number;
}

/**
 * In a life, without a reason; with the end of the log, which was cut; between two lives; with the whole disk; with the
 * log, which was thrown away.
 */
export type WayBack = 'in-life' | 'truncation' | 'restart' | 'wipe' | 'log-deleted';

export interface WentBack {
  readonly node: string;
  readonly way: WayBack;
  readonly from: number;
  readonly to: number;
  readonly at: Moment;
  /** The end of the life in which the start was at `from`; null when that life goes on. */
  readonly life: LifeEnded | null;
  readonly powerLost: boolean;
  /** At a restart: no checkpoint is needed to know that the log starts here or above. */
  readonly floor: number;
  /** At a restart: how the start came from there to where it was. */
  readonly reached: readonly Reached[];
}

/** Moves that are remembered of one life; of more, the oldest go. */
const reachedMax = 2_000;

export class LogStart {
  readonly #node: string;
  offset = 0;
  /** The furthest that it ever was. */
  furthest = 0;
  /** Ways back that it has not made good since. */
  #open: WentBack[] = [];
  /** The death of a process leaves it at least here. */
  #cachedFloor = 0;
  /** A power loss leaves it at least here. */
  #durableFloor = 0;
  #reached: Reached[] = [];
  #ended: LifeEnded | undefined;
  #powerLost = false;

  constructor(node: string) {
    this.#node = node;
  }

  /** The replica told where its log starts. */
  told(offset: number, at: Moment): WentBack | undefined {
    const back = offset < this.offset ? this.#wentBack('in-life', offset, at) : undefined;
    this.#goTo(offset, at);
    return back;
  }

  /** The log was cut below where it started. */
  cut(offset: number, at: Moment): WentBack | undefined {
    const back = offset < this.offset ? this.#wentBack('truncation', offset, at) : undefined;
    this.filesEnd(offset);
    this.#goTo(offset, at);
    return back;
  }

  /** The log was cut to end here, or began anew here: below its start, where that lies inside the first batch. */
  filesEnd(offset: number): void {
    this.#cachedFloor = Math.min(this.#cachedFloor, offset);
    this.#durableFloor = Math.min(this.#durableFloor, offset);
  }

  /** A restart, or the first life, found it here. */
  recovered(offset: number, isEmpty: boolean, at: Moment): WentBack | undefined {
    if (isEmpty) this.filesEnd(0);
    const way = this.#ended === undefined ? 'in-life' : 'restart';
    const back = offset < this.offset ? this.#wentBack(way, offset, at) : undefined;
    // A power loss leaves nothing in the cache that is not on the disk.
    const isDurable = this.#powerLost || this.#ended?.clean === true;
    this.#durableFloor = isDurable ? offset : Math.min(this.#durableFloor, offset);
    this.#cachedFloor = offset;
    this.#reached = [];
    this.#ended = undefined;
    this.#powerLost = false;
    this.#goTo(offset, at);
    return back;
  }

  /** A segment was put away, durably: the log starts behind its first offset, whatever a checkpoint says. */
  segmentDeleted(baseOffset: number): void {
    this.#cachedFloor = Math.max(this.#cachedFloor, baseOffset + 1);
    this.#durableFloor = Math.max(this.#durableFloor, baseOffset + 1);
  }

  /** The process ended. Where the log was not opened since an earlier end, that one counts. */
  died(end: LifeEnded): void {
    this.#ended ??= end;
  }

  lostPower(): void {
    this.#powerLost = true;
  }

  /** There is no log any more; the next one begins at 0. */
  gone(way: 'wipe' | 'log-deleted', at: Moment): void {
    if (this.offset > 0) this.#wentBack(way, 0, at);
    this.offset = 0;
    this.#cachedFloor = 0;
    this.#durableFloor = 0;
    this.#reached = [];
  }

  /** Where it was before this step of the present life, at least. */
  before(step: number): number {
    const { offset = 0 } = this.#reached.findLast((reached) => reached.step < step) ?? {};
    return Math.min(offset, this.offset);
  }

  /** The way back that took `offset` from it, and that it has not made good since. */
  lost(offset: number): WentBack | undefined {
    return this.#open.find(({ from }) => from >= offset);
  }

  #goTo(offset: number, { step, timeUs }: Moment): void {
    const isNews = this.#reached.at(-1)?.offset !== offset;
    if (offset < this.offset) this.#reached = this.#reached.filter((reached) => reached.offset <= offset);
    this.offset = offset;
    this.furthest = Math.max(this.furthest, offset);
    this.#open = this.#open.filter(({ from }) => from > offset);
    if (!isNews) return;
    if (this.#reached.length >= reachedMax) this.#reached.splice(0, reachedMax / 2);
    this.#reached.push({ step, timeUs, offset });
  }

  #wentBack(way: WayBack, to: number, { step, timeUs }: Moment): WentBack {
    const back: WentBack = {
      node: this.#node,
      way,
      from: this.offset,
      to,
      at: { step, timeUs },
      life: this.#ended ?? null,
      powerLost: this.#powerLost,
      floor: this.#powerLost ? this.#durableFloor : this.#cachedFloor,
      reached: [...this.#reached],
    };
    this.#open.push(back);
    return back;
  }
}
