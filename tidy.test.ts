// The law of the house as a test: who may import whom, what may not be called where, how large a file may grow. It
// reads text, not types, so that it needs no compiler; and it is itself tested, below, with bad examples of every rule.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';

const lineColumnsMax = 120;
const fileLinesMax = 500;

/** What each room may import of the others. A room may always import itself; paths are prefixes. */
const rooms: readonly { readonly room: string; readonly may: readonly string[] }[] = [
  { room: 'engine/base/', may: [] },
  { room: 'engine/errors.ts', may: [] },
  { room: 'engine/marks.ts', may: [] },
  { room: 'engine/trace-events.ts', may: ['engine/marks.ts'] },
  { room: 'engine/ports.ts', may: ['engine/base/', 'engine/trace-events.ts'] },
  {
    room: 'engine/runtime.ts',
    may: ['engine/base/', 'engine/marks.ts', 'engine/ports.ts', 'engine/trace-events.ts'],
  },
  { room: 'engine/protocol/', may: ['engine/base/', 'engine/errors.ts'] },
  { room: 'engine/config/', may: ['engine/base/', 'engine/errors.ts'] },
  { room: 'engine/core/', may: ['engine/base/', 'engine/errors.ts', 'engine/protocol/', 'engine/config/'] },
  { room: 'engine/log/', may: portRoom() },
  { room: 'engine/client/', may: portRoom() },
  { room: 'engine/cluster/', may: [...portRoom(), 'engine/log/', 'engine/client/'] },
  { room: 'engine/server/', may: [...portRoom(), 'engine/log/', 'engine/client/', 'engine/cluster/'] },
  { room: 'engine/assembly/', may: everythingButHost() },
  { room: 'engine/broker.ts', may: [...everythingButHost(), 'engine/assembly/'] },
  {
    room: 'engine/index.ts',
    may: [...everythingButHost(), 'engine/marks.ts', 'engine/assembly/', 'engine/broker.ts'],
  },
  { room: 'engine/host/', may: ['engine/'] },
  { room: 'index.ts', may: ['engine/index.ts', 'engine/host/index.ts'] },
  { room: 'engine/testing/', may: ['engine/'] },
  // Its words go into a page: nothing else may come with them.
  { room: 'sim/told/', may: ['engine/index.ts', 'engine/errors.ts', 'sim/record/events.ts'] },
  { room: 'sim/', may: ['engine/index.ts'] },
  { room: 'bench/', may: ['engine/index.ts', 'engine/host/index.ts', 'sim/index.ts'] },
  // The schema is data: a stored benchmark is held against what is published for everybody.
  {
    room: 'reports/',
    may: [
      'sim/index.ts',
      'sim/told/',
      'bench/result.ts',
      'bench/result.schema.json',
      'bench/simulated/document.ts',
    ],
  },
  {
    room: 'cli.ts',
    may: [
      'engine/host/main.ts',
      'sim/main.ts',
      'sim/check-main.ts',
      'sim/campaign/merge-command.ts',
      'sim/determinism-main.ts',
      'sim/contract/main.ts',
      'sim/shrink-main.ts',
      'sim/mutants/',
      'bench/main.ts',
      'bench/simulated/main.ts',
      'reports/main.ts',
    ],
  },
];

/** What every room that sees the ports may import. */
function portRoom(): string[] {
  return [
    'engine/base/',
    'engine/errors.ts',
    'engine/protocol/',
    'engine/config/',
    'engine/core/',
    'engine/ports.ts',
    'engine/trace-events.ts',
    'engine/runtime.ts',
  ];
}

function everythingButHost(): string[] {
  return [...portRoom(), 'engine/log/', 'engine/client/', 'engine/cluster/', 'engine/server/'];
}

/** The only files that may use a package; each is a row of the dependency table in its room's README. */
const packages: Readonly<Record<string, readonly string[]>> = {
  '@node-rs/crc32': ['engine/protocol/crc32c.ts', 'bench/'],
  snappy: ['engine/protocol/compression.ts', 'engine/protocol/snappy-framing.ts'],
  'lz4-napi': ['engine/protocol/compression.ts', 'engine/protocol/lz4-frame.ts'],
  'node:zlib': ['engine/protocol/compression.ts', 'reports/', 'bench/'],
  pino: ['engine/host/'],
  'prom-client': ['engine/host/'],
  seedrandom: ['sim/random.ts'],
  'fast-check': ['sim/'],
  piscina: ['sim/swarm.ts', 'sim/mutants/drawn/passings.ts'],
  'oxc-parser': ['sim/mutants/drawn/slips.ts'],
  'jsonc-parser': ['sim/scenario/', 'bench/', 'sim/main.ts'],
  zod: ['sim/', 'bench/'],
  'cli-progress': ['sim/main.ts', 'sim/progress.ts', 'bench/', 'sim/swarm.ts'],
  'hdr-histogram-js': ['bench/', 'reports/bench-page/heat.ts', 'reports/testing-bench.ts'],
  tinybench: ['bench/micro/'],
  echarts: ['reports/'],
  commander: ['cli.ts'],
  kafkajs: ['engine/testing/real-clients/', 'bench/generators/kafkajs.ts'],
  '@platformatic/kafka': ['engine/testing/real-clients/', 'bench/generators/platformatic.ts'],
  vitest: ['engine/testing/'],
};

/** Where the world may be touched: real time, promises, the process. */
const worldly = [
  'engine/host/',
  'engine/testing/',
  'sim/guests/',
  'sim/main.ts',
  'sim/contract/main.ts',
  'sim/check-main.ts',
  'sim/swarm.ts',
  'sim/swarm-worker.ts',
  'sim/progress.ts',
  'sim/store.ts',
  'sim/determinism-main.ts',
  'sim/mutants/main.ts',
  'sim/mutants/kill.ts',
  'sim/mutants/healthy.ts',
  'sim/mutants/patch.ts',
  'sim/mutants/mutant-worker.ts',
  'sim/mutants/named.ts',
  'sim/mutants/checkout.ts',
  ...['main', 'passings', 'passes-worker', 'sources'].map((name) => `sim/mutants/drawn/${name}.ts`),
  'sim/suite-run.ts',
  'sim/surroundings.ts',
  'sim/asked.ts',
  ...campaignFiles('main', 'folder', 'ledger-files', 'parts', 'merge-command', 'recheck'),
  'sim/shrink-main.ts',
  'sim/shrink-drive.ts',
  'reports/main.ts',
  'reports/page-script.ts',
  'reports/story-page/browser/',
  'bench/',
  'cli.ts',
];

function campaignFiles(...names: readonly string[]): string[] {
  return names.map((name) => `sim/campaign/${name}.ts`);
}

const bans: readonly { readonly call: RegExp; readonly instead: string }[] = [
  { call: /\bDate\b/, instead: 'runtime.clock.wallMs()' },
  { call: /\bperformance\b/, instead: 'runtime.clock.monotonicUs()' },
  { call: /\bMath\.random\b/, instead: 'runtime.random.below(n), in the simulator a keyed draw' },
  {
    call: /\bMath\.(log|log2|log10|exp|pow|sin|cos|tan)\b/,
    instead: 'integer arithmetic or a table: not bit-exact',
  },
  { call: /\b(setTimeout|setInterval|setImmediate)\b/, instead: 'runtime.after(ms, fire)' },
  { call: /\b(queueMicrotask|nextTick)\b/, instead: 'tasks.spawn' },
  { call: /\b(new Promise|Promise\.|Promise<)/, instead: 'Task<T> and Completion<T> of base/task.ts' },
  { call: /\basync\b/, instead: 'a generator task: function*' },
  { call: /\bprocess\./, instead: 'a parameter handed in by main.ts' },
  { call: /\bcrypto\b/, instead: 'runtime.random.uuid()' },
  { call: /\bEventEmitter\b/, instead: 'a Completion, or a plain callback' },
  { call: /\bWeakRef\b|\bFinalizationRegistry\b/, instead: 'an owner that ends what it owns' },
  { call: /\bIntl\b|\btoLocale/, instead: 'plain formatting: the locale belongs to the machine' },
  { call: /\bBuffer\b/, instead: 'Uint8Array and DataView (uninitialised memory is not reproducible)' },
  { call: /\bfor \((const|let) \w+ in\b/, instead: 'for...of over a Map, an array or Object.entries' },
  { call: /\bconsole\./, instead: 'runtime.trace.emit' },
];

/** Never in anything committed, comments and tests included. */
const unspeakable: readonly { readonly text: RegExp; readonly instead: string }[] = [
  { text: /\b(TODO|FIXME|XXX)\b/, instead: 'finish it, or say in the file head what is left out and why' },
  { text: /@ts-(ignore|nocheck|expect-error)/, instead: 'types that are true' },
  { text: /(^|[\s'"`(])\/(work|root|home)\//, instead: 'a path relative to the project' },
  { text: /registry\.npmjs|resolved": "http/, instead: 'package names only' },
];

/** Everything that is wrong with `files` (path from the root, with `/`, to text), one sentence each. */
function violations(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [path, text] of files) {
    found.push(...unspeakables(path, text));
    if (!path.endsWith('.ts')) continue;
    found.push(...sizes(path, text), ...exportsOf(path, text));
    if (path.endsWith('.test.ts') || path === 'vitest.config.ts') continue;
    found.push(...imports(path, text), ...banned(path, text));
  }
  return [...found, ...cycles(files)];
}

function unspeakables(path: string, text: string): string[] {
  return unspeakable
    .filter((rule) => path !== 'tidy.test.ts' && rule.text.test(text))
    .map((rule) => `${path}: ${rule.text.source} must not be committed; write ${rule.instead}`);
}

function sizes(path: string, text: string): string[] {
  const lines = text.split('\n');
  const found: string[] = [];
  if (lines.length > fileLinesMax)
    found.push(`${path}: ${lines.length} lines; look for the seam above ${fileLinesMax}`);
  lines.forEach((line, index) => {
    if (line.length > lineColumnsMax)
      found.push(`${path}:${index + 1}: ${line.length} columns; at most ${lineColumnsMax}`);
  });
  return found;
}

function exportsOf(path: string, text: string): string[] {
  const found: string[] = [];
  const code = withoutComments(text);
  if (/^export default\b/m.test(code) && path !== 'vitest.config.ts')
    found.push(`${path}: no default exports; name it`);
  const reexports = /^export (type )?(\{[^}]*\}|\*) from/m.test(code);
  if (reexports && !/(^|\/)index\.ts$/.test(path))
    found.push(`${path}: only a door (index.ts) exports again`);
  return found;
}

function imports(path: string, text: string): string[] {
  const found: string[] = [];
  for (const { target, typeOnly } of importsOf(path, text)) {
    if (!target.startsWith('.')) {
      found.push(...packageImport(path, target));
      continue;
    }
    const to = posix.normalize(posix.join(posix.dirname(path), target));
    const law = rooms.find(({ room }) => path.startsWith(room));
    if (law === undefined) continue;
    if (!to.startsWith(law.room) && !law.may.some((may) => to.startsWith(may))) {
      found.push(`${path}: may not import ${to}; ${law.room} imports ${law.may.join(', ') || 'nothing'}`);
    }
    const runs = !typeOnly && !to.endsWith('.json');
    if (law.room === 'reports/' && !/^(reports|sim\/told)\//.test(to) && runs) {
      found.push(`${path}: reports imports types only from ${to}; it runs nothing`);
    }
    found.push(...siblings(path, to));
  }
  return found;
}

const societies = ['engine/server/handlers/', 'sim/faults/', 'sim/workloads/', 'sim/checkers/'];

function siblings(path: string, to: string): string[] {
  const mine = societies.find((folder) => path.startsWith(folder));
  const theirs = societies.find((folder) => to.startsWith(folder));
  if (mine === undefined || theirs === undefined) return [];
  if (mine === theirs && mine !== 'engine/server/handlers/') return [];
  return [
    `${path}: may not import ${to}; they meet in ${mine.startsWith('engine') ? 'services' : 'sim/phases.ts'}`,
  ];
}

function packageImport(path: string, target: string): string[] {
  const allowed = packages[target];
  if (allowed !== undefined) {
    return allowed.some((prefix) => path.startsWith(prefix))
      ? []
      : [`${path}: ${target} belongs to ${allowed.join(', ')}`];
  }
  if (target.startsWith('node:')) {
    return worldly.some((prefix) => path.startsWith(prefix))
      ? []
      : [`${path}: ${target}; only ${worldly.join(', ')} may`];
  }
  return [`${path}: the package ${target} is not in the dependency table`];
}

function banned(path: string, text: string): string[] {
  if (worldly.some((prefix) => path.startsWith(prefix)) || rooms.every(({ room }) => !path.startsWith(room)))
    return [];
  const found: string[] = [];
  withoutStrings(withoutComments(text))
    .split('\n')
    .forEach((line, index) => {
      for (const ban of bans) {
        if (ban.call.test(line))
          found.push(`${path}:${index + 1}: ${ban.call.source} is banned here; use ${ban.instead}`);
      }
    });
  return found;
}

/** Cycles of imports that remain when the program runs: type imports are gone by then. */
function cycles(files: ReadonlyMap<string, string>): string[] {
  const edges = new Map<string, string[]>();
  for (const [path, text] of files) {
    if (!path.endsWith('.ts')) continue;
    const to = importsOf(path, text)
      .filter(({ target, typeOnly }) => target.startsWith('.') && !typeOnly)
      .map(({ target }) => posix.normalize(posix.join(posix.dirname(path), target)));
    edges.set(path, to);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push(`a cycle of imports: ${[...trail.slice(at), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

function importsOf(path: string, text: string): { target: string; typeOnly: boolean }[] {
  const found: { target: string; typeOnly: boolean }[] = [];
  const code = withoutComments(text);
  for (const match of code.matchAll(/^(?:import|export)\s+([^;'"]*?)\s*from\s+['"]([^'"]+)['"]/gm)) {
    const names = match[1] as string;
    const inner = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
    const allTypes =
      inner?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
    found.push({ target: match[2] as string, typeOnly: names.startsWith('type ') || allTypes });
  }
  for (const match of code.matchAll(/^import\s+['"]([^'"]+)['"]/gm))
    found.push({ target: match[1] as string, typeOnly: false });
  for (const match of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)) {
    found.push({ target: match[1] as string, typeOnly: path !== 'cli.ts' && /typeof import/.test(code) });
  }
  return found;
}

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`\\])\/\/[^\n]*/g, '$1');
}

function withoutStrings(code: string): string {
  return code
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
    .replace(/`(?:[^`\\]|\\.)*`/g, (template) => {
      const holes = [...template.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1]).join(' ; ');
      return `\`${holes}\`${'\n'.repeat(template.split('\n').length - 1)}`;
    });
}

function tree(): Map<string, string> {
  const files = new Map<string, string>();
  const skip = new Set(['node_modules', 'dist', 'runs', '.git', '.data', '.kafka', 'data']);
  const walk = (folder: string): void => {
    for (const name of readdirSync(folder).sort()) {
      const path = folder === '.' ? name : `${folder}/${name}`;
      if (skip.has(name)) continue;
      if (statSync(path).isDirectory()) walk(path);
      else if (/\.(ts|md|jsonc|json|yml|yaml)$/.test(name) || path === '.ci/run')
        files.set(path, readFileSync(join('.', path), 'utf8'));
    }
  };
  walk('.');
  return files;
}

describe('the law', () => {
  test('holds for the whole house', () => {
    expect(violations(tree())).toEqual([]);
  });
});

describe('the law catches', () => {
  const bad: readonly [name: string, path: string, text: string, message: RegExp][] = [
    [
      'a core that sees ports',
      'engine/core/x.ts',
      "import type { Disk } from '../ports.ts';",
      /may not import engine\/ports/,
    ],
    ['a base that imports', 'engine/base/x.ts', "import { a } from '../errors.ts';", /imports nothing/],
    [
      'a simulator that goes around the door',
      'sim/x.ts',
      "import { a } from '../engine/log/log.ts';",
      /engine\/index/,
    ],
    [
      'a broker that knows the host',
      'engine/broker.ts',
      "import { a } from './host/disk.ts';",
      /may not import/,
    ],
    ['node in the engine', 'engine/log/x.ts', "import { open } from 'node:fs';", /node:fs/],
    ['a package out of its room', 'engine/log/x.ts', "import pino from 'pino';", /belongs to engine\/host/],
    ['a package not in the table', 'engine/log/x.ts', "import x from 'left-pad';", /dependency table/],
    [
      'a handler that imports a handler',
      'engine/server/handlers/a.ts',
      "import { b } from './b.ts';",
      /meet in services/,
    ],
    ['a fault that imports a checker', 'sim/faults/a.ts', "import { b } from '../checkers/b.ts';", /phases/],
    ['reports that run', 'reports/x.ts', "import { run } from '../sim/index.ts';", /runs nothing/],
    ['the wall clock', 'engine/core/x.ts', 'const t = Date.now();', /clock\.wallMs/],
    ['a timer', 'sim/x.ts', 'setTimeout(f, 1);', /runtime\.after/],
    ['a promise', 'engine/log/x.ts', 'async function f() {}', /generator task/],
    ['chance', 'sim/x.ts', 'const d = Math.random();', /keyed draw/],
    ['inexact mathematics', 'sim/x.ts', 'const d = Math.log(2);', /bit-exact/],
    ['an object as a map', 'engine/core/x.ts', 'for (const k in o) f(k);', /for\.\.\.of/],
    ['a log line', 'engine/core/x.ts', 'console.log(1);', /trace\.emit/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a bad example
    ['a ban hidden in a template', 'engine/core/x.ts', 'const t = `${Date.now()}`;', /clock\.wallMs/],
    ['a default export', 'engine/core/x.ts', 'export default 1;', /name it/],
    ['a second door', 'engine/core/x.ts', "export { a } from './b.ts';", /only a door/],
    ['a long line', 'engine/core/x.ts', `const a = 1; ${'x'.repeat(120)}`, /columns/],
    ['a long file', 'engine/core/x.ts', 'a;\n'.repeat(501), /look for the seam/],
    ['unfinished work', 'engine/core/x.ts', '// TODO', /finish it/],
    ['silenced types', 'engine/core/x.ts', '// @ts-ignore', /types that are true/],
    ['a machine path', 'README.md', 'see /root/x', /relative/],
  ];
  test.each(bad)('%s', (_name, path, text, message) => {
    const found = violations(new Map([[path, text]]));
    expect(found.join('\n')).toMatch(message);
  });

  test('a cycle', () => {
    const files = new Map([
      ['engine/core/a.ts', "import { b } from './b.ts';"],
      ['engine/core/b.ts', "import { a } from './a.ts';"],
    ]);
    expect(violations(files).join('\n')).toMatch(/cycle/);
  });

  test('nothing in comments, strings and type-only cycles', () => {
    const files = new Map([
      [
        'engine/core/a.ts',
        "// Date.now() is banned\nimport type { B } from './b.ts';\nconst s = 'setTimeout';\n",
      ],
      ['engine/core/b.ts', "import type { A } from './a.ts';\n"],
    ]);
    expect(violations(files)).toEqual([]);
  });
});
