// What a fault is: a row with a name, its parameters, and how it hurts. Hurting gives back how to heal; what is healed
// twice is healed once. A fault acts on nodes through `Patient`, never on the engine.

import type { z } from 'zod';
import type { FileFacts } from './disk.ts';
import type { DiskFault, DiskSelector } from './disk-faults.ts';
import type { Damage } from './material.ts';
import type { LinkFault, ResetMoment } from './network-links.ts';
import type { Draws } from './stage.ts';

/** Something that was done to a node: how to undo it, and how often it was felt so far. */
export interface Trouble {
  remove(): void;
  felt(): number;
}

/** A node, as a fault sees it. */
export interface Patient {
  readonly name: string;
  readonly role: 'broker' | 'client';
  /** Whether a process runs (it may be paused). */
  alive(): boolean;
  paused(): boolean;
  /** The process dies; what it wrote is in the page cache and stays. */
  crash(): void;
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
  /** Changes bits of a stored file; how many. */
  rot(path: string, bits: number): number;
  /** Lays a fault over the links from the node, to it, or both, until it is removed. */
  troubleNetwork(direction: 'from' | 'to' | 'both', fault: LinkFault): Trouble;
  /** Breaks every connection of the node; how many. */
  resetConnections(when: ResetMoment): number;
  /** Makes every connection of the node half-open; how many. */
  severConnections(): number;
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

export interface FaultKind {
  readonly name: string;
  readonly doc: string;
  readonly parameters: z.ZodRawShape;
  /** Whom it hurts when the scenario does not say. */
  readonly role: 'broker' | 'client';
  readonly damage: Damage;
  /** Whether a broker may give up over it. */
  readonly excusesHalt: boolean;
  inflict(patient: Patient, parameters: Readonly<Record<string, unknown>>): Inflicted;
}

interface FaultRow<S extends z.ZodRawShape> {
  readonly name: string;
  readonly doc: string;
  readonly parameters: S;
  readonly role?: 'broker' | 'client';
  readonly damage?: Damage;
  readonly excusesHalt?: boolean;
  inflict(patient: Patient, parameters: z.infer<z.ZodObject<S>>): Inflicted;
}

export function fault<S extends z.ZodRawShape>(row: FaultRow<S>): FaultKind {
  return {
    role: 'broker',
    damage: 'harmless',
    excusesHalt: false,
    ...row,
    // The scenario schema has checked the parameters against this very shape.
    inflict: (patient, parameters) => row.inflict(patient, parameters as z.infer<z.ZodObject<S>>),
  };
}

export const nothingToHurt: Inflicted = {
  tookEffect: false,
  detail: 'there was nothing to hurt',
  heal: () => {},
};

/** An inflicted trouble, as the answer of a fault. */
export function troubled(trouble: Trouble, detail: string): Inflicted {
  return { tookEffect: true, detail, heal: () => trouble.remove(), felt: () => trouble.felt() };
}
