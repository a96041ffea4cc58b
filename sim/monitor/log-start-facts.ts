// What became of the log starts of one partition: how replicas went back, which DeleteRecords was acknowledged, and who
// began to lead without it. Facts for contract/log-starts.ts, which says what of them is lawful.

import type { Moment } from '../record/history.ts';
import type { LogStart, WentBack } from './log-start.ts';

export interface AckedDeletion extends Moment {
  /** The leader that answered. */
  readonly node: string;
  readonly offset: number;
}

/** A leader began below what was acknowledged as deleted. */
export interface DeletionLost {
  readonly node: string;
  readonly leaderEpoch: number;
  readonly at: Moment;
  /** Where its log starts. */
  readonly offset: number;
  readonly deletion: AckedDeletion;
  /** How the deletion was taken from it; undefined when it never had it. */
  readonly back: WentBack | undefined;
}

/** A replica led, or believed so, with a log that started here, from one step to another. */
export interface Led {
  readonly node: string;
  readonly offset: number;
  readonly from: number;
  to: number;
}

const never = Number.MAX_SAFE_INTEGER;
/** Starts of leaders that are remembered; of more, the oldest go. */
const ledMax = 10_000;

export class LogStartFacts {
  readonly wentBack: WentBack[] = [];
  readonly lost: DeletionLost[] = [];
  /** What clients could be told of where the log starts. */
  readonly led: Led[] = [];
  /** The furthest deletion that was acknowledged, and not lost since. */
  acked: AckedDeletion | undefined;
  /** Starts that were held against what was known before. */
  compared = 0;

  note(back: WentBack | undefined): void {
    this.compared++;
    if (back !== undefined) this.wentBack.push(back);
  }

  /** This is where the log starts for whoever asks `node`. */
  leads(node: string, offset: number, step: number): void {
    const last = this.led.findLast((one) => one.node === node);
    if (last?.to === never && last.offset === offset) return;
    this.leadsNoMore(node, step);
    if (this.led.length >= ledMax) this.led.splice(0, ledMax / 2);
    this.led.push({ node, offset, from: step, to: never });
  }

  leadsNoMore(node: string, step: number): void {
    const last = this.led.findLast((one) => one.node === node);
    if (last?.to === never) last.to = step;
  }

  acknowledged(deletion: AckedDeletion): void {
    if (deletion.offset > (this.acked?.offset ?? 0)) this.acked = deletion;
  }

  /** A replica leads from here on, with a log that starts at `start.offset`. */
  leaderBegan(start: LogStart, node: string, leaderEpoch: number, { step, timeUs }: Moment): void {
    const { acked: deletion } = this;
    if (deletion === undefined) return;
    this.compared++;
    const { offset } = start;
    if (offset >= deletion.offset) return;
    const back = start.lost(deletion.offset);
    this.lost.push({ node, leaderEpoch, at: { step, timeUs }, offset, deletion, back });
    // Told once: from here on the log starts where this leader has it.
    this.acked = { ...deletion, offset };
  }
}
