// Stories: tests as conversations, kept in plain text beside the test that plays them.
//
//   # anything after a hash is for the reader
//   join A client=alice
//   advance 3000
//   ----
//   A joined generation 1 as alice-1, leader
//
// Commands, four dashes, what must be heard, an empty line. A story is played from top to bottom against one world, and
// what is heard must be the same to the letter. With UPDATE_STORIES=1 in the environment the files are rewritten with
// what was heard instead: read the difference before it is committed. This is the one place of the room that touches
// the file system and the environment; the engine never imports it.

import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { expect } from 'vitest';

const separator = '----';

/** The story with what was really heard in place of what was expected. */
export function playStory(text: string, play: (command: string) => readonly string[]): string {
  const told: string[] = [];
  let commands: string[] = [];
  let skipping = false;
  for (const line of text.split('\n')) {
    if (skipping) {
      if (line.trim() !== '') continue;
      skipping = false;
    }
    told.push(line);
    const command = line.replace(/#.*$/, '').trim();
    if (command === separator) {
      for (const one of commands) told.push(...play(one));
      commands = [];
      skipping = true;
    } else if (command !== '') {
      commands.push(command);
    }
  }
  if (commands.length > 0) throw new Error(`a story ends with commands nobody listens to: ${commands[0]}`);
  return told.join('\n').replace(/\n*$/, '\n');
}

/** Plays the story in a file and compares; or rewrites the file. */
export function checkStory(file: URL, play: (command: string) => readonly string[]): void {
  const expected = readFileSync(file, 'utf8');
  const told = playStory(expected, play);
  if (process.env['UPDATE_STORIES'] === '1') writeFileSync(file, told);
  else expect(told).toBe(expected);
}

/** `join A client=alice instance=i1` as its words and its options. */
export function parseCommand(command: string): { words: string[]; options: Map<string, string> } {
  const words: string[] = [];
  const options = new Map<string, string>();
  for (const part of command.split(/\s+/)) {
    const equals = part.indexOf('=');
    if (equals < 0) words.push(part);
    else options.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return { words, options };
}
