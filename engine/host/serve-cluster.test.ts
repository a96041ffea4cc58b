// The command `serve --brokers` as its users meet it: a process with processes below it, lines, signals, exit codes.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const cli = join(import.meta.dirname, '../../cli.ts');

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  /** Settles when a line of standard output holds this. */
  readonly says: (text: string) => Promise<void>;
  readonly exit: Promise<number | null>;
}

let folder = '';
const running: Run[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-serve-cluster-'));
});
afterEach(async () => {
  // A signal that it can act on: whoever is killed cannot end the nodes, which then end by themselves, but later.
  for (const { child } of running) child.kill('SIGTERM');
  await Promise.all(running.splice(0).map(({ exit }) => exit));
  rmSync(folder, { recursive: true, force: true });
});

function serve(...options: string[]): Run {
  const data = join(folder, 'data');
  const parameters = [cli, 'serve', '--listen', '127.0.0.1:0', '--data', data, '--log-level', 'warn'];
  const child = spawn(process.execPath, [...parameters, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const says = async (text: string): Promise<void> => {
    await expect.poll(() => output).toContain(text);
  };
  const run = { child, output: () => output, errors: () => errors, says, exit };
  running.push(run);
  return run;
}

async function ready(run: Run) {
  await run.says('\n');
  return JSON.parse(run.output().slice(0, run.output().indexOf('\n')));
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('odradek serve --brokers', () => {
  test('starts brokers, says where each is, and ends all of them with 0', async () => {
    const run = serve('--brokers', '3', '--racks', 'a,b,c');
    await run.says('odradek ready on ');
    const lines = run.output().trim().split('\n');
    expect(lines).toHaveLength(5);
    for (const [at, rack] of ['a', 'b', 'c'].entries()) {
      const line = `^broker-${at + 1} on 127\\.0\\.0\\.1:\\d+, process \\d+ \\(broker and controller, rack ${rack}\\)$`;
      expect(lines[at]).toMatch(new RegExp(line));
    }
    expect(lines[4]).toMatch(
      /^odradek ready on 127\.0\.0\.1:\d+,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+ \(cluster /,
    );
    run.child.kill('SIGINT');
    expect([await run.exit, run.errors()]).toEqual([0, '']);
  });

  test('reports a broker that is killed, goes on, and says so at its end', async () => {
    const run = serve('--brokers', '3', '--json');
    const told = await ready(run);
    expect(told.nodes.map(({ name }: { name: string }) => name)).toEqual([
      'broker-1',
      'broker-2',
      'broker-3',
    ]);
    const { pid, config } = told.nodes[1];
    expect(readFileSync(config, 'utf8')).toContain('node.id=2\n');
    process.kill(pid, 'SIGKILL');
    await expect.poll(run.errors).toMatch(/broker-2 ended by SIGKILL; .* --config .*broker-2\.properties/);
    for (const other of [told.nodes[0], told.nodes[2]]) expect(isThere(other.pid)).toBe(true);
    run.child.kill('SIGTERM');
    expect(await run.exit).toBe(1);
  });

  test('keeps its cluster over a restart, and takes no other quorum for it', async () => {
    const first = serve('--brokers', '2', '--controllers', '1', '--json');
    const { clusterId } = await ready(first);
    expect(existsSync(join(folder, 'data', 'controller-101', 'meta.properties'))).toBe(true);
    first.child.kill('SIGTERM');
    expect([await first.exit, first.errors()]).toEqual([0, '']);
    const other = serve('--brokers', '2', '--json');
    expect(await other.exit).toBe(2);
    expect(other.errors()).toMatch(/controllers 101, not 1, 2/);
    const again = serve('--brokers', '2', '--controllers', '1', '--json');
    expect((await ready(again)).clusterId).toBe(clusterId);
  });

  test('leaves no node behind when it is killed', async () => {
    const run = serve('--brokers', '1', '--json');
    const { nodes } = await ready(run);
    run.child.kill('SIGKILL');
    await run.exit;
    await expect.poll(() => existsSync(join(nodes[0].data, '.lock'))).toBe(false);
  });

  test.each([
    [['--brokers', '0'], /1 to 100 brokers/],
    [['--brokers', '2', '--override', 'node.id=1'], /node\.id differs from node to node/],
    [['--controllers', '3'], /--brokers says how large/],
  ])('refuses %j', async (options, complaint) => {
    const run = serve(...options);
    expect(await run.exit).toBe(2);
    expect(run.errors()).toMatch(complaint);
    expect(run.output()).toBe('');
  });
});
