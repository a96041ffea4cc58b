// Reads a Kafka `server.properties`: the format of Java's Properties, as Kafka reads it, with one difference: a
// property that is set twice is an error. Java takes the last one, and somebody looks for the first for a day.

import { failure, type Outcome, success } from '../base/outcome.ts';

/** A property with where it was said, for people: `server.properties:12`. */
export interface Setting {
  readonly value: string;
  readonly place: string;
}

interface LogicalLine {
  readonly text: string;
  /** Of its first piece, from 1. */
  readonly number: number;
}

/** The settings by name; or every problem, each naming its line. `file` names the file in them. */
export function parseProperties(text: string, file: string): Outcome<Map<string, Setting>, string[]> {
  const settings = new Map<string, Setting>();
  const problems: string[] = [];
  for (const line of logicalLines(text)) {
    const place = `${file}:${line.number}`;
    const { name, value } = split(line.text);
    const plainName = unescaped(name);
    const plainValue = unescaped(value);
    if (plainName === undefined || plainValue === undefined) {
      problems.push(`${place}: \\u needs four hexadecimal digits`);
      continue;
    }
    const earlier = settings.get(plainName);
    if (plainName === '') problems.push(`${place}: a property needs a name`);
    else if (earlier !== undefined)
      problems.push(`${place}: ${plainName} was set already at ${earlier.place}`);
    else settings.set(plainName, { value: plainValue, place });
  }
  return problems.length > 0 ? failure(problems) : success(settings);
}

/** Lines without comments and blank ones, with continuations joined. */
function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let open: { text: string; number: number } | undefined;
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .forEach((natural, index) => {
      const line = natural.replace(/^[ \t\f]+/, '');
      if (open === undefined && (line === '' || line.startsWith('#') || line.startsWith('!'))) return;
      const backslashes = /\\*$/.exec(line)?.[0].length ?? 0;
      const goesOn = backslashes % 2 === 1;
      open ??= { text: '', number: index + 1 };
      open.text += goesOn ? line.slice(0, -1) : line;
      if (goesOn) return;
      lines.push(open);
      open = undefined;
    });
  if (open !== undefined) lines.push(open);
  return lines;
}

/** The name ends at the first `=`, `:` or blank that is not escaped. */
function split(line: string): { name: string; value: string } {
  const name = /^(?:\\.|[^\\=: \t\f])*/.exec(line)?.[0] ?? '';
  const value = line.slice(name.length).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
  return { name, value };
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
]);

/** Undefined when a \u is not complete. Kafka trims values; here too, at their ends. */
function unescaped(text: string): string | undefined {
  let broken = false;
  const plain = text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, what: string) => {
    if (what.length > 1) return String.fromCharCode(Number.parseInt(what.slice(1), 16));
    if (what === 'u') broken = true;
    return escapes.get(what) ?? what;
  });
  return broken ? undefined : plain.trim();
}

/** The text of a properties file that reads as these settings; `comment` lines go first. */
export function propertiesText(settings: ReadonlyMap<string, string>, comment: readonly string[]): string {
  const lines = [...settings].map(
    ([name, value]) => `${escaped(name, /[\\=: \t\f#!]/g)}=${escaped(value, /\\/g)}`,
  );
  return [...comment.map((line) => `# ${line}`), ...lines, ''].join('\n');
}

/** What would end a name or a line is escaped, and whatever is not ASCII, as Java writes it. */
function escaped(text: string, special: RegExp): string {
  return text
    .replace(special, (character) => `\\${character}`)
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
