import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServeOptions, type ServeSettings, serveSettings } from './serve-settings.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, 'server.properties');
  writeFileSync(path, text);
  return path;
}

function settled(options: ServeOptions): ServeSettings {
  const settings = serveSettings(options);
  if (!settings.ok) throw new Error(settings.error.join('\n'));
  return settings.value;
}

function problems(options: ServeOptions): string[] {
  const settings = serveSettings(options);
  return settings.ok ? [] : settings.error;
}

describe('the settings of serve', () => {
  test('without options listen on 127.0.0.1:9092, with the logs in ./data', () => {
    const { properties, dataDir, logLevel, metrics } = settled({});
    expect(properties.get('listeners')).toBe('PLAINTEXT://127.0.0.1:9092');
    expect({ dataDir, logLevel, metrics }).toEqual({
      dataDir: './data',
      logLevel: 'info',
      metrics: undefined,
    });
  });

  test('a file sets them, --override is stronger, --listen and --data are the strongest', () => {
    const config = file('listeners=PLAINTEXT://127.0.0.1:1\nlog.dirs=here\nnode.id=5\nnum.partitions=2\n');
    const fromFile = settled({ config });
    expect(fromFile.dataDir).toBe('here');
    expect(fromFile.properties.get('listeners')).toBe('PLAINTEXT://127.0.0.1:1');
    const override = ['num.partitions=3', 'log.dirs=there'];
    const stronger = settled({ config, override });
    expect([stronger.dataDir, stronger.properties.get('num.partitions')]).toEqual(['there', '3']);
    const strongest = settled({
      config,
      override,
      data: 'mine',
      listen: '[::1]:0',
      metrics: 'localhost:9100',
    });
    expect(strongest.dataDir).toBe('mine');
    expect(strongest.properties.get('listeners')).toBe('PLAINTEXT://[::1]:0');
    expect(strongest.metrics).toEqual({ host: 'localhost', port: 9100 });
    expect(strongest.properties.get('node.id')).toBe('5');
  });

  test('--listen leaves the listener of the controllers alone', () => {
    const listeners = 'listeners=CONTROLLER://127.0.0.1:3,PLAINTEXT://127.0.0.1:1';
    const config = file(`${listeners}\ncontroller.listener.names=CONTROLLER\n`);
    expect(settled({ config, listen: '127.0.0.1:7' }).properties.get('listeners')).toBe(
      'PLAINTEXT://127.0.0.1:7,CONTROLLER://127.0.0.1:3',
    );
  });

  test('what is about a cluster needs one', () => {
    expect(problems({ racks: 'a' })).toEqual([expect.stringContaining('--brokers')]);
  });

  test('a bad value is told with its property and its place', () => {
    const config = file('# broker\nnum.partitions=many\n');
    expect(problems({ config })).toEqual([expect.stringMatching(/num\.partitions.*server\.properties:2\)$/)]);
    expect(problems({ override: ['num.partitions=many'] })).toEqual([
      expect.stringMatching(/num\.partitions.*\(--override\)$/),
    ]);
  });

  test('every bad option is told', () => {
    const options = { listen: 'nowhere', metrics: 'x:99999', logLevel: 'loud', override: ['=1'] };
    const told = problems(options).join('\n');
    for (const name of ['--listen nowhere', '--metrics x:99999', '--log-level loud', '--override =1']) {
      expect(told).toContain(name);
    }
  });

  test('a file that is not there is told', () => {
    expect(problems({ config: join(folder, 'none') })).toEqual([expect.stringContaining('ENOENT')]);
  });
});
