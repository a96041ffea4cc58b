// How the page writes what may be missing, and names what is measured.

import type { LatencyReport } from '../../bench/result.ts';
import { duration, maybe, number } from '../format.ts';

const latencyNames = {
  acknowledge: 'acknowledgement',
  'end-to-end': 'end to end',
  poll: 'poll',
  'send-lateness': 'lateness of the generator',
};

/** Short, for a legend. */
export function latencyShort({ of, fromIntendedTime }: LatencyReport, all: readonly LatencyReport[]): string {
  const both = all.filter((other) => other.of === of).length > 1;
  return both ? `${latencyNames[of]}, ${fromIntendedTime ? 'corrected' : 'service'}` : latencyNames[of];
}

export function latencyName({ of, fromIntendedTime }: LatencyReport): string {
  return `${latencyNames[of]} (${fromIntendedTime ? 'from the intended time' : 'service time'})`;
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export function time(us: number | null): string {
  return us === null ? 'too few samples' : duration(us);
}

export function cpu(value: number | null): string {
  return maybe(value, (used) => `${number(used)} %`);
}

export function micro(us: number | null): string {
  return maybe(us, (value) => number(value, 2));
}

/** A tick of a log axis is a power of ten: no decimals. */
export function tickDuration(us: number): string {
  if (us < 1_000) return `${number(us)} us`;
  return us < 1_000_000 ? `${number(us / 1_000)} ms` : `${number(us / 1_000_000)} s`;
}

/** A tick of an axis of counts. */
export function tickValue(value: number): string {
  if (value >= 1_000_000) return `${number(value / 1_000_000, value % 1_000_000 === 0 ? 0 : 1)} M`;
  if (value >= 10_000) return `${number(value / 1_000)} k`;
  return number(value, value < 10 && !Number.isInteger(value) ? 2 : 0);
}

/** A log axis has no place for 0 or for nothing. */
export function drawable(us: number | null): number | null {
  return us === null ? null : Math.max(1, us);
}

/** `deliveredAgain` as `delivered again`. */
export function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
