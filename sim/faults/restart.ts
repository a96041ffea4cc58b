// Ends and is started again at once: the shortest outage there is. Killed, or cleanly.

import { z } from 'zod';
import { Ending, graceSecondsDefault } from '../ending.ts';
import { fault, nothingToHurt } from '../fault.ts';

export const restart = fault({
  name: 'restart',
  doc: 'the broker process dies, or ends cleanly, and is started again at once',
  parameters: {
    clean: z.boolean().optional().describe('asked to end and waited for; default false: killed'),
    graceSeconds: z.number().min(0).max(600).optional().describe('then it is killed after all; default 30'),
  },
  inflict(patient, { clean = false, graceSeconds = graceSecondsDefault }, scene) {
    if (!patient.alive()) return nothingToHurt;
    const boot = () => {
      if (!patient.alive()) patient.boot();
    };
    if (!clean) {
      patient.crash();
      boot();
      return { tookEffect: true, detail: 'the process was restarted', heal: () => {} };
    }
    const ending = new Ending(patient, graceSeconds, scene, (how) => {
      if (how !== 'other') boot();
    });
    return { tookEffect: true, detail: 'the process was restarted cleanly', heal: () => ending.force() };
  },
});
