// FoundationDB's swizzle: the nodes are clogged one after the other in a drawn order and let go one after the other in
// another. Whoever was cut off last may come back first: the order in which nodes learn what they missed is what finds
// the mistakes.

import { z } from 'zod';
import { type Inflicted, type Patient, setFault, type Trouble } from '../fault.ts';
import { links } from '../scenario/pieces.ts';

export const swizzle = setFault({
  name: 'swizzle',
  doc: 'the links of each node are cut one after the other and opened again in another order',
  parameters: {
    stepMs: z
      .tuple([z.int().min(1).max(60_000), z.int().min(1).max(60_000)])
      .optional()
      .describe('from one node to the next, drawn each time; default [50, 500]'),
    holdMs: z.int().min(0).max(600_000).optional().describe('while all are cut; default 500'),
    ...links,
  },
  target: 'all',
  inflict(patients, { stepMs = [50, 500], holdMs = 500, ...which }, scene): Inflicted {
    const [leastMs, mostMs] = stepMs as [number, number];
    const scope = scene.linksOf(which);
    const troubles = new Map<Patient, Trouble>();
    const cancels: (() => void)[] = [];
    let felt = 0;
    let atUs = 0;
    const next = (patient: Patient, what: string, act: () => void) => {
      if (atUs === 0) act();
      else cancels.push(scene.after(atUs, `swizzle ${what} ${patient.name}`, act));
      atUs += scene.draws.between(Math.min(leastMs, mostMs), Math.max(leastMs, mostMs)) * 1000;
    };
    const open = (patient: Patient) => {
      const trouble = troubles.get(patient);
      if (trouble === undefined) return;
      troubles.delete(patient);
      felt += trouble.felt();
      trouble.remove();
    };
    for (const patient of scene.draws.shuffle(patients)) {
      next(patient, 'clogs', () => {
        troubles.set(patient, patient.troubleNetwork('both', { kind: 'cut' }, scope));
      });
    }
    atUs += holdMs * 1000;
    for (const patient of scene.draws.shuffle(patients)) next(patient, 'opens', () => open(patient));
    return {
      tookEffect: true,
      detail: `${patients.length} nodes were clogged and opened in drawn orders`,
      heal: () => {
        for (const cancel of cancels) cancel();
        for (const patient of patients) open(patient);
      },
      felt: () => [...troubles.values()].reduce((sum, trouble) => sum + trouble.felt(), felt),
    };
  },
});
