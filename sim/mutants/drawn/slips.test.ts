// Slips of small sources: which there are, where they stand, and what a source is with one of them or with all places
// marked. And of the engine itself: every source has slips, each with a name of its own.

import { describe, expect, test } from 'vitest';
import { marked } from './marked.ts';
import { parses, slipsIn, withSlip } from './slips.ts';
import { drawnMutant, engineFiles, mutantOf, sourceOf } from './sources.ts';

const file = 'engine/core/x.ts';

function told(source: string): string[] {
  return slipsIn(file, source).map((slip) => `${slip.operator}: ${withSlip(source, slip)}`);
}

describe('the slips of a source', () => {
  test.each([
    [
      'const f = (a: number) => a < 3;',
      ['boundary: const f = (a: number) => a <= 3;', 'one-more: const f = (a: number) => a < 4;'],
    ],
    ["const f = (a) => a !== 'x';", ["opposite: const f = (a) => a === 'x';"]],
    [
      'const f = (a, b) => a && !b;',
      ['and-or: const f = (a, b) => a || !b;', 'negation: const f = (a, b) => a && b;'],
    ],
    [
      'function f(a) { a.count += b; }',
      ['forgotten: function f(a) { ; }', 'arithmetic: function f(a) { a.count -= b; }'],
    ],
    [
      'function f() { this.n++; }',
      ['forgotten: function f() { ; }', 'arithmetic: function f() { this.n--; }'],
    ],
    ['const f = (a, b) => Math.min(a, b);', ['extreme: const f = (a, b) => Math.max(a, b);']],
    ['const isOpen = true;', ['boolean: const isOpen = false;']],
    ['function* f() { yield* this.flush(); }', ['forgotten: function* f() { ; }']],
    [
      'const f = (a, b, c) => (a ? b : c);',
      [
        'always: const f = (a, b, c) => (((a) || true) ? b : c);',
        'never: const f = (a, b, c) => (((a) && false) ? b : c);',
      ],
    ],
  ])('%s', (source, expected) => {
    expect(told(source)).toEqual(expected);
  });

  test.each([
    ['types', 'type A = 1 | 2; function f<T extends true>(a: T): a is T { return g(a); }'],
    ['texts that are joined', "const f = (a) => 'partition ' + a + 'of' + b;"],
    ['texts with holes', ['const f = (a) => `of $', '{a < 3}`;'].join('')],
    [
      'assertions and errors',
      "function f(a) { assert(a > 0 && a < 9, 'small'); throw new Error(g(a > 1)); }",
    ],
    ['what is told', "function f(a) { if (a.wants('x')) a.emit({ is: true }); a.reached('x'); }"],
    ['masks, keys and indices', 'const f = (a) => ({ 1: a & 255, b: a[0] });'],
  ])('%s have none', (_, source) => {
    expect(told(source)).toEqual([]);
  });

  test('a name says where it stands; what is outside of functions is passed by the loading alone', () => {
    const source = 'const day = 24 * hour;\nclass A {\n  far(a) { return a > 7; }\n}\n';
    const found = slipsIn(file, source).map(({ name, atLoading }) => [name, atLoading]);
    expect(found).toEqual([
      [`${file}:1:13:one-more`, true],
      [`${file}:1:16:arithmetic`, true],
      [`${file}:3:21:boundary`, false],
      [`${file}:3:23:one-more`, false],
    ]);
  });

  test('what no longer is TypeScript is known before it is tried', () => {
    const source = 'const f = (a, b, c) => a ?? (b && c);\nconst g = (a, b) => a ?? h(b && 1);';
    expect(slipsIn(file, source).every((slip) => parses(slip, source))).toBe(true);
    const [slip] = slipsIn(file, 'f(a && b);');
    expect(parses({ ...slip, text: '?? c ||' } as never, 'f(a && b);')).toBe(false);
    expect(() => slipsIn(file, 'const = 1')).toThrow('is no TypeScript');
  });

  test('in the engine no two have one name, and a name leads back to its slip', async () => {
    const files = engineFiles();
    expect(files).toContain('engine/core/raft/ballots.ts');
    expect(files.some((name) => /\.test\.ts|testing|host/.test(name))).toBe(false);
    const one = 'engine/core/raft/ballots.ts';
    const slips = slipsIn(one, sourceOf(one));
    expect(slips.length).toBeGreaterThan(20);
    expect(new Set(slips.map(({ name }) => name)).size).toBe(slips.length);
    for (const slip of slips.slice(0, 3)) {
      expect(await drawnMutant(slip.name)).toEqual(mutantOf(slip, sourceOf(one)));
    }
    expect(await drawnMutant(`${one}:1:1:never`)).toBeUndefined();
    expect(await drawnMutant('engine/core/nowhere.ts:1:1:never')).toBeUndefined();
  });
});

describe('a marked source', () => {
  /** The source runs, and the counts say who came by. */
  function counts(source: string, call: string): Record<string, number> {
    const slips = slipsIn(file, source);
    const text = marked(
      source,
      slips.map(({ around }, number) => ({ around, number })),
    );
    const odradekPasses = new Float64Array(slips.length);
    new Function('odradekPasses', `${text}\n${call}`)(odradekPasses);
    return Object.fromEntries(
      slips.map(({ name }, index) => [name.slice(file.length + 1), odradekPasses[index] ?? 0]),
    );
  }

  test('counts each place by itself, however they nest', () => {
    const source =
      'function f(a) {\n  if (a > 2 && a < 5) g(a);\n  else a--;\n}\nfunction g(a) { return Math.min(a, 3); }';
    expect(counts(source, 'for (let a = 0; a < 4; a++) f(a);')).toEqual({
      '2:7:always': 4,
      '2:7:never': 4,
      '2:9:boundary': 4,
      '2:11:one-more': 4,
      '2:13:and-or': 4,
      '2:18:boundary': 1,
      '2:20:one-more': 1,
      '2:23:forgotten': 1,
      '3:8:forgotten': 3,
      '3:9:arithmetic': 3,
      '5:24:extreme': 1,
      '5:36:one-more': 1,
    });
  });

  test('of the engine is still TypeScript, in every file', () => {
    for (const one of engineFiles()) {
      const source = sourceOf(one);
      const places = slipsIn(one, source).map(({ around }, number) => ({ around, number }));
      expect(() => slipsIn(one, marked(source, places))).not.toThrow();
    }
  });
});
