// The story runner itself: what it plays, keeps and replaces.

import { describe, expect, test } from 'vitest';
import { parseCommand, playStory } from './stories.ts';

const echo = (command: string) => [`heard ${command}`];

describe('stories', () => {
  test('a story that says what is heard is told unchanged', () => {
    const story = '# title\none\ntwo # why\n----\nheard one\nheard two\n\nthree\n----\nheard three\n';
    expect(playStory(story, echo)).toBe(story);
  });

  test('what is heard replaces what was expected', () => {
    expect(playStory('one\n----\nlies\nmore lies\n', echo)).toBe('one\n----\nheard one\n');
  });

  test('commands that nobody listens to are refused', () => {
    expect(() => playStory('one\n', echo)).toThrow(/nobody listens/);
  });

  test('a command has words and options', () => {
    const { words, options } = parseCommand('join A client=alice protocols=range:x=y');
    expect(words).toEqual(['join', 'A']);
    expect([...options]).toEqual([
      ['client', 'alice'],
      ['protocols', 'range:x=y'],
    ]);
  });
});
