// The process ends as operators end it, and stays away for a while.

import { z } from 'zod';
import { Ending, graceSecondsDefault } from '../ending.ts';
import { fault, nothingToHurt } from '../fault.ts';

export const shutdown = fault({
  name: 'shutdown',
  doc: 'the broker is asked to end, and does so cleanly if it can; it starts again when healed',
  parameters: {
    graceSeconds: z.number().min(0).max(600).optional().describe('then it is killed; default 30'),
  },
  inflict(patient, { graceSeconds = graceSecondsDefault }, scene) {
    if (!patient.alive()) return nothingToHurt;
    const ending = new Ending(patient, graceSeconds, scene, () => {});
    return {
      tookEffect: true,
      detail: 'the process was shut down',
      heal: () => {
        ending.force();
        if (!patient.alive()) patient.boot();
      },
    };
  },
});
