// One replica of one partition, as its own events tell it: its log, whether it leads, how far it lets readers.

import { LogStart } from './log-start.ts';
import { ShadowLog } from './shadow-log.ts';

/** What a leader noted of a follower. */
export interface FollowerNote {
  brokerEpoch: number;
  fetchOffset: number;
  leaderEpoch: number;
}

/** Offsets that a replica had and lost by a fault, and has not got back by replication. */
export interface LostRange {
  from: number;
  readonly to: number;
  readonly because: string;
  readonly step: number;
  /** False between a power loss and the recovery that shows how much it took. */
  decided: boolean;
}

export class ReplicaState {
  readonly node: string;
  readonly brokerId: number;
  readonly log = new ShadowLog();
  readonly start: LogStart;
  role: 'leader' | 'follower' | 'none' = 'none';
  /** It deleted its log, and has not begun another. */
  thrownAway = false;
  leaderEpoch = -1;
  partitionEpoch = -1;
  /** The in-sync replicas as this leader knows them. */
  isr: readonly number[] = [];
  /** Sizes of the ISRs that it asked the controller for, and in which partition epochs. */
  #asked: { readonly partitionEpoch: number; readonly size: number }[] = [];
  /** -1 until it told. */
  highWatermark = -1;
  /** The highest high watermark it told in `leaderEpoch`, since its process began. */
  highWatermarkMax = -1;
  highWatermarkEpoch = -1;
  /** Up to here its log was compared with what is committed. */
  comparedTo = 0;
  lost: LostRange | undefined;
  readonly followers = new Map<number, FollowerNote>();

  constructor(node: string, brokerId: number) {
    this.node = node;
    this.brokerId = brokerId;
    this.start = new LogStart(node);
  }

  /** The process is gone: files stay, roles do not. */
  died(): void {
    this.role = 'none';
    this.isr = [];
    this.#asked = [];
    this.highWatermark = -1;
    this.highWatermarkMax = -1;
    this.highWatermarkEpoch = -1;
    this.followers.clear();
  }

  askedFor(partitionEpoch: number, size: number): void {
    this.#asked.push({ partitionEpoch, size });
  }

  /** The metadata told it of this partition epoch: what it asked for in earlier ones is decided. */
  learned(partitionEpoch: number): void {
    this.#asked = this.#asked.filter((asked) => asked.partitionEpoch >= partitionEpoch);
  }

  /**
   * The largest ISR that this leader may count with: the one that the metadata told it, or one that it asked for since,
   * also while it asks for a smaller one.
   */
  get isrSizeMax(): number {
    return this.#asked.reduce((most, { size }) => Math.max(most, size), this.isr.length);
  }

  /** Adds to what is lost; `to` is where the log ended. */
  loses(from: number, to: number, because: string, step: number, decided: boolean): void {
    if (from >= to && decided) return;
    const before = this.lost;
    const end = Math.max(to, before?.to ?? 0);
    this.lost = { from: Math.min(from, before?.from ?? from), to: end, because, step, decided };
  }

  /** Replication brought records back, up to `end`. */
  gotBack(end: number): void {
    if (this.lost === undefined || !this.lost.decided || end <= this.lost.from) return;
    this.lost.from = end;
    if (end >= this.lost.to) this.lost = undefined;
  }
}
