// How far the suite is: a bar on a terminal, plain lines elsewhere (a log of a build keeps them), silence when a
// program reads along. Always on standard error; standard output is for results.

import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** null where nobody knows how many there will be. `what` is counted: runs when nothing is said. */
  begin(total: number | null, what?: string): void;
  /** One more run; `unexpected` says what was wrong with it. */
  done(unexpected?: string): void;
  end(): void;
}

export interface ProgressOptions {
  /** What is written where nobody sees a bar. */
  readonly line: (text: string) => void;
  readonly monotonicMs: () => number;
  /** Between two lines; default 5 s. */
  readonly lineEveryMs?: number;
}

/** Between two plain lines. */
const lineEveryMs = 5_000;
/** Unexpected runs told at once; all of them are told at the end. */
const toldAtOnceMax = 20;

export const silence: Progress = { begin: () => {}, done: () => {}, end: () => {} };

export class PlainProgress implements Progress {
  readonly #options: ProgressOptions;
  #total: number | null = 0;
  #what = '';
  #done = 0;
  #unexpected = 0;
  #startedMs = 0;
  #toldMs = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  begin(total: number | null, what = 'runs'): void {
    this.#total = total;
    this.#what = what;
    this.#done = 0;
    this.#unexpected = 0;
    this.#startedMs = this.#options.monotonicMs();
    this.#toldMs = this.#startedMs;
  }

  done(unexpected?: string): void {
    this.#done++;
    if (unexpected !== undefined && ++this.#unexpected <= toldAtOnceMax) this.#options.line(unexpected);
    const nowMs = this.#options.monotonicMs();
    if (nowMs - this.#toldMs < (this.#options.lineEveryMs ?? lineEveryMs) || this.#done === this.#total)
      return;
    this.#toldMs = nowMs;
    this.#tell(nowMs);
  }

  end(): void {
    this.#tell(this.#options.monotonicMs());
  }

  #tell(nowMs: number): void {
    const seconds = Math.max(0.001, (nowMs - this.#startedMs) / 1000);
    const rate = (this.#done / seconds).toFixed(1);
    const bad = this.#unexpected === 0 ? '' : `, ${this.#unexpected} unexpected`;
    const of = this.#total === null ? '' : ` of ${this.#total}`;
    this.#options.line(`${this.#done}${of} ${this.#what}, ${rate} a second${bad}`);
  }
}

/** For a terminal. */
export class BarProgress implements Progress {
  readonly #bar = new SingleBar(
    {
      format: '{bar} {value} of {total} {what}, {eta_formatted} left{bad}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 100,
    },
    Presets.shades_classic,
  );
  #unexpected = 0;

  begin(total: number | null, what = 'runs'): void {
    this.#bar.start(total ?? 0, 0, { bad: '', what });
  }

  done(unexpected?: string): void {
    if (unexpected !== undefined) this.#unexpected++;
    this.#bar.increment(1, { bad: this.#unexpected === 0 ? '' : `, ${this.#unexpected} unexpected` });
  }

  end(): void {
    this.#bar.stop();
  }
}
