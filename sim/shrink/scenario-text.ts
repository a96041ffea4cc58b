// A scenario as a file that people read: a comment on top, keys in the order in which a scenario is told, and whatever
// fits on a line on one line.

const columnsMax = 100;

/** First what it is about, then where, then what happens, then who judges it. */
const keyOrder = [
  '$schema',
  'story',
  'seed',
  'calm',
  'decisions',
  'cluster',
  'config',
  'network',
  'disk',
  'clock',
  'yields',
  'phases',
  'convergeSeconds',
  'finalScan',
  'checkers',
  'expect',
  'floor',
];

export function scenarioText(
  scenario: Readonly<Record<string, unknown>>,
  comment: readonly string[],
): string {
  const rank = (key: string) => (keyOrder.includes(key) ? keyOrder.indexOf(key) : keyOrder.length);
  const entries = Object.entries(scenario).filter(([, value]) => value !== undefined);
  const ordered = Object.fromEntries(entries.sort(([a], [b]) => rank(a) - rank(b)));
  const head = comment.flatMap((line) => wrapped(line, columnsMax - 3)).map((line) => `// ${line}\n`);
  return `${head.join('')}${lines(ordered, '', 0)}\n`;
}

/** `used`: the columns that stand before the value on its first line, and a comma behind it. */
function lines(value: unknown, indent: string, used: number): string {
  const flat = onOneLine(value);
  if (indent !== '' && used + flat.length <= columnsMax) return flat;
  if (typeof value !== 'object' || value === null) return flat;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((one) => `${inner}${lines(one, inner, inner.length + 1)}`)
    : Object.entries(value)
        .filter(([, one]) => one !== undefined)
        .map(([key, one]) => {
          const name = `${inner}${JSON.stringify(key)}: `;
          return `${name}${lines(one, inner, name.length + 1)}`;
        });
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  if (entries.length === 0) return '{}';
  return `{ ${entries.map(([key, one]) => `${JSON.stringify(key)}: ${onOneLine(one)}`).join(', ')} }`;
}

/** A sentence on lines of at most so many columns. */
export function wrapped(text: string, columns: number): string[] {
  const found: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      found.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...found, line];
}
