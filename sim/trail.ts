// What led to what. Every step of the scheduler knows the step that scheduled it; following the causes back from a
// violated step tells its story in the only order that matters.

import type { TraceLine } from './outcome.ts';
import type { StepListener } from './scheduler.ts';

/** One step on the way, with what was recorded in it. */
export interface TrailStep {
  readonly step: number;
  readonly timeUs: number;
  readonly node: string;
  /** What the step was for: `deliver bytes`, `disk write completes`. */
  readonly label: string;
  readonly events: readonly TraceLine[];
  /** Steps just before it that were the same (a timer that ticks); only the last is told. */
  readonly repeated: number;
}

/** Steps that one trail tells; what lies further back seldom explains. */
export const trailStepsMax = 120;

/** Steps whose causes are remembered: those of a run that meets no limit. */
const rememberedSteps = 20_000_000;

/** Listens to a run and remembers its causes. */
export class Trail {
  #count = 0;
  #causes = new Uint32Array(4096);
  #times = new Float64Array(4096);
  readonly #nodes: string[] = [];
  readonly #labels: string[] = [];

  readonly listener: StepListener = (timeUs, node, label, _digest, cause) => {
    if (this.#count >= rememberedSteps) return;
    if (this.#count === this.#causes.length) this.#grow();
    this.#causes[this.#count] = cause;
    this.#times[this.#count] = timeUs;
    this.#nodes.push(node);
    this.#labels.push(label);
    this.#count++;
  };

  /** The chain that ends in `step`, in the order of time. */
  to(step: number, trace: readonly TraceLine[]): TrailStep[] {
    const chain: TrailStep[] = [];
    let at = Math.min(step, this.#count);
    while (at > 0) {
      const index = at - 1;
      const node = this.#nodes[index] as string;
      const label = this.#labels[index] as string;
      const events = eventsOf(trace, at);
      const after = chain.at(-1);
      if (after !== undefined && after.node === node && after.label === label && events.length === 0) {
        chain[chain.length - 1] = { ...after, repeated: after.repeated + 1 };
      } else if (chain.length === trailStepsMax) {
        break;
      } else {
        chain.push({ step: at, timeUs: this.#times[index] as number, node, label, events, repeated: 0 });
      }
      at = this.#causes[index] as number;
    }
    return chain.reverse();
  }

  #grow(): void {
    const causes = new Uint32Array(this.#causes.length * 2);
    const times = new Float64Array(this.#times.length * 2);
    causes.set(this.#causes);
    times.set(this.#times);
    this.#causes = causes;
    this.#times = times;
  }
}

/** The events of one step; a trace is in the order of steps. */
function eventsOf(trace: readonly TraceLine[], step: number): TraceLine[] {
  let low = 0;
  let high = trace.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((trace[middle] as TraceLine).step < step) low = middle + 1;
    else high = middle;
  }
  const events: TraceLine[] = [];
  for (let at = low; trace[at]?.step === step; at++) events.push(trace[at] as TraceLine);
  return events;
}
