// The command `serve` as its users meet it: a process with lines, signals and exit codes.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const cli = join(import.meta.dirname, '../../cli.ts');

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  /** The first line of standard output. */
  readonly ready: Promise<string>;
  readonly exit: Promise<number | null>;
}

let folder = '';
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-serve-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function serve(...options: string[]): Run {
  const parameters = [cli, 'serve', '--data', join(folder, 'data'), '--log-level', 'warn', ...options];
  const child = spawn(process.execPath, parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let output = '';
  let errors = '';
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (text) => {
      output += text;
      if (output.includes('\n')) resolve(output.slice(0, output.indexOf('\n')));
    });
    exit.then((code) => reject(new Error(`exit ${code}: ${errors}`)));
  });
  ready.catch(() => {});
  return { child, output: () => output, errors: () => errors, ready, exit };
}

const anywhere = ['--listen', '127.0.0.1:0'];

describe('odradek serve', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'prints one ready line, and ends with 0 at %s',
    async (signal) => {
      const run = serve(...anywhere);
      expect(await run.ready).toMatch(
        /^odradek ready on 127\.0\.0\.1:\d+ \(cluster [\w-]{22}, node \d+, data .*data\)$/,
      );
      run.child.kill(signal);
      expect([await run.exit, run.errors()]).toEqual([0, '']);
      expect(run.output().trim().split('\n')).toHaveLength(1);
    },
  );

  test('keeps its cluster over a restart, and tells it as JSON', async () => {
    const clusters: string[] = [];
    for (let life = 0; life < 2; life++) {
      const run = serve(...anywhere, '--json');
      const told = JSON.parse(await run.ready);
      expect(told).toMatchObject({ ready: true, host: '127.0.0.1', port: expect.any(Number) });
      clusters.push(told.clusterId);
      run.child.kill(life === 0 ? 'SIGKILL' : 'SIGTERM');
      expect(await run.exit).toBe(life === 0 ? null : 0);
    }
    expect(clusters[0]).toBe(clusters[1]);
  });

  test('does not share its data directory', async () => {
    const first = serve(...anywhere);
    await first.ready;
    const second = serve(...anywhere);
    expect(await second.exit).toBe(2);
    expect(second.errors()).toMatch(/in use by another broker \(process \d+\)/);
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);
  });

  test('says so when its port is taken', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    const run = serve('--listen', `127.0.0.1:${port}`);
    expect(await run.exit).toBe(2);
    expect(run.errors()).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}`));
    expect(run.errors()).not.toMatch(/ at .*\.ts/);
    taken.close();
  });

  test('names the property and the place of a bad configuration', async () => {
    const config = join(folder, 'server.properties');
    writeFileSync(config, 'num.partitions=many\n');
    const run = serve(...anywhere, '--config', config);
    expect(await run.exit).toBe(2);
    expect(run.errors()).toMatch(/num\.partitions.*server\.properties:1/);
  });

  test('serves metrics when asked', async () => {
    const run = serve(...anywhere, '--json', '--metrics', '127.0.0.1:0');
    const { metrics, port } = JSON.parse(await run.ready);
    const client = connect(port, '127.0.0.1');
    await new Promise((resolve) => client.on('connect', resolve));
    const url = `http://127.0.0.1:${metrics.port}/metrics`;
    await expect.poll(async () => (await fetch(url)).text()).toContain('odradek_connections 1\n');
    client.destroy();
    await expect.poll(async () => (await fetch(url)).text()).toContain('odradek_connections 0\n');
    run.child.kill('SIGTERM');
    expect(await run.exit).toBe(0);
  });
});
