// What a fault is: a row with a name, its parameters, and how it hurts. Hurting gives back how to heal; what is healed
// twice is healed once. A fault acts on nodes through `Patient`, never on the engine.

import type { z } from 'zod';
import { present } from '../engine/index.ts';
import type { FileFacts } from './disk.ts';
import type { DiskFault, DiskSelector } from './disk-faults.ts';
import type { Damage } from './material.ts';
import type { LinkFault, ResetMoment } from './network-links.ts';
import type { NodeRole } from './record/events.ts';
import type { Draws } from './stage.ts';
import type { Traffic } from './traffic.ts';

/** Something that was done to a node: how to undo it, and how often it was felt so far. */
export interface Trouble {
  remove(): void;
  felt(): number;
}

/** Which links of a node: those to these others, and on them these kinds of traffic. Nothing said: all. */
export interface LinkScope {
  readonly others?: readonly string[] | undefined;
  readonly traffic?: readonly Traffic[] | undefined;
}

/** A node, as a fault sees it. */
export interface Patient {
  readonly name: string;
  readonly role: NodeRole;
  /** Whether it is a voter of the metadata quorum, beside being a broker or alone. */
  readonly votes: boolean;
  /** Whether a process runs (it may be paused). */
  alive(): boolean;
  paused(): boolean;
  /** The process dies; what it wrote is in the page cache and stays. */
  crash(): void;
  /** Asks the process to end; `ended` is called when it has, by itself or because something else ended it. */
  terminate(ended: (byItself: boolean) => void): void;
  /** The machine loses power: what is not durable is written, lost or torn. */
  losePower(): void;
  /** The disk is empty when it comes back. Only when not alive. */
  wipe(): void;
  boot(): void;
  pause(): void;
  resume(): void;
  jumpClock(milliseconds: number): void;
  driftClock(partsPerMillion: number): void;
  /** Lays a fault over the disk until it is removed, or was felt `timesMax` times. */
  troubleDisk(selector: DiskSelector, fault: DiskFault, timesMax?: number): Trouble;
  files(): FileFacts[];
  /** Changes bits of a stored file, from one byte of it up to another; how many. */
  rot(path: string, bits: number, bytes?: readonly [number, number]): number;
  /** Lays a fault over the links from the node, to it, or both, until it is removed. */
  troubleNetwork(direction: 'from' | 'to' | 'both', fault: LinkFault, scope?: LinkScope): Trouble;
  /** Breaks the connections of the node; how many. */
  resetConnections(when: ResetMoment, scope?: LinkScope): number;
  /** Makes the connections of the node half-open; how many. */
  severConnections(scope?: LinkScope): number;
  /** What the seed decides for this fault. */
  readonly draws: Draws;
}

/** What hurting gives back. */
export interface Inflicted {
  /** False when there was nothing to hurt: the node was down already, no file fitted. */
  readonly tookEffect: boolean;
  readonly detail: string;
  /** The only partition whose data it touched, as its directory is called; without it, all may be. */
  readonly partition?: string | undefined;
  heal(): void;
  /** For troubles that wait for somebody to meet them: how often they were met. */
  readonly felt?: () => number;
}

/** What is around a fault when it begins: for those that do more than one thing to one node. */
export interface Scene {
  /** The links that its parameters `against` and `traffic` name now. */
  linksOf(parameters: {
    readonly against?: string | undefined;
    readonly traffic?: readonly Traffic[] | undefined;
  }): LinkScope;
  /** What the seed decides for this fault. */
  readonly draws: Draws;
  /** Runs `act` later, between two steps; the cancel is final. */
  after(delayUs: number, what: string, act: () => void): () => void;
  /** Calls `act`, between two steps, at the next event of this kind that the node tells. */
  onNext(node: string, kind: string, act: () => void): void;
  /** Whether every partition that has a replica there has it in its ISR, as the controller last said. */
  isInSync(node: string): boolean;
}

export interface FaultKind {
  readonly name: string;
  readonly doc: string;
  readonly parameters: z.ZodRawShape;
  /** Whom `one`, `all` and the like mean. */
  readonly role: 'broker' | 'client';
  /** Whom it hurts when the scenario does not say. */
  readonly target: string;
  readonly damage: Damage;
  /** Whether a broker may give up over it. */
  readonly excusesHalt: boolean;
  /** True when it is one thing done to all its targets, and not the same thing done to each. */
  readonly together: boolean;
  /** `patients` is never empty; it is one node unless the fault is done to all together. */
  inflict(
    patients: readonly Patient[],
    parameters: Readonly<Record<string, unknown>>,
    scene: Scene,
  ): Inflicted;
}

interface FaultRow<S extends z.ZodRawShape> {
  readonly name: string;
  readonly doc: string;
  readonly parameters: S;
  readonly role?: 'broker' | 'client';
  readonly target?: string;
  readonly damage?: Damage;
  readonly excusesHalt?: boolean;
}

/** A fault that is done to one node; several targets are hurt one by one, at the same instant. */
interface SingleRow<S extends z.ZodRawShape> extends FaultRow<S> {
  inflict(patient: Patient, parameters: z.infer<z.ZodObject<S>>, scene: Scene): Inflicted;
}

/** A fault that is done to a set of nodes, as one. */
interface SetRow<S extends z.ZodRawShape> extends FaultRow<S> {
  inflict(patients: readonly Patient[], parameters: z.infer<z.ZodObject<S>>, scene: Scene): Inflicted;
}

const usual = { role: 'broker', target: 'one', damage: 'harmless', excusesHalt: false } as const;

export function fault<S extends z.ZodRawShape>(row: SingleRow<S>): FaultKind {
  return {
    ...usual,
    ...row,
    together: false,
    // The scenario schema has checked the parameters against this very shape.
    inflict: ([patient], parameters, scene) =>
      row.inflict(present(patient, 'a patient'), parameters as z.infer<z.ZodObject<S>>, scene),
  };
}

export function setFault<S extends z.ZodRawShape>(row: SetRow<S>): FaultKind {
  return {
    ...usual,
    ...row,
    together: true,
    inflict: (patients, parameters, scene) =>
      row.inflict(patients, parameters as z.infer<z.ZodObject<S>>, scene),
  };
}

export const nothingToHurt: Inflicted = {
  tookEffect: false,
  detail: 'there was nothing to hurt',
  heal: () => {},
};

/** Inflicted troubles, as the answer of a fault. */
export function troubled(trouble: Trouble | readonly Trouble[], detail: string): Inflicted {
  const troubles = 'remove' in trouble ? [trouble] : trouble;
  return {
    tookEffect: true,
    detail,
    heal: () => {
      for (const one of troubles) one.remove();
    },
    felt: () => troubles.reduce((sum, one) => sum + one.felt(), 0),
  };
}
