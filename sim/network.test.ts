// Each network fault is seen to do its thing, and a live pipe neither loses nor reorders a byte.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../engine/index.ts';
import type { LinkFault } from './network-links.ts';
import { World, type WorldOptions } from './world.ts';

class Ear {
  readonly connection: Connection;
  readonly bytes: number[] = [];
  kept: Uint8Array[] = [];
  closed = '';
  deliveries = 0;
  drains = 0;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.attach({
      bytes: (chunk) => {
        this.deliveries++;
        this.kept.push(chunk);
        for (const byte of chunk) this.bytes.push(byte);
      },
      closed: (reason) => {
        this.closed = reason;
      },
      drained: () => {
        this.drains++;
      },
    });
  }

  say(...bytes: number[]): void {
    this.connection.send([Uint8Array.from(bytes)]);
  }
}

const address = { host: 'b', port: 9092 };

function made(options: Partial<WorldOptions> = {}) {
  const world = new World({ seed: 'network', ...options });
  const accepted: Ear[] = [];
  const listen = world.addNode({
    name: 'b',
    role: 'broker',
    program: ({ ports }) =>
      ports.network.listen(
        address,
        (connection) => accepted.push(new Ear(connection)),
        () => {},
      ),
  });
  const client = world.addNode({ name: 'c', role: 'client', program: () => {} });
  const server = listen;
  server.boot();
  client.boot();
  world.run(1000);
  return { world, server, client, accepted, pass: (us: number) => world.run(world.nowUs + us) };
}

type Setting = ReturnType<typeof made>;

/** What a connect answers within a minute. */
function dial({ client, pass }: Setting): { ear?: Ear; error?: string; tookUs: number } {
  let answered: { ear?: Ear; error?: string; tookUs: number } | undefined;
  const world = client.life?.ports;
  const start = world?.clock.monotonicUs() ?? 0;
  world?.network.connect(address, (outcome) => {
    const tookUs = world.clock.monotonicUs() - start;
    answered = outcome.ok ? { ear: new Ear(outcome.value), tookUs } : { error: outcome.error.kind, tookUs };
  });
  for (let round = 0; round < 600 && answered === undefined; round++) pass(100_000);
  if (answered === undefined) throw new Error('connect must answer');
  return answered;
}

function connected(options: Partial<WorldOptions> = {}) {
  const setting = made(options);
  const near = dial(setting).ear as Ear;
  setting.pass(10_000);
  const far = setting.accepted.at(-1) as Ear;
  return { ...setting, near, far };
}

const toBroker = { from: 'c', to: 'b' };
const second = 1_000_000;

describe('a live pipe', () => {
  test('neither loses nor reorders a byte, whatever is sent, cut, delayed, paused', () => {
    const step = fc.record({
      send: fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 3 }),
      passUs: fc.integer({ min: 0, max: 3000 }),
      does: fc.constantFrom('pause', 'resume', 'cut', 'slow', 'heal', 'freeze', 'thaw', 'nothing'),
    });
    fc.assert(
      fc.property(fc.string(), fc.array(step, { maxLength: 25 }), (seed, steps) => {
        const setting = connected({
          seed,
          network: { pipeBytes: 4096, cuts: { numerator: 1, denominator: 2 } },
        });
        const { world, server, near, far, pass } = setting;
        const sent: number[] = [];
        for (const { send, passUs, does } of steps) {
          for (const length of send) {
            const bytes = Array.from({ length }, (_, at) => (sent.length + at) % 251);
            for (const byte of bytes) sent.push(byte);
            near.say(...bytes);
          }
          if (does === 'pause') far.connection.pause();
          else if (does === 'resume') far.connection.resume();
          else if (does === 'cut') world.network.lay('cut', toBroker, { kind: 'cut' });
          else if (does === 'slow') {
            world.network.lay('slow', {}, { kind: 'slow', extraLatencyUs: 900, bytesPerSecond: 100_000 });
          } else if (does === 'heal') world.heal();
          else if (does === 'freeze' && !server.isPaused) server.pause('test');
          else if (does === 'thaw' && server.isPaused) server.resume();
          pass(passUs);
        }
        expect(far.bytes).toEqual(sent.slice(0, far.bytes.length));
        world.heal();
        far.connection.resume();
        pass(60 * second);
        expect(far.bytes).toEqual(sent);
        expect(near.closed).toBe('');
      }),
      { numRuns: 60 },
    );
  });

  test('is cut at drawn places, and a chunk that was kept is scribbled over', () => {
    const { near, far, pass } = connected({ network: { cuts: { numerator: 9, denominator: 10 } } });
    near.say(...new Array<number>(1000).fill(7));
    pass(10_000);
    expect(far.bytes.length).toBe(1000);
    expect(far.deliveries).toBeGreaterThan(2);
    expect(far.kept.every((chunk) => chunk.every((byte) => byte === 0xdb))).toBe(true);
  });
});

describe('network faults', () => {
  test('one-way cut: the cut direction waits, the other one works, healing brings what waited', () => {
    const { world, near, far, pass } = connected();
    const cut = world.network.lay('cut', toBroker, { kind: 'cut' });
    near.say(1, 2, 3);
    far.say(9);
    pass(second);
    expect([far.bytes, near.bytes]).toEqual([[], [9]]);
    expect(cut.hits).toBeGreaterThan(0);
    world.network.lift(cut);
    pass(second);
    expect(far.bytes).toEqual([1, 2, 3]);
    expect(near.closed).toBe('');
  });

  test('one-way cut: without acknowledgements the buffers of the other direction fill up', () => {
    const { world, near, far, pass } = connected({ network: { pipeBytes: 1000 } });
    world.network.lay('cut', toBroker, { kind: 'cut' });
    far.connection.send([new Uint8Array(1500)]);
    pass(second);
    expect(near.bytes.length).toBe(1000);
    world.heal();
    pass(second);
    expect(near.bytes.length).toBe(1500);
  });

  test('a cut by role hits only that role', () => {
    const { world, near, far, pass } = connected();
    world.network.lay('cut', { fromRole: 'broker', toRole: 'broker' }, { kind: 'cut' });
    near.say(1);
    pass(second);
    expect(far.bytes).toEqual([1]);
    world.network.lay('cut', { toRole: 'broker' }, { kind: 'cut' });
    near.say(2);
    pass(second);
    expect(far.bytes).toEqual([1]);
  });

  test('a cut for long: the sender gives up, the other end is told nothing', () => {
    const { world, near, far, pass } = connected({ network: { giveUpUs: 5 * second } });
    world.network.lay('cut', toBroker, { kind: 'cut' });
    near.say(1);
    pass(4 * second);
    expect(near.closed).toBe('');
    pass(2 * second);
    expect(near.closed).toContain('timed out');
    world.heal();
    pass(second);
    expect([far.bytes, far.closed]).toEqual([[], '']);
  });

  test('slow: latency and bandwidth are felt', () => {
    const { world, near, far, pass } = connected();
    const fault: LinkFault = { kind: 'slow', extraLatencyUs: 300_000, bytesPerSecond: 1000 };
    const slow = world.network.lay('slow', toBroker, fault);
    near.say(...new Array<number>(100).fill(1));
    pass(350_000);
    expect(far.bytes.length).toBe(0);
    pass(100_000);
    expect(far.bytes.length).toBe(100);
    expect(slow.hits).toBeGreaterThan(0);
  });

  test('refuse: connects are refused, connections live on', () => {
    const setting = connected();
    const { world, near, far, pass } = setting;
    const refuse = world.network.lay('refuse', toBroker, { kind: 'refuse' });
    expect(dial(setting).error).toBe('refused');
    expect(refuse.hits).toBe(1);
    near.say(1);
    pass(second);
    expect(far.bytes).toEqual([1]);
    world.network.lift(refuse);
    expect(dial(setting).ear).toBeDefined();
  });

  test('connect through a cut times out; a cut that heals in time only delays it', () => {
    const setting = made({ network: { connectTimeoutUs: 10 * second } });
    setting.world.network.lay('cut', { from: 'b', to: 'c' }, { kind: 'cut' });
    const timedOut = dial(setting);
    expect(timedOut.error).toBe('timeout');
    expect(timedOut.tookUs).toBeGreaterThanOrEqual(10 * second);
    setting.client.life?.ports.timers.after(2 * second, () => setting.world.heal());
    const late = dial(setting);
    expect(late.ear).toBeDefined();
    expect(late.tookUs).toBeGreaterThan(2 * second);
  });

  test('connect: an unknown host is unreachable, a dead process refuses, a dead machine is silent', () => {
    const setting = made({ network: { connectTimeoutUs: 10 * second } });
    let error = '';
    setting.client.life?.ports.network.connect({ host: 'nowhere', port: 1 }, (outcome) => {
      error = outcome.ok ? '' : outcome.error.kind;
    });
    setting.pass(second);
    expect(error).toBe('unreachable');
    setting.server.crash('test');
    expect(dial(setting).error).toBe('refused');
    setting.server.losePower();
    expect(dial(setting).error).toBe('timeout');
  });

  test('reset before delivery loses what was on its way and tells both ends', () => {
    const { world, near, far, pass } = connected();
    near.say(1, 2, 3);
    pass(50);
    expect(world.network.resetAll(toBroker, 'before-delivery')).toBe(1);
    pass(second);
    expect(far.bytes).toEqual([]);
    expect([near.closed, far.closed].every((reason) => reason.includes('reset'))).toBe(true);
    const reset = world.recorder.events.find(({ event }) => event.kind === 'connection-reset')?.event;
    expect(reset).toMatchObject({ lostBytes: 3 });
  });

  test('reset after delivery: the request arrives, its answer does not', () => {
    const { world, near, far, pass } = connected();
    near.say(1, 2, 3);
    pass(50);
    world.network.resetAll(toBroker, 'after-delivery');
    far.say(9);
    pass(second);
    expect(far.bytes).toEqual([1, 2, 3]);
    expect(near.bytes).toEqual([]);
    expect([near.closed, far.closed].every((reason) => reason.includes('reset'))).toBe(true);
  });

  test('resets by ratio hit deliveries now and then', () => {
    const { world, near, far, pass } = connected();
    const fault = {
      kind: 'resets',
      ratio: { numerator: 1, denominator: 5 },
      when: 'before-delivery',
    } as const;
    const resets = world.network.lay('resets', {}, fault);
    for (let round = 0; round < 100; round++) {
      near.say(round);
      pass(5000);
    }
    expect(resets.hits).toBe(1);
    expect(far.bytes.length).toBeLessThan(100);
    expect(far.bytes).toEqual(Array.from({ length: far.bytes.length }, (_, at) => at));
  });

  test('half-open: nothing passes, nobody is told, only a sender gives up', () => {
    const { world, near, far, pass } = connected({ network: { giveUpUs: 20 * second } });
    expect(world.network.severAll({})).toBe(1);
    near.say(1);
    pass(10 * second);
    expect([far.bytes, near.closed, far.closed]).toEqual([[], '', '']);
    expect(world.network.netstat().map(({ state }) => state)).toEqual(['severed', 'severed']);
    pass(20 * second);
    expect(near.closed).toContain('timed out');
    expect(far.closed).toBe('');
  });

  test('process crash: the peer is told, by an orderly end or a reset, under some seed each', () => {
    const reasons = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const { server, near, far, pass } = connected({ seed: `${seed}` });
      far.say(1);
      pass(100);
      server.crash('test');
      pass(second);
      reasons.add(`${near.closed}, ${near.bytes.length} bytes`);
    }
    expect(reasons).toContain('closed by the peer, 1 bytes');
    expect(reasons).toContain('reset by the peer, 0 bytes');
  });

  test('power loss: silence; after the next boot, bytes to the former life are answered with a reset', () => {
    const { server, near, pass } = connected();
    server.losePower();
    near.say(1);
    pass(30 * second);
    expect(near.closed).toBe('');
    server.boot();
    pass(5 * second);
    expect(near.closed).toContain('reset');
  });

  test('power loss: who does not send never learns of it', () => {
    const { server, near, pass } = connected();
    server.losePower();
    pass(30 * second);
    server.boot();
    pass(1000 * second);
    expect(near.closed).toBe('');
    near.say(1);
    pass(second);
    expect(near.closed).toContain('reset');
  });

  test('a paused process: its kernel takes the connection and the bytes, until the buffers are full', () => {
    const setting = connected({ network: { pipeBytes: 1000 } });
    const { server, near, far, accepted, pass } = setting;
    server.pause('test');
    near.connection.send([new Uint8Array(3000)]);
    expect(dial(setting).ear).toBeDefined();
    pass(second);
    expect([far.bytes.length, accepted.length, near.drains]).toEqual([0, 1, 0]);
    server.resume();
    pass(second);
    expect([far.bytes.length, accepted.length]).toEqual([3000, 2]);
    expect(near.drains).toBe(1);
  });

  test('netstat shows who waits for whom', () => {
    const { world, near, far, pass } = connected({ network: { pipeBytes: 1000 } });
    far.connection.pause();
    near.connection.send([new Uint8Array(3000)]);
    pass(second);
    const rows = world.network.netstat();
    expect(rows[0]).toMatchObject({ from: 'c', to: 'b', queuedBytes: 2000, travellingBytes: 1000 });
    expect(rows[1]).toMatchObject({ from: 'b', to: 'c', queuedBytes: 0, travellingBytes: 0 });
  });

  test('connections that are over are forgotten', () => {
    const { world, near, pass } = connected();
    near.connection.close();
    pass(second);
    expect(world.network.netstat()).toEqual([]);
  });
});
