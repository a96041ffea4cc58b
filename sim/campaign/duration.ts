// A duration as people write it on a command line: 90s, 10m, 2h, 1h30m, 1d.

import { failure, type Outcome, success } from '../../engine/index.ts';

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Above this one says --forever. */
const secondsMax = 366 * 86_400;

/** In milliseconds. */
export function readDuration(text: string): Outcome<number, string> {
  if (!/^(\d{1,9}[smhd])+$/.test(text)) {
    return failure(`a duration is written 90s, 10m, 2h, 1h30m or 1d, not "${text}"`);
  }
  let seconds = 0;
  for (const [, number, unit] of text.matchAll(/(\d+)([smhd])/g)) {
    seconds += Number(number) * (secondsOf[unit as string] as number);
  }
  if (seconds < 1 || seconds > secondsMax) return failure(`a duration is 1s to 366d, not "${text}"`);
  return success(seconds * 1_000);
}
