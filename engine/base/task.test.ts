import { describe, expect, test } from 'vitest';
import { type Task, Tasks } from './task.ts';

function newTasks(): { tasks: Tasks; bugs: string[]; said: string[] } {
  const bugs: string[] = [];
  const said: string[] = [];
  return { tasks: new Tasks((error, label) => bugs.push(`${label}: ${String(error)}`)), bugs, said };
}

describe('tasks', () => {
  test('run up to their first wait at once, and go on after the settle, not inside it', () => {
    const { tasks, said } = newTasks();
    const gate = tasks.completion<number>('gate');
    tasks.spawn(
      'waiter',
      (function* (): Task<void> {
        said.push('before');
        said.push(`after ${yield* gate.wait()}`);
      })(),
    );
    tasks.enter(() => {
      gate.settle(7);
      said.push('settled');
    });
    expect(said).toEqual(['before', 'settled', 'after 7']);
  });

  test('resume in the order in which they were released', () => {
    const { tasks, said } = newTasks();
    const gates = [0, 1, 2].map((n) => tasks.completion<void>(`gate ${n}`));
    for (const [n, gate] of gates.entries()) {
      tasks.spawn(
        `waiter ${n}`,
        (function* (): Task<void> {
          yield* gate.wait();
          said.push(`waiter ${n}`);
        })(),
      );
    }
    tasks.enter(() => {
      for (const gate of [...gates].reverse()) gate.settle();
    });
    expect(said).toEqual(['waiter 2', 'waiter 1', 'waiter 0']);
  });

  test('a completion is settled once; the second settle is refused', () => {
    const { tasks } = newTasks();
    const once = tasks.completion<string>('once');
    expect([once.settle('first'), once.settle('second')]).toEqual([true, false]);
    let seen = '';
    tasks.spawn(
      'late',
      (function* (): Task<void> {
        seen = yield* once.wait();
      })(),
    );
    expect(seen).toBe('first');
  });

  test('all() waits for every one and keeps their order', () => {
    const { tasks } = newTasks();
    const slow = tasks.completion<string>('slow');
    let results: string[] = [];
    tasks.spawn(
      'both',
      (function* (): Task<void> {
        results = yield* tasks.all('pair', [
          slow.wait(),
          (function* (): Task<string> {
            return 'quick';
          })(),
        ]);
      })(),
    );
    expect(results).toEqual([]);
    slow.settle('slow');
    expect(results).toEqual(['slow', 'quick']);
  });

  test('a stopped life never runs again, and pending() is empty', () => {
    const { tasks, said } = newTasks();
    const gate = tasks.completion<void>('gate');
    tasks.spawn(
      'waiter',
      (function* (): Task<void> {
        yield* gate.wait();
        said.push('a ghost');
      })(),
    );
    expect(tasks.pending()).toEqual([{ task: 'waiter', waitingFor: 'gate' }]);
    tasks.stop();
    gate.settle();
    tasks.enter(() => said.push('a second ghost'));
    expect([said, tasks.pending()]).toEqual([[], []]);
  });

  test('what a task throws is a bug with its label, and the others live on', () => {
    const { tasks, bugs, said } = newTasks();
    tasks.spawn(
      'faulty',
      (function* (): Task<void> {
        throw new Error('broken');
      })(),
    );
    tasks.spawn(
      'healthy',
      (function* (): Task<void> {
        said.push('healthy');
      })(),
    );
    expect(bugs).toEqual(['faulty: Error: broken']);
    expect(said).toEqual(['healthy']);
  });

  test('ten thousand resumes in one turn neither recurse nor get lost', () => {
    const { tasks } = newTasks();
    const gate = tasks.completion<void>('gate');
    let count = 0;
    for (let n = 0; n < 10_000; n++) {
      tasks.spawn(
        `waiter ${n}`,
        (function* (): Task<void> {
          yield* gate.wait();
          count++;
        })(),
      );
    }
    gate.settle();
    expect(count).toBe(10_000);
  });
});
