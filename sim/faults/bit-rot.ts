// Bits change in bytes that were stored long ago. Nothing heals them: what is asked for is that nobody is served them.

import { z } from 'zod';
import { fault, nothingToHurt } from '../fault.ts';

export const bitRot = fault({
  name: 'bit-rot',
  doc: 'some bits change in a stored file; never healed',
  parameters: {
    path: z.string().optional().describe('only files whose path contains this; default .log'),
    bits: z.int().min(1).max(64).optional().describe('default 1'),
    bytes: z
      .tuple([z.int().min(0), z.int().min(1)])
      .refine(([from, to]) => from < to, 'the range is upside down')
      .optional()
      .describe('only among these bytes of the file, the second not included; default all'),
    closedSegmentsOnly: z.boolean().optional().describe('spare the newest segment of each log'),
  },
  damage: 'anything-lost',
  excusesHalt: true,
  inflict(patient, { path = '.log', bits = 1, bytes, closedSegmentsOnly = false }) {
    const files = patient.files().filter((facts) => facts.sizeBytes > 0 && facts.path.includes(path));
    const paths = files.map((facts) => facts.path).sort();
    const candidates = closedSegmentsOnly
      ? paths.filter((one) => one.endsWith('.log') && isClosed(one, paths))
      : paths;
    if (candidates.length === 0) return nothingToHurt;
    const file = patient.draws.pick(candidates);
    if (patient.rot(file, bits, bytes) === 0) return nothingToHurt;
    // The directory of a log is called after its partition; any other file may matter to all of them.
    const partition = /([\w.-]+-\d+)\/[^/]*$/.exec(file)?.[1];
    return { tookEffect: true, detail: `${bits} bits changed in ${file}`, partition, heal: () => {} };
  },
});

/** A segment is closed when its directory has a newer one. */
function isClosed(path: string, paths: readonly string[]): boolean {
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  return paths.some((other) => other.startsWith(directory) && other.endsWith('.log') && other > path);
}
