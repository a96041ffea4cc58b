// Escaping against whatever can be in a name.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anchor, html, plain, xmlAttribute, xmlText } from './escape.ts';
import { malformed } from './testing-markup.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const spiky = fc.string({
  unit: fc.constantFrom('<', '>', '&', '"', "'", ']', '\0', '\ud800', '\uffff', '\n', 'a'),
  maxLength: 40,
});

describe('what is escaped', () => {
  test('is well-formed in text and in attributes', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, spiky), (text) => {
        expect(malformed(`<a b="${xmlAttribute(text)}">${xmlText(text)}</a>`)).toBeUndefined();
        expect(malformed(`<p title="${html(text)}">${html(text)}</p>`)).toBeUndefined();
      }),
    );
  });

  test('keeps its meaning', () => {
    expect(html(`<a href="x">'&'</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;');
    expect(html('\u0007\ud800z')).toBe('\ufffd\ufffdz');
    expect(xmlAttribute('a\nb\tc')).toBe('a&#10;b&#9;c');
  });

  test('does not move a cursor', () => {
    expect(plain('\u001b[2Jgone\u009b1A\nline')).toBe('\ufffd[2Jgone\ufffd1A\nline');
  });

  test('is a link that can be followed', () => {
    expect(anchor('acks/Acks0 <x>')).toBe('acks-acks0-x');
    expect(anchor('\u00e4')).toBe('x');
  });
});

test('the reader of the tests notices what is malformed', () => {
  expect(malformed('<a><b></a></b>')).toContain('ends');
  expect(malformed('<a>')).toContain('never end');
  expect(malformed('<a>&</a>')).toContain('bare &');
  expect(malformed('<a b="<"></a>')).toContain('not a tag');
  expect(malformed('<a>\u0000</a>')).toContain('character');
  expect(malformed('<br>', ['br'])).toBeUndefined();
});
