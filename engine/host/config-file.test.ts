import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProperties, propertiesText } from './config-file.ts';

function values(text: string): Record<string, string> {
  const parsed = parseProperties(text, 'server.properties');
  if (!parsed.ok) throw new Error(parsed.error.join('\n'));
  return Object.fromEntries([...parsed.value].map(([name, { value }]) => [name, value]));
}

function problems(text: string): string[] {
  const parsed = parseProperties(text, 'server.properties');
  return parsed.ok ? [] : parsed.error;
}

describe('a properties file', () => {
  test.each([
    ['equals', 'a=1', { a: '1' }],
    ['colon and blanks', 'a : 1\nb 2\n\tc\t=\t3 ', { a: '1', b: '2', c: '3' }],
    ['a value with separators', 'listeners=PLAINTEXT://:9092', { listeners: 'PLAINTEXT://:9092' }],
    ['comments and blank lines', '# x=1\n! y=2\n\n   # z\na=1', { a: '1' }],
    ['a hash inside a value', 'a=1 # no comment', { a: '1 # no comment' }],
    ['continuations', 'a=one,\\\n   two,\\\r\n\tthree\nb=1', { a: 'one,two,three', b: '1' }],
    ['a comment sign in a continuation', 'a=1,\\\n#2', { a: '1,#2' }],
    ['an even number of backslashes ends the line', 'a=1\\\\\nb=2', { a: '1\\', b: '2' }],
    ['a continuation at the end of the file', 'a=1\\', { a: '1' }],
    ['escapes', 'a\\=b=\\u0041\\t\\x', { 'a=b': 'A\tx' }],
    ['no value', 'a\nb=', { a: '', b: '' }],
    ['a byte order mark', '\uFEFFa=1', { a: '1' }],
  ])('%s', (_name, text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test('tells where a property was set, counting natural lines', () => {
    const parsed = parseProperties('# one\na=1\\\n2\nb=3', 'f');
    expect(parsed.ok && [...parsed.value.values()].map(({ place }) => place)).toEqual(['f:2', 'f:4']);
  });

  test('names the lines of all its problems', () => {
    expect(problems('a=1\nb=2\na=3\n=4\nc=\\u12')).toEqual([
      'server.properties:3: a was set already at server.properties:1',
      'server.properties:4: a property needs a name',
      'server.properties:5: \\u needs four hexadecimal digits',
    ]);
  });

  test('that is written reads as what was written', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() === text);
    const value = fc.string({ unit: 'grapheme' }).map((text) => text.trim());
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (settings) => {
        const text = propertiesText(new Map(Object.entries(settings)), ['a comment']);
        expect(text.startsWith('# a comment\n')).toBe(true);
        expect(values(text)).toEqual(settings);
      }),
    );
  });
});
