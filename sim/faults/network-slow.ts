// A thin line: bytes trickle.

import { z } from 'zod';
import { fault, troubled } from '../fault.ts';
import { links } from '../scenario/pieces.ts';

export const networkSlow = fault({
  name: 'network-slow',
  doc: 'the line from and to the node carries few bytes per second, until healed',
  parameters: { bytesPerSecond: z.int().min(100).optional().describe('default 10000'), ...links },
  inflict(patient, { bytesPerSecond = 10_000, ...which }, scene) {
    const slow = { kind: 'slow', extraLatencyUs: 0, bytesPerSecond } as const;
    const trouble = patient.troubleNetwork('both', slow, scene.linksOf(which));
    return troubled(trouble, `the line carries ${bytesPerSecond} bytes per second`);
  },
});
