// What Kafka's tools print, taken apart: lines of `Name: value` between tabs, tables under a line of names, the batches
// and records of a dumped file. And the files that they are to look at.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** `Topic: a\tLeader: 1` of each line; a field without a value is an empty string. */
export function fieldsOf(output: string): Record<string, string>[] {
  return linesOf(output).map((line) => {
    const fields = line
      .trim()
      .split('\t')
      .map((field) => /^(\w+): ?(.*)$/.exec(field) ?? []);
    return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]));
  });
}

/** The rows of a table, by the words of its first line; cells have no spaces. */
export function rowsOf(output: string): Record<string, string>[] {
  const [head = '', ...rows] = linesOf(output);
  const names = cellsOf(head);
  return rows.map((row) => {
    const cells = cellsOf(row);
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
  });
}

export function linesOf(output: string): string[] {
  return output.split('\n').filter((line) => line.trim() !== '');
}

function cellsOf(line: string): string[] {
  return line.trim().split(/\s+/);
}

export interface Dumped {
  readonly path: string;
  /** What is told of each batch, by name; empty of an index. */
  readonly batches: readonly Record<string, string>[];
  /** The lines of the records, or of an index its entries. */
  readonly lines: readonly string[];
}

/** The files that one run of DumpLogSegments went through. */
export function dumpedFiles(output: string): Dumped[] {
  const sections = output.split(/^Dumping /m).slice(1);
  return sections.map((section) => {
    const [path = '', ...lines] = linesOf(section);
    const ofBatches = lines.filter((line) => line.startsWith('baseOffset: '));
    const others = lines.filter(
      (line) => !line.startsWith('baseOffset: ') && !line.startsWith('Log starting'),
    );
    const batches = ofBatches.map((line) =>
      Object.fromEntries([...line.matchAll(/(\w+): (\S+)/g)].map(([, name, value]) => [name, value])),
    );
    return { path, batches, lines: others };
  });
}

/** How many records the batches say they have. */
export function recordsCount({ batches }: Dumped): number {
  return batches.reduce((sum, { count }) => sum + Number(count), 0);
}

/** The paths of the files below a folder whose place in it matches. */
export function filesIn(folder: string, place: RegExp): string[] {
  const places = readdirSync(folder, { recursive: true }) as string[];
  return places
    .filter((each) => place.test(each))
    .sort()
    .map((each) => join(folder, each));
}
