// The window of time that is shown: zoomed and moved, never outside the run, never too narrow to mean anything. Pure.

export interface View {
  readonly fromUs: number;
  readonly toUs: number;
}

/** The narrowest window; the clock of a run counts whole microseconds. */
const narrowestUs = 40;

/** As much of [fromUs, toUs] as fits into a run of `endUs`, and at least the narrowest window. */
export function viewOf(fromUs: number, toUs: number, endUs: number): View {
  const whole = Math.max(endUs, narrowestUs);
  const width = Math.min(whole, Math.max(narrowestUs, toUs - fromUs));
  const from = Math.min(Math.max(0, fromUs), whole - width);
  return { fromUs: from, toUs: from + width };
}

/** Makes the window `factor` times as wide; `aroundUs` stays where it is on the screen. */
export function zoomed({ fromUs, toUs }: View, factor: number, aroundUs: number, endUs: number): View {
  const width = (toUs - fromUs) * factor;
  const share = (aroundUs - fromUs) / (toUs - fromUs);
  const from = aroundUs - Math.max(narrowestUs, Math.min(endUs, width)) * share;
  return viewOf(from, from + width, endUs);
}

export function moved({ fromUs, toUs }: View, byUs: number, endUs: number): View {
  return viewOf(fromUs + byUs, toUs + byUs, endUs);
}

/** A window of the same width, or of `widthUs`, with `timeUs` in its middle. */
export function centred(view: View, timeUs: number, endUs: number, widthUs = view.toUs - view.fromUs): View {
  return viewOf(timeUs - widthUs / 2, timeUs + widthUs / 2, endUs);
}

/** The first place in `times` (ascending) that is not before `timeUs`. */
export function firstAt(times: ArrayLike<number>, timeUs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The next larger of 1, 2 and 5 times a power of ten. */
export function niceStep(atLeast: number): number {
  let decade = 1;
  while (decade * 10 <= atLeast) decade *= 10;
  const factor = [1, 2, 5, 10].find((one) => one * decade >= atLeast) ?? 10;
  return factor * decade;
}

/** A moment, with as many digits as a grid of `stepUs` needs. */
export function secondsText(timeUs: number, stepUs: number): string {
  const digits = Math.max(0, Math.min(6, 6 - Math.floor(String(Math.round(stepUs)).length - 1)));
  return (timeUs / 1e6).toFixed(digits);
}
