// When faults begin and end: timed, again and again, or when something happens; each draw by its own name, so that one
// fault taken away leaves the others as they were.

import { assert, present } from '../engine/index.ts';
import type { FaultKind, Inflicted, Patient, Scene } from './fault.ts';
import type { Effect, TracedEvent } from './material.ts';
import { type Count, ratioOf, type Span } from './scenario/pieces.ts';
import type { ScenarioFault } from './scenario/schema.ts';
import type { Draws, Stage } from './stage.ts';
import { targetsOf } from './targets.ts';

export type SingleFault = Exclude<ScenarioFault, { oneOf: unknown }>;

/** A fault that began, with all that was drawn for it. */
export interface BegunFault {
  /** As the scenario says it; of a group, the member that was drawn. */
  readonly fault: SingleFault;
  readonly phase: string;
  /** Its place in the phase: the number of the fault, or of the group it is of. */
  readonly index: number;
  /** The name under which it draws. */
  readonly site: string;
  /** Since the phase began. */
  readonly atUs: number;
  /** Which event it waited for; null when it did not wait for one. */
  readonly nth: number | null;
  /** For each target apart, or for all where it is one thing done to all of them. */
  readonly hurts: readonly Hurt[];
}

export interface Hurt {
  readonly effect: Effect;
  /** How long it was to last; null: until the heal. */
  readonly forUs: number | null;
}

interface Active {
  readonly inflicted: Inflicted;
  readonly effect: Effect;
  healed: boolean;
}

/** Somebody waits for the next event of a kind on a node. */
interface Awaited {
  readonly node: string;
  readonly kind: string;
  readonly act: () => void;
}

interface Trigger {
  readonly due: Due;
  readonly nth: number;
  left: number;
}

/** A fault whose moment will come. */
interface Due {
  readonly fault: SingleFault;
  readonly index: number;
  readonly site: string;
}

/** Turns of one `every` in one phase. */
const turnsMax = 10_000;

export class FaultPlan {
  readonly #stage: Stage;
  readonly #kinds: ReadonlyMap<string, FaultKind>;
  readonly #active: Active[] = [];
  readonly #effects: Effect[] = [];
  readonly #begun: BegunFault[] = [];
  #phase = { name: '', begunUs: 0 };
  #triggers: Trigger[] = [];
  #awaited: Awaited[] = [];
  #cancels: (() => void)[] = [];
  readonly #without: ReadonlySet<string>;
  #over = false;

  /** Faults of the kinds in `without` are drawn like all others and then left out. */
  constructor(stage: Stage, kinds: readonly FaultKind[], without: readonly string[] = []) {
    this.#stage = stage;
    this.#without = new Set(without);
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    stage.onEvent((event) => this.#watch(event));
  }

  /** Every fault that began, in that order; those that wait to be felt are settled by `healAll`. */
  get effects(): readonly Effect[] {
    return this.#effects;
  }

  /** Every fault that began, as it was drawn. */
  get begun(): readonly BegunFault[] {
    return this.#begun;
  }

  beginPhase(phase: string, faults: readonly ScenarioFault[]): void {
    assert(!this.#over, 'no phase begins after the heal');
    this.endPhase();
    this.#phase = { name: phase, begunUs: this.#stage.now().timeUs };
    for (const [index, fault] of faults.entries()) {
      const usual = `fault/${phase}/${index}`;
      if ('oneOf' in fault) {
        this.#again(usual, fault.every, fault.ratio, (turn) => {
          const chosen = this.#byWeight(usual, fault.oneOf);
          this.#begin({ fault: chosen, index, site: `${usual}/${chosen.fault}/${turn}` });
        });
        continue;
      }
      const site = fault.as ?? usual;
      if (fault.every !== undefined) {
        this.#again(site, fault.every, fault.ratio, (turn) =>
          this.#begin({ fault, index, site: `${site}/${turn}` }),
        );
      } else if (fault.on !== undefined) {
        const nth = drawCount(this.#stage.draws(`${site}/nth`), fault.on.nth ?? 1);
        this.#triggers.push({ due: { fault, index, site }, nth, left: nth });
      } else {
        const atUs = drawUs(this.#stage.draws(`${site}/at`), fault.at ?? 0);
        this.#later(atUs, `${fault.fault} is due`, () => this.#begin({ fault, index, site }));
      }
    }
  }

  /** What has not begun will not; what has begun goes on until its own end or the heal. */
  endPhase(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
    this.#triggers = [];
  }

  /** Ends every fault, the oldest first, and starts whoever is down. */
  healAll(): void {
    this.endPhase();
    this.#over = true;
    for (const active of this.#active) this.#heal(active);
    for (const patient of this.#stage.patients()) {
      if (!patient.alive()) patient.boot();
    }
  }

  #begin(due: Due, nth: number | null = null): void {
    const { fault, site } = due;
    if (this.#over || this.#without.has(fault.fault)) return;
    const kind = present(this.#kinds.get(fault.fault), `the fault ${fault.fault}`);
    const draws = this.#stage.draws(site);
    const atUs = this.#stage.now().timeUs - this.#phase.begunUs;
    const patients = targetsOf(fault.target ?? kind.target, kind.role, this.#stage, draws);
    const scene = this.#scene(kind, site, patients);
    const sets = kind.together ? [patients].filter(({ length }) => length > 0) : patients.map((one) => [one]);
    const hurts = sets.map((set) => this.#hurt(kind, due, set, scene));
    this.#begun.push({ ...due, phase: this.#phase.name, atUs, nth, hurts });
  }

  #hurt(kind: FaultKind, { fault, site }: Due, patients: readonly Patient[], scene: Scene): Hurt {
    const began = this.#stage.now();
    const target = patients.map((patient) => patient.name).join(', ');
    const inflicted = kind.inflict(patients, fault, scene);
    const effect: Effect = {
      fault: kind.name,
      target,
      damage: kind.damage,
      excusesHalt: kind.excusesHalt,
      began,
      ended: null,
      partition: inflicted.partition ?? null,
      tookEffect: inflicted.tookEffect,
      detail: inflicted.detail,
    };
    this.#effects.push(effect);
    if (!inflicted.tookEffect) {
      effect.ended = began;
      return { effect, forUs: null };
    }
    this.#stage.tellFault('began', effect, 0);
    const active = { inflicted, effect, healed: false };
    this.#active.push(active);
    if (fault.for === undefined) return { effect, forUs: null };
    const forUs = drawUs(this.#stage.draws(`${site}/for`), fault.for);
    // Not cancelled with its phase: a fault lasts as long as it lasts.
    this.#stage.after(forUs, `${kind.name} of ${target} ends`, () => this.#heal(active));
    return { effect, forUs };
  }

  #scene(kind: FaultKind, site: string, patients: readonly Patient[]): Scene {
    const stage = this.#stage;
    return {
      draws: stage.draws(`${site}/how`),
      after: (delayUs, what, act) => stage.after(delayUs, what, act),
      onNext: (node, event, act) => this.#awaited.push({ node, kind: event, act }),
      isInSync: (node) => stage.isInSync(node),
      linksOf: ({ against, traffic }) => {
        if (against === undefined) return { traffic };
        const others = targetsOf(against, kind.role, stage, stage.draws(`${site}/against`), patients);
        return { others: others.map(({ name }) => name), traffic };
      },
    };
  }

  #heal(active: Active): void {
    if (active.healed) return;
    active.healed = true;
    active.inflicted.heal();
    const { effect } = active;
    effect.ended = this.#stage.now();
    const felt = active.inflicted.felt?.();
    if (felt !== undefined) effect.tookEffect = felt > 0;
    this.#stage.tellFault('ended', effect, felt ?? 1);
  }

  #again(site: string, every: Span, ratioText: string | undefined, act: (turn: number) => void): void {
    const distances = this.#stage.draws(`${site}/every`);
    const chances = this.#stage.draws(`${site}/ratio`);
    const next = (turn: number) => {
      if (turn >= turnsMax) return;
      this.#later(Math.max(1_000, drawUs(distances, every)), `turn ${turn} of ${site}`, () => {
        if (ratioText === undefined || chances.ratio(ratioOf(ratioText))) act(turn);
        next(turn + 1);
      });
    };
    next(0);
  }

  #byWeight(site: string, faults: readonly SingleFault[]): SingleFault {
    const total = faults.reduce((sum, fault) => sum + (fault.weight ?? 1), 0);
    let drawn = this.#stage.draws(`${site}/weight`).below(total);
    for (const fault of faults) {
      drawn -= fault.weight ?? 1;
      if (drawn < 0) return fault;
    }
    return present(faults.at(-1), 'a fault of a group');
  }

  #later(delayUs: number, label: string, act: () => void): void {
    this.#cancels.push(this.#stage.after(delayUs, label, act));
  }

  #watch(traced: TracedEvent): void {
    const heard = this.#awaited.filter(
      ({ node, kind }) => node === traced.node && kind === traced.event.kind,
    );
    if (heard.length > 0) {
      this.#awaited = this.#awaited.filter((one) => !heard.includes(one));
      for (const { kind, act } of heard) this.#stage.soon(`somebody waited for ${kind}`, act);
    }
    for (const trigger of this.#triggers) {
      const { due, nth } = trigger;
      if (trigger.left === 0 || !this.#matches(due.fault, traced)) continue;
      trigger.left--;
      if (trigger.left > 0) continue;
      const { ratio } = due.fault;
      if (ratio !== undefined && !this.#stage.draws(`${due.site}/ratio`).ratio(ratioOf(ratio))) continue;
      this.#stage.soon(`${due.fault.fault} on ${traced.event.kind}`, () => this.#begin(due, nth));
    }
  }

  #matches(fault: SingleFault, { event, node }: TracedEvent): boolean {
    if (fault.on?.event !== event.kind) return false;
    return Object.entries(fault.on.where ?? {}).every(([field, wanted]) => {
      if (field !== 'node') return event[field] === wanted;
      const draws = this.#stage.draws('fault/where');
      return targetsOf(String(wanted), 'broker', this.#stage, draws).some((patient) => patient.name === node);
    });
  }
}

/** A span in microseconds. */
export function drawUs(draws: Draws, span: Span): number {
  if (typeof span === 'number') return Math.round(span * 1e6);
  return draws.between(Math.round(span[0] * 1e6), Math.round(span[1] * 1e6));
}

function drawCount(draws: Draws, count: Count): number {
  return typeof count === 'number' ? count : draws.between(count[0], count[1]);
}
