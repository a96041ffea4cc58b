// Why something is promised, or permitted: a sentence, the settings it rests on, and the fault that made use of them.

import type { Effect } from '../material.ts';

/** The fault that a permission rests on: who did what to whom, and in which step. */
export interface WitnessFault {
  readonly kind: string;
  readonly target: string;
  readonly step: number;
}

export interface Because {
  readonly prose: string;
  /** null: the settings alone, or an operator, permit it; or nothing does. */
  readonly fault: WitnessFault | null;
  /** `acks=1`, `min.insync.replicas=2`: as they were in effect. */
  readonly settings: readonly string[];
}

export function because(
  prose: string,
  settings: readonly string[] = [],
  fault: WitnessFault | null = null,
): Because {
  return { prose, fault, settings };
}

export function witnessOf({ fault, target, began }: Effect): WitnessFault {
  return { kind: fault, target, step: began.step };
}

export function effectInWords({ fault, target, began }: Effect): string {
  return `${fault} of ${target} at step ${began.step}`;
}

/** The sentence, with the fault that brought it about, where there was one. */
export function blaming(
  prose: string,
  effect: Effect | undefined,
  settings: readonly string[] = [],
): Because {
  if (effect === undefined) return because(prose, settings);
  return because(`${prose}: ${effectInWords(effect)}`, settings, witnessOf(effect));
}

const never = Number.MAX_SAFE_INTEGER;

export function endOf(effect: Effect): number {
  return effect.ended?.step ?? never;
}

/** Whether the effect hurt this node; some faults hurt several at once. */
export function hurts(effect: Effect, node: string): boolean {
  return effect.target.split(', ').includes(node);
}

const servers = /^(broker|controller)-\d+$/;

/** The effects that clients of these names can have felt: of brokers and controllers, and their own. */
export function feltBy(effects: readonly Effect[], clients: ReadonlySet<string>): Effect[] {
  return effects.filter(({ target }) =>
    target.split(', ').some((name) => servers.test(name) || clients.has(name)),
  );
}

/**
 * The effect that best explains what went wrong between two steps: one at work then, the last that began, and rather
 * one that hurt `node`; else the last that hurt it and was over before.
 */
export function explaining(
  effects: readonly Effect[],
  fromStep: number,
  toStep: number,
  node?: string,
): Effect | undefined {
  const begun = effects.filter((effect) => effect.began.step <= toStep);
  const atWork = begun.filter((effect) => endOf(effect) >= fromStep);
  const isNear = (effect: Effect) => node === undefined || hurts(effect, node);
  return atWork.findLast(isNear) ?? atWork.at(-1) ?? begun.findLast(isNear);
}

/** For the evidence of a finding: flat. */
export function evidenceOf({ prose, fault, settings }: Because): Record<string, string | number | null> {
  return {
    because: prose,
    setting: settings.join(', '),
    fault: fault?.kind ?? null,
    faultTarget: fault?.target ?? null,
    faultStep: fault?.step ?? null,
  };
}
