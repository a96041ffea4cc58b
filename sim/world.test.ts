// Lives and deaths of nodes; one seed is one history.

import { describe, expect, test } from 'vitest';
import { assert, type Connection, type Task } from '../engine/index.ts';
import { firstDivergence, StepLog, twice } from './determinism.ts';
import type { Life } from './node.ts';
import { label, type StepListener } from './scheduler.ts';
import { World, type WorldOptions } from './world.ts';

const what = label('test');
const second = 1_000_000;

/** A small service: appends, syncs and echoes what it receives; its clients send and connect for ever. */
function service(options: WorldOptions) {
  const world = new World(options);
  const broker = world.addNode({ name: 'b', role: 'broker', program: serve, wallErrorMsMax: 100 });
  const clients = ['c1', 'c2'].map((name) => world.addNode({ name, role: 'client', program: ask }));
  broker.boot();
  for (const client of clients) client.boot();
  return { world, broker, clients };
}

function serve({ runtime }: Life): void {
  runtime.tasks.spawn('serve', serving(runtime));
}

function* serving(runtime: Life['runtime']): Task<void> {
  const opened = yield* runtime.open('log', { create: true });
  assert(opened.ok, 'the log opens');
  const file = opened.value;
  yield* runtime.listen({ host: 'b', port: 9092 }, (connection) => {
    connection.attach({
      bytes: (chunk) => {
        const copy = chunk.slice();
        runtime.tasks.spawn('answer', answering(connection, copy));
      },
      closed: () => {},
      drained: () => {},
    });
  });
  runtime.trace.emit({ kind: 'broker-started', brokerId: 1, cleanShutdown: false });
  function* answering(connection: Connection, bytes: Uint8Array): Task<void> {
    yield* file.append([bytes]);
    yield* file.sync();
    runtime.trace.emit({ kind: 'note', text: `answers ${bytes.length} bytes` });
    connection.send([bytes]);
  }
}

function ask({ runtime }: Life): void {
  runtime.tasks.spawn('ask', asking(runtime));
}

function* asking(runtime: Life['runtime']): Task<void> {
  for (;;) {
    const connected = yield* runtime.connect({ host: 'b', port: 9092 });
    if (!connected.ok) {
      yield* runtime.sleep(100);
      continue;
    }
    const connection = connected.value;
    const closed = runtime.tasks.completion<string>('the connection is closed');
    const say = () => connection.send([new Uint8Array(1 + runtime.random.below(500))]);
    connection.attach({ bytes: say, closed: (reason) => closed.settle(reason), drained: () => {} });
    say();
    yield* closed.wait();
  }
}

/** The service with a bit of everything happening to it. */
function story(options: WorldOptions, faults = true) {
  const { world, broker } = service(options);
  if (faults) {
    world.network.lay('slow', { from: 'c1' }, { kind: 'slow', extraLatencyUs: 500, bytesPerSecond: 0 });
    world.act(200_000, what, () => broker.crash('story'));
    world.act(300_000, what, () => broker.boot());
    world.act(500_000, what, () => broker.pause('story'));
    world.act(600_000, what, () => broker.resume());
    world.act(700_000, what, () => broker.losePower());
    world.act(800_000, what, () => broker.boot());
    world.act(850_000, what, () => broker.jumpClock(5000));
  }
  return world;
}

describe('one seed is one history', () => {
  const printed = (options: Partial<WorldOptions> = {}) => {
    const world = story({ seed: '1', ...options });
    world.run(2 * second);
    expect(world.crash).toBeUndefined();
    return world.fingerprint();
  };

  test('the same seed gives the same fingerprint, another seed another one', () => {
    expect(printed()).toMatch(/^[0-9a-f]{16}$/);
    expect(printed()).toBe(printed());
    expect(printed({ seed: '2' })).not.toBe(printed());
  });

  test('neither the slices, nor listeners, nor keeping events change it', () => {
    const world = story({ seed: '1', limits: { keptEvents: 3 } });
    let heard = 0;
    world.recorder.listen(() => heard++);
    let slices = 0;
    for (const _ of world.slices(2 * second)) slices++;
    expect(slices).toBeGreaterThan(2);
    expect(world.fingerprint()).toBe(printed());
    expect(world.recorder.events.length).toBe(3);
    expect(heard).toBe(world.recorder.recorded);
    expect(world.recorder.dropped).toBe(heard - 3);
  });

  test('one decision that falls otherwise gives another history', () => {
    expect(printed({ overrides: new Map([['network/latency#10', 0]]) })).not.toBe(printed());
  });

  test('without the faults, what no fault touches was drawn the same', () => {
    const plain = story({ seed: '1' }, false);
    const hurt = story({ seed: '1' });
    plain.run(2 * second);
    hurt.run(2 * second);
    for (const site of ['random/c1/1', 'disk/b/latency', 'network/latency']) {
      const [a, b] = [plain, hurt].map((world) => world.randomness.decisions(site));
      const common = Math.min(a?.length ?? 0, b?.length ?? 0);
      expect(common).toBeGreaterThan(10);
      expect(a?.slice(0, common)).toEqual(b?.slice(0, common));
    }
  });

  test('events know their step, time, life and cause; causes go back to the beginning', () => {
    const world = story({ seed: '1' });
    world.run(second);
    const { events } = world.recorder;
    const started = events.filter(({ event }) => event.kind === 'broker-started');
    expect(started.map(({ node, incarnation }) => `${node}#${incarnation}`)).toEqual(['b#1', 'b#2', 'b#3']);
    let last = 0;
    for (const { step, cause, timeUs } of events) {
      expect(step).toBeGreaterThanOrEqual(last);
      expect(step === 0 || cause < step).toBe(true);
      expect(timeUs).toBeLessThanOrEqual(second);
      last = step;
    }
    expect(world.recorder.counts().get('node-crashed')).toBe(1);
    expect(world.recorder.counts().get('power-lost')).toBe(1);
  });
});

describe('determinism check', () => {
  function* running(onStep: StepListener, disturbAtUs: number): Generator<undefined, string, void> {
    const { world, broker } = service({ seed: '1', onStep });
    if (disturbAtUs > 0) world.act(disturbAtUs, what, () => broker.jumpClock(1));
    yield* world.slices(second);
    return world.fingerprint();
  }

  function finished<T>(generator: Generator<undefined, T, void>): T {
    for (;;) {
      const step = generator.next();
      if (step.done) return step.value;
    }
  }

  test('two runs of the same are the same', () => {
    const comparison = finished(twice((onStep) => running(onStep, 0)));
    expect(comparison).toMatchObject({ same: true, divergence: undefined });
  });

  test('a run that depends on something outside is caught, at its first different step', () => {
    let runs = 0;
    const comparison = finished(twice((onStep) => running(onStep, ++runs === 2 ? 500_000 : 0)));
    expect(comparison.same).toBe(false);
    const { divergence } = comparison;
    expect(divergence?.second).toMatchObject({ owner: 'world', label: 'test', timeUs: 500_000 });
    expect(divergence?.first?.label).not.toBe('test');
    expect(divergence?.before?.timeUs).toBeLessThanOrEqual(500_000);
    expect(divergence?.text).toContain('the runs part at step');
  });

  test('a run that ended earlier is different at its end', () => {
    const [long, short] = [new StepLog(), new StepLog()];
    for (let step = 1; step <= 5; step++) {
      long.listener(step, 'node', 'label', step * 7, step - 1);
      if (step <= 3) short.listener(step, 'node', 'label', step * 7, step - 1);
    }
    expect(firstDivergence(long, long)).toBeUndefined();
    expect(firstDivergence(long, short)).toMatchObject({ step: 4, second: undefined, before: { step: 3 } });
  });
});

describe('a node', () => {
  test('boots, and each life is another incarnation with other ports', () => {
    const lives: Life[] = [];
    const world = new World({ seed: 's' });
    const node = world.addNode({ name: 'b', role: 'broker', program: (life) => lives.push(life) });
    node.boot();
    expect(lives.length).toBe(0);
    world.run(10);
    node.crash('test');
    node.boot();
    world.run(20);
    expect(lives.map(({ incarnation }) => incarnation)).toEqual([1, 2]);
    expect(lives.map((life) => life.isAlive())).toEqual([false, true]);
    expect(lives[0]?.ports.random.uuid()).not.toBe(lives[1]?.ports.random.uuid());
    expect(() => node.boot()).toThrow(/not up when it boots/);
  });

  test('after a death nothing of that life is heard or does anything', () => {
    const { world, broker } = service({ seed: '1' });
    world.run(100_000);
    const life = broker.life as Life;
    broker.crash('test');
    const before = world.recorder.recorded;
    const heard: string[] = [];
    life.ports.timers.after(1, () => heard.push('timer'));
    life.ports.disk.list('', () => heard.push('list'));
    life.ports.network.connect({ host: 'b', port: 9092 }, () => heard.push('connect'));
    life.ports.network.listen(
      { host: 'b', port: 9092 },
      () => {},
      () => heard.push('listen'),
    );
    life.ports.trace.emit({ kind: 'note', text: 'from the grave' });
    life.halt('from the grave');
    world.run(200_000);
    expect(heard).toEqual([]);
    expect(world.recorder.events.slice(before).filter(({ node }) => node === 'b')).toEqual([]);
    expect(broker.state).toBe('down');
  });

  test('goes on answering after a crash and a boot', () => {
    const { world, broker } = service({ seed: '1' });
    world.run(100_000);
    broker.crash('test');
    world.run(300_000);
    const size = broker.disk.content('log')?.length as number;
    expect(size).toBeGreaterThan(1000);
    broker.boot();
    world.run(second);
    expect(broker.disk.content('log')?.length).toBeGreaterThan(size);
  });

  test('a paused node does nothing, then goes on', () => {
    const { world, broker } = service({ seed: '1' });
    world.run(100_000);
    broker.pause('test');
    const events = () => world.recorder.events.filter(({ node }) => node === 'b').length;
    const before = events();
    world.run(second);
    expect(events()).toBe(before);
    broker.resume();
    world.run(2 * second);
    expect(events()).toBeGreaterThan(before + 100);
    expect(
      world.recorder.events.some(({ event }) => event.kind === 'node-resumed' && event.heldEvents > 0),
    ).toBe(true);
  });

  test('gives up by itself: halted, its connections ended, able to boot again', () => {
    const { world, broker } = service({ seed: '1' });
    world.run(100_000);
    const life = broker.life as Life;
    life.runtime.after(0, () => {
      life.halt('the disk failed');
      life.runtime.trace.emit({ kind: 'note', text: 'too late' });
    });
    world.run(200_000);
    expect(broker.state).toBe('down');
    const texts = world.recorder.events.map(({ event }) => (event.kind === 'note' ? event.text : event.kind));
    expect(texts).toContain('node-halted');
    expect(texts).not.toContain('too late');
    broker.boot();
    world.run(second);
    expect(broker.isUp).toBe(true);
  });

  test('a bug ends the run, with who, when and where', () => {
    for (const how of ['task', 'callback'] as const) {
      const world = new World({ seed: 's' });
      const node = world.addNode({
        name: 'b',
        role: 'broker',
        program: ({ runtime, ports }) => {
          if (how === 'task') runtime.tasks.spawn('counting', counting(runtime));
          else ports.timers.after(1000, () => assert(false, 'numbers are positive'));
        },
      });
      node.boot();
      expect(world.run(second)).toBe('stopped');
      expect(world.crash).toMatchObject({ node: 'b', incarnation: 1, message: 'numbers are positive' });
      expect(world.crash?.label).toBe(how === 'task' ? 'counting' : 'timer');
      expect(world.crash?.stack).toContain('world.test.ts');
      expect(world.recorder.counts().get('engine-crashed')).toBe(1);
    }
  });

  test('what waits is named', () => {
    const { world, broker } = service({ seed: '1' });
    world.run(100_000);
    broker.pause('test');
    expect(world.pending()).toContainEqual({
      node: 'c1',
      task: 'ask',
      waitingFor: 'the connection is closed',
    });
  });

  test('heal lifts every fault and resumes who is paused', () => {
    const { world, broker } = service({ seed: '1' });
    world.run(100_000);
    world.network.lay('cut', {}, { kind: 'cut' });
    broker.disk.lay('stuck', {}, { kind: 'stuck' });
    broker.pause('test');
    world.run(second);
    const size = broker.disk.content('log')?.length as number;
    world.heal();
    world.run(3 * second);
    expect(broker.disk.content('log')?.length).toBeGreaterThan(size + 1000);
  });
});

function* counting(runtime: Life['runtime']): Task<void> {
  yield* runtime.sleep(1);
  assert(false, 'numbers are positive');
}
