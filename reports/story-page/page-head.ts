// What the script of a story page is told beside the events: small, as JSON. The page writes it, the script reads it.

import type { Lane } from '../run-facts.ts';

export interface PageHead {
  readonly endUs: number;
  /** The window that is shown first. */
  readonly window: readonly [fromUs: number, toUs: number];
  readonly finding: { readonly timeUs: number; readonly label: string; readonly isFailure: boolean } | null;
  readonly turn: { readonly timeUs: number; readonly label: string } | null;
  readonly lanes: readonly HeadLane[];
  readonly phases: readonly { readonly name: string; readonly beganUs: number }[];
  readonly faults: readonly HeadFault[];
  /** Names of nodes by id. */
  readonly names: readonly (readonly [id: number, name: string])[];
  /** The partition of the finding: its chart is shown first. */
  readonly partition: string | null;
  /** The finding is about controllers or their quorum: their messages are shown from the beginning. */
  readonly isAboutControllers: boolean;
}

export type HeadLane = Pick<Lane, 'node' | 'role' | 'lives' | 'pauses'>;

export interface HeadFault {
  readonly fault: string;
  /** Names of nodes. */
  readonly targets: readonly string[];
  readonly beganUs: number;
  readonly endedUs: number | null;
  readonly detail: string;
}
