// What a fault is: a row with a name, its parameters, and how it hurts. Hurting gives back how to heal; what is healed
// twice is healed once. A fault acts on nodes through `Patient`, never on the engine.

import type { z } from 'zod';
import type { Damage } from './material.ts';

/** Kinds of disk trouble; each lasts until it is removed. */
export type DiskTrouble =
  | { readonly kind: 'slow'; readonly times: number }
  /** Reads, writes and syncs of files whose path has `path` in it fail. */
  | { readonly kind: 'eio'; readonly operation: 'read' | 'write' | 'any'; readonly path: string; readonly once: boolean }
  | { readonly kind: 'full' }
  /** The pages of a failed sync are dropped and marked clean. */
  | { readonly kind: 'fsync-fail'; readonly path: string; readonly once: boolean }
  /** Sync says yes and makes nothing durable. */
  | { readonly kind: 'fsync-lie' };

/** Kinds of network trouble on the connections between a node and its peers. */
export type NetworkTrouble =
  | { readonly kind: 'delay'; readonly addedUs: readonly [number, number] }
  | { readonly kind: 'stall' }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Connections break now; bytes under way are lost (before) or still arrive (after delivery). */
  | { readonly kind: 'reset'; readonly delivered: boolean }
  /** The peer is gone and nobody says so. */
  | { readonly kind: 'half-open' }
  /** Nothing gets through in the direction: from the node, to it, or both. */
  | { readonly kind: 'cut'; readonly direction: 'from' | 'to' | 'both' };

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
  troubleDisk(trouble: DiskTrouble): Trouble;
  /** Changes bits in stored bytes of one file, chosen by the seed among those whose path fits; gives its name. */
  rotBits(choice: { path: string; bits: number; closedSegmentsOnly: boolean }): string | undefined;
  troubleNetwork(trouble: NetworkTrouble): Trouble;
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

export const nothingToHurt: Inflicted = { tookEffect: false, detail: 'there was nothing to hurt', heal: () => {} };

/** An inflicted trouble, as the answer of a fault. */
export function troubled(trouble: Trouble, detail: string): Inflicted {
  return { tookEffect: true, detail, heal: () => trouble.remove(), felt: () => trouble.felt() };
}
