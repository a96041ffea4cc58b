// Ending a process by asking it, and staying at yield points.

import { describe, expect, test } from 'vitest';
import { Runtime, type Task } from '../engine/index.ts';
import type { Life, YieldConditions } from './node.ts';
import { World } from './world.ts';

const second = 1_000_000;

describe('a process that is asked to end', () => {
  function made(program: (life: Life) => void) {
    const world = new World({ seed: '1' });
    const kinds: string[] = [];
    world.recorder.listen(({ event }) => kinds.push(event.kind));
    const node = world.addNode({ name: 'b', role: 'broker', program });
    node.boot();
    world.run(second);
    const ends: boolean[] = [];
    return { world, node, kinds, ends, ask: () => node.terminate('test', (byItself) => ends.push(byItself)) };
  }

  const slow = ({ runtime, onTerminate, exit }: Life) =>
    onTerminate(() => void runtime.after(2_000, () => exit('done')));

  test('takes its time, and is over', () => {
    const { world, node, kinds, ends, ask } = made(slow);
    ask();
    world.run(2 * second);
    expect([node.state, ends]).toEqual(['up', []]);
    world.run(4 * second);
    expect([node.state, ends]).toEqual(['down', [true]]);
    expect(kinds.slice(-2)).toEqual(['node-terminated', 'node-stopped']);
    node.boot();
    world.run(5 * second);
    expect(node.state).toBe('up');
  });

  test('and is asked again in the meantime, ends once, and both hear of it', () => {
    let asked = 0;
    const { world, node, kinds, ends, ask } = made(({ runtime, onTerminate, exit }) =>
      onTerminate(() => {
        asked++;
        runtime.after(2_000, () => exit('done'));
      }),
    );
    ask();
    world.run(2 * second);
    ask();
    world.run(6 * second);
    expect([node.state, asked, ends]).toEqual(['down', 1, [true, true]]);
    expect(kinds.filter((kind) => kind === 'node-stopped')).toHaveLength(1);
  });

  test('that has no answer is killed', () => {
    const { world, node, ends, ask } = made(() => {});
    ask();
    world.run(2 * second);
    expect([node.state, ends]).toEqual(['down', [true]]);
  });

  test('hears of it only when it is resumed', () => {
    const { world, node, ends, ask } = made(slow);
    node.pause('test');
    ask();
    world.run(60 * second);
    expect(ends).toEqual([]);
    node.resume();
    world.run(63 * second);
    expect(ends).toEqual([true]);
  });

  test('and dies first is over by something else; the next life ends nobody', () => {
    const { world, node, ends, ask } = made(slow);
    ask();
    world.run(2 * second);
    node.crash('test');
    node.boot();
    world.run(60 * second);
    expect([node.state, ends]).toEqual(['up', [false]]);
  });
});

describe('yield points', () => {
  /** Two tasks that pass yield points and write down the order in which they do. */
  function toy(yields: YieldConditions | undefined, overrides?: ReadonlyMap<string, number>) {
    const passed: string[] = [];
    const ends: number[] = [];
    const world = new World({ seed: '1', yields, ...(overrides === undefined ? {} : { overrides }) });
    const program = ({ runtime }: Life) => {
      for (const name of ['left', 'right']) {
        runtime.tasks.spawn(name, walk(runtime, name)).onSettled(() => ends.push(world.nowUs));
      }
    };
    function* walk(runtime: Runtime, name: string): Task<void> {
      for (let n = 0; n < 20; n++) {
        yield* runtime.yieldPoint(`toy: ${name}`);
        passed.push(`${name} ${n}`);
      }
    }
    world.addNode({ name: 'b', role: 'broker', program }).boot();
    world.run(60 * second);
    return { passed, ends, fingerprint: world.fingerprint(), randomness: world.randomness };
  }

  const often = { ratio: { numerator: 1, denominator: 4 }, leastUs: 10, mostUs: 1_000 };
  const inOrder = ['left', 'right'].flatMap((name) => Array.from({ length: 20 }, (_, n) => `${name} ${n}`));

  test('are passed without a wait when nobody wants them', () => {
    const { passed, ends, randomness } = toy(undefined);
    expect(passed).toEqual(inOrder);
    expect(new Set(ends).size).toBe(1);
    expect(randomness.counts().some(({ site }) => site.startsWith('yield/'))).toBe(false);
  });

  test('let others go first now and then, the same ones under the same seed', () => {
    const first = toy(often);
    expect(first.passed).not.toEqual(inOrder);
    expect([...first.passed].sort()).toEqual([...inOrder].sort());
    expect(toy(often)).toMatchObject({
      passed: first.passed,
      ends: first.ends,
      fingerprint: first.fingerprint,
    });
  });

  test('decide by name: one that is overridden leaves the others as they were', () => {
    const site = 'yield/b/toy: left';
    const stays = (run: ReturnType<typeof toy>) =>
      run.randomness.decisions(site).filter(({ n }) => n % 2 === 0);
    const first = toy(often);
    const stayed = stays(first).find(({ value }) => value < 2 ** 30);
    expect(stayed).toBeDefined();
    const changed = toy(often, new Map([[`${site}#${stayed?.n}`, 2 ** 32 - 1]]));
    expect(changed.passed).not.toEqual(first.passed);
    const others = (run: ReturnType<typeof toy>) => stays(run).filter(({ n }) => n !== stayed?.n);
    expect(others(changed)).toEqual(others(first));
  });

  test('of a runtime that nobody told of them never suspend', () => {
    const bugs: unknown[] = [];
    const runtime = new Runtime({} as ConstructorParameters<typeof Runtime>[0], (error) => bugs.push(error));
    let passed = 0;
    runtime.tasks.spawn('toy', walk());
    function* walk(): Task<void> {
      for (let n = 0; n < 3; n++) {
        yield* runtime.yieldPoint('toy');
        passed++;
      }
    }
    expect([passed, bugs]).toEqual([3, []]);
  });
});
