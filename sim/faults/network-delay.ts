// Everything takes longer by a drawn amount; order stays.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';
import { direction, links } from '../scenario/pieces.ts';

export const networkDelay = fault({
  name: 'network-delay',
  doc: 'bytes from and to the node take longer, until healed',
  parameters: {
    addedMs: z
      .tuple([z.int().min(0), z.int().min(1).max(60_000)])
      .optional()
      .describe('from and to, drawn once; default [50, 500]'),
    direction,
    ...links,
  },
  inflict(patient, { addedMs = [50, 500], direction = 'both', ...which }, scene) {
    const [least, most] = addedMs as [number, number];
    const extraLatencyUs = patient.draws.between(least * 1000, most * 1000);
    const slow = { kind: 'slow', extraLatencyUs, bytesPerSecond: 0 } as const;
    const trouble = patient.troubleNetwork(direction, slow, scene.linksOf(which));
    return troubled(trouble, `bytes take ${Math.floor(extraLatencyUs / 1000)} ms longer`);
  },
});
