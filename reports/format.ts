// Numbers for people, the same on every machine: no locale, no time zone.

/** 1234567 as `1,234,567`; at most `digits` decimals. */
export function number(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return String(value);
  const [whole = '0', fraction] = Math.abs(value).toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const sign = value < 0 && Number(value.toFixed(digits)) !== 0 ? '-' : '';
  return fraction === undefined ? `${sign}${grouped}` : `${sign}${grouped}.${fraction}`;
}

/** A point in virtual time: `2.402113 s`. */
export function seconds(timeUs: number): string {
  return `${number(timeUs / 1_000_000, 6)} s`;
}

/** A point in virtual time where the millisecond is enough. */
export function roughSeconds(timeUs: number): string {
  return `${number(timeUs / 1_000_000, 3)} s`;
}

/** A duration in the unit in which it is easiest to read. */
export function duration(us: number): string {
  if (us < 1_000) return `${number(us)} us`;
  if (us < 1_000_000) return `${number(us / 1_000, us < 10_000 ? 2 : 1)} ms`;
  if (us < 120_000_000) return `${number(us / 1_000_000, us < 10_000_000 ? 2 : 1)} s`;
  return `${number(us / 60_000_000, 1)} min`;
}

export function bytes(count: number): string {
  if (count < 1_000) return `${number(count)} B`;
  if (count < 1_000_000) return `${number(count / 1_000, 1)} kB`;
  if (count < 1_000_000_000) return `${number(count / 1_000_000, 1)} MB`;
  return `${number(count / 1_000_000_000, 2)} GB`;
}

export function percent(share: number): string {
  return `${number(share * 100, share < 0.1 ? 1 : 0)} %`;
}

/** `1 seed`, `2 seeds`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** A value that may be missing. */
export function maybe(value: number | null, write: (value: number) => string): string {
  return value === null ? 'not measured' : write(value);
}

/** At most `most` characters, and a sign where something is missing. */
export function clipped(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}\u2026`;
}
