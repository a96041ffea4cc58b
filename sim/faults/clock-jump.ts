// The wall clock jumps; the monotonic clock does not notice. Healing sets it back.

import { z } from 'zod';
import { fault } from '../fault.ts';

export const clockJump = fault({
  name: 'clock-jump',
  doc: 'the wall clock of a node jumps; when healed it jumps back',
  parameters: {
    milliseconds: z.int().min(-31_536_000_000).max(31_536_000_000).describe('negative: into the past'),
  },
  inflict(patient, { milliseconds }) {
    patient.jumpClock(milliseconds);
    return {
      tookEffect: milliseconds !== 0,
      detail: `the wall clock jumped by ${milliseconds} ms`,
      heal: () => patient.jumpClock(-milliseconds),
    };
  },
});
