// The sources of the engine that a slip may be drawn from, and a drawn slip as a mutant. Worldly, because it
// reads them.
//
// Nothing here may load the engine: a thread asks for its slip before it loads one.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Mutant } from '../mutant.ts';
import type { PlacedSlip } from './slips.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** No part of what runs in the simulator: tests, what stands on real sockets and files, and tables of declarations. */
const leftOut = /\.test\.ts$|\/testing|^engine\/host\/|^engine\/protocol\/schemas\//;

/** In the order of the alphabet, counted from the root of the project. */
export function engineFiles(): string[] {
  const all = globSync('engine/**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  return all.filter((file) => !leftOut.test(file)).sort();
}

export function sourceOf(file: string): string {
  return readFileSync(`${root}${file}`, 'utf8');
}

/**
 * The mutant of a name that a draw has told (`FILE:LINE:COLUMN:OPERATOR`); undefined when no slip can be made there.
 * The parser, which only a checkout has, is loaded when there is something to parse.
 */
export async function drawnMutant(name: string): Promise<Mutant | undefined> {
  const file = name.slice(0, Math.max(0, name.indexOf(':')));
  if (!engineFiles().includes(file)) return undefined;
  const { slipsIn } = await import('./slips.ts');
  const slip = slipsIn(file, sourceOf(file)).find((one) => one.name === name);
  return slip === undefined ? undefined : mutantOf(slip, sourceOf(file));
}

export function mutantOf({ file, name, start, end, text }: PlacedSlip, source: string): Mutant {
  const find = source.slice(start, end);
  return {
    name,
    slip: `${oneLine(find)}  becomes  ${oneLine(text)}`,
    origin: 'drawn',
    edits: [{ file, find, replace: text, at: start }],
    scenarios: [],
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
