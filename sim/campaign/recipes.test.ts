// The recipes of the README say what the command line knows: every command in them, with every option; and
// the shards of one matrix are of one number.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readShard } from '../seeds.ts';
import { readDuration } from './duration.ts';

const readmes = ['sim/campaign/README.md', 'sim/README.md', 'scenarios/README.md', 'README.md'];

/** Commands of a text: from the program's name to the end of the line, or of the lines that a folded scalar joins. */
function commandsOf(text: string): string[] {
  const joined = text.replace(/\n\s+(?=--)/g, ' ');
  const found = joined.matchAll(/(?:npx odradek|odradek --) ((?:sim|replay|report)\b[^\n`|]*)/g);
  return [...found].map((match) => match[1] as string);
}

function optionsOf(command: string): Set<string> {
  const help = execFileSync(process.execPath, ['cli.ts', command, '--help'], { encoding: 'utf8' });
  return new Set([...help.matchAll(/--[a-z-]+/g)].map(([option]) => option));
}

const known = new Map(['sim', 'replay', 'report'].map((command) => [command, optionsOf(command)]));

describe('the commands that are written down', () => {
  test.each(readmes)('in %s have the options that there are', (file) => {
    const commands = commandsOf(readFileSync(file, 'utf8'));
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      const name = command.split(' ')[0] as string;
      for (const [option] of command.matchAll(/--[a-z-]+/g))
        expect([...(known.get(name) ?? [])]).toContain(option);
      const duration = /--for (\S+)/.exec(command)?.[1];
      if (duration !== undefined) expect(readDuration(duration).ok).toBe(true);
    }
  });

  test('in the recipes are of as many shards as the matrix and the job have', () => {
    const text = readFileSync('sim/campaign/README.md', 'utf8');
    const [, matrix = ''] = /shard: \[([\d, ]+)\]/.exec(text) ?? [];
    for (const index of matrix.split(', ')) {
      expect(readShard(`${index}/4`)).toMatchObject({ ok: true, value: { index: Number(index), of: 4 } });
    }
    expect(matrix.split(', ')).toHaveLength(4);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's, not ours
    expect(text).toContain('--shard ${{ matrix.shard }}/4');
    const [, completions] = /completions: (\d+)/.exec(text) ?? [];
    expect(text).toContain(`--shard $((JOB_COMPLETION_INDEX + 1))/${completions}`);
  });
});
