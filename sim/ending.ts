// Ending a process as operators do: it is asked to, it has its time, and then it is killed.

import type { Patient, Scene } from './fault.ts';

/** Seconds that a process has to end by itself when the scenario does not say. */
export const graceSecondsDefault = 30;

/**
 * asked: it ended by itself. killed: it took too long. other: something else ended it, and whoever did that starts it
 * again.
 */
export type EndedHow = 'asked' | 'killed' | 'other';

/** Asks a living process to end; `ended` is called once, when it is over one way or the other. */
export class Ending {
  readonly #patient: Patient;
  readonly #ended: (how: EndedHow) => void;
  readonly #cancel: () => void;
  #over = false;

  constructor(patient: Patient, graceSeconds: number, scene: Scene, ended: (how: EndedHow) => void) {
    this.#patient = patient;
    this.#ended = ended;
    this.#cancel = scene.after(graceSeconds * 1e6, `${patient.name} must have ended`, () => this.#kill());
    patient.terminate((byItself) => this.#finish(byItself ? 'asked' : 'other'));
  }

  /** Waits no longer: who is still there is killed. */
  force(): void {
    if (!this.#over) this.#kill();
  }

  #kill(): void {
    if (this.#patient.alive()) this.#patient.crash();
    this.#finish('killed');
  }

  #finish(how: EndedHow): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancel();
    this.#ended(how);
  }
}
