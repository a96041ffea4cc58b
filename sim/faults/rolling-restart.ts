// An operator's rolling restart: one broker after the other, each only when the one before is back and its replicas are
// in sync again. In the order of the targets; nobody waits for ever for a broker that does not come back.

import { z } from 'zod';
import { Ending, graceSecondsDefault } from '../ending.ts';
import { type Patient, type Scene, setFault } from '../fault.ts';

/** How often the operator looks whether the replicas are in sync. */
const lookUs = 200_000;

export const rollingRestart = setFault({
  name: 'rolling-restart',
  doc: 'each broker in turn ends and starts again, the next one when the last is back and in sync',
  parameters: {
    clean: z.boolean().optional().describe('asked to end and waited for, default; false: killed'),
    downSeconds: z.number().min(0).max(600).optional().describe('between end and start; default 0.5'),
    patienceSeconds: z
      .number()
      .min(0)
      .max(600)
      .optional()
      .describe('for a broker to be back; then the next one all the same; default 60'),
  },
  target: 'all',
  inflict(patients, { clean = true, downSeconds = 0.5, patienceSeconds = 60 }, scene) {
    const roll = new Roll(
      patients,
      { clean, downUs: downSeconds * 1e6, patienceUs: patienceSeconds * 1e6 },
      scene,
    );
    roll.next();
    return {
      tookEffect: true,
      detail: `${patients.length} brokers were restarted one after the other`,
      heal: () => roll.stop(),
    };
  },
});

interface Manner {
  readonly clean: boolean;
  readonly downUs: number;
  readonly patienceUs: number;
}

class Roll {
  readonly #waiting: Patient[];
  readonly #manner: Manner;
  readonly #scene: Scene;
  #stopped = false;
  #present: Patient | undefined;
  #ending: Ending | undefined;

  constructor(patients: readonly Patient[], manner: Manner, scene: Scene) {
    this.#waiting = [...patients];
    this.#manner = manner;
    this.#scene = scene;
  }

  next(): void {
    if (this.#stopped) return;
    const patient = this.#waiting.shift();
    this.#present = patient;
    if (patient === undefined) return;
    // Something else has it down: it is not the operator's to start.
    if (!patient.alive()) this.next();
    else if (this.#manner.clean) {
      this.#ending = new Ending(patient, graceSecondsDefault, this.#scene, (how) => {
        if (how === 'other') this.next();
        else this.#ended(patient);
      });
    } else {
      patient.crash();
      this.#ended(patient);
    }
  }

  /** No further broker; the present one is started if it is down. */
  stop(): void {
    this.#stopped = true;
    this.#ending?.force();
    if (this.#present !== undefined && !this.#present.alive()) this.#present.boot();
  }

  #ended(patient: Patient): void {
    if (this.#stopped) return;
    this.#scene.after(this.#manner.downUs, `${patient.name} is started again`, () => this.#start(patient));
  }

  #start(patient: Patient): void {
    if (this.#stopped) return;
    if (!patient.alive()) patient.boot();
    let over = false;
    const goOn = () => {
      if (over) return;
      over = true;
      cancel();
      this.next();
    };
    const cancel = this.#scene.after(this.#manner.patienceUs, `patience with ${patient.name} is over`, goOn);
    const look = () => {
      if (over || this.#stopped) return;
      if (this.#scene.isInSync(patient.name)) goOn();
      else this.#scene.after(lookUs, `is ${patient.name} in sync`, look);
    };
    this.#scene.onNext(patient.name, 'broker-started', look);
  }
}
