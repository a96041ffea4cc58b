// The clock of a node runs fast or slow, its timers with it.

import { z } from 'zod';
import { fault } from '../fault.ts';

export const clockDrift = fault({
  name: 'clock-drift',
  doc: 'the clock of a node runs fast (positive) or slow, until healed',
  parameters: { partsPerMillion: z.int().min(-200_000).max(200_000) },
  inflict(patient, { partsPerMillion }) {
    patient.driftClock(partsPerMillion);
    return {
      tookEffect: partsPerMillion !== 0,
      detail: `the clock drifts by ${partsPerMillion} parts per million`,
      heal: () => patient.driftClock(0),
    };
  },
});
