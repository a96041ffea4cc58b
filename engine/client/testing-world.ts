// For the tests of this room: a world of virtual time with in-memory pipes. It has no faults of its own;
// those come from the script of the scripted broker. (The hostile world is `sim`, which this room may not
// import.)

import { Heap } from '../base/heap.ts';
import { failure, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { Address, Connection, ConnectionHandlers, Disk, Network, Ports } from '../ports.ts';
import { Runtime } from '../runtime.ts';

interface Event {
  readonly atUs: number;
  readonly order: number;
  readonly fire: () => void;
  cancelled: boolean;
}

export class TestingWorld {
  readonly bugs: string[] = [];
  readonly #events = new Heap<Event>((a, b) => a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order));
  readonly #listeners = new Map<string, (connection: Connection) => void>();
  #nowUs = 0;
  #order = 0;
  #draws = 1;

  get nowMs(): number {
    return Math.floor(this.#nowUs / 1000);
  }

  runtime(): Runtime {
    const ports: Ports = {
      clock: { wallMs: () => 1_700_000_000_000 + this.nowMs, monotonicUs: () => this.#nowUs },
      timers: { after: (delayUs, fire) => this.#at(delayUs, fire) },
      disk: undefined as unknown as Disk,
      network: this.#network(),
      random: { below: (n) => this.#draw() % n, uuid: () => 'AAAAAAAAAAAAAAAAAAAAAA' },
      trace: { wants: () => false, emit: () => {} },
    };
    return new Runtime(ports, (error, label) => {
      this.bugs.push(`${label}: ${error instanceof Error ? error.stack : String(error)}`);
    });
  }

  /** Lets time pass; throws what a task threw. */
  advance(durationMs: number): void {
    const untilUs = this.#nowUs + durationMs * 1000;
    for (;;) {
      const next = this.#events.peek();
      if (next === undefined || next.atUs > untilUs) break;
      this.#events.pop();
      this.#nowUs = next.atUs;
      if (!next.cancelled) next.fire();
      if (this.bugs.length > 0) throw new Error(this.bugs.join('\n'));
    }
    this.#nowUs = untilUs;
  }

  /** Runs a task to its end, for at most `limitMs` of virtual time. */
  finish<T>(runtime: Runtime, task: Task<T>, limitMs = 600_000): T {
    const ended = runtime.tasks.spawn('test', task);
    const untilMs = this.nowMs + limitMs;
    let result: { value: T } | undefined;
    ended.onSettled((value) => {
      result = { value };
    });
    while (result === undefined && this.nowMs < untilMs) this.advance(1);
    if (this.bugs.length > 0) throw new Error(this.bugs.join('\n'));
    if (result === undefined) throw new Error(`stuck: ${JSON.stringify(runtime.tasks.pending())}`);
    return result.value;
  }

  /** A server at this address. Returns how to take it away again. */
  serve(address: Address, onConnection: (connection: Connection) => void): () => void {
    const key = `${address.host}:${address.port}`;
    this.#listeners.set(key, onConnection);
    return () => this.#listeners.delete(key);
  }

  #draw(): number {
    this.#draws = (Math.imul(this.#draws, 1664525) + 1013904223) >>> 0;
    return this.#draws >>> 8;
  }

  #at(delayUs: number, fire: () => void): () => void {
    const event: Event = { atUs: this.#nowUs + delayUs, order: this.#order++, fire, cancelled: false };
    this.#events.push(event);
    return () => {
      event.cancelled = true;
    };
  }

  #network(): Network {
    return {
      listen: (_address, _onConnection, done) => {
        this.#at(0, () => done(failure({ kind: 'in-use', detail: 'tests listen with serve()' })));
      },
      connect: (address, done) => {
        const key = `${address.host}:${address.port}`;
        this.#at(500, () => {
          const onConnection = this.#listeners.get(key);
          if (onConnection === undefined) return done(failure({ kind: 'refused', detail: `${key} refused` }));
          const [near, far] = this.#pipe(key);
          onConnection(far);
          done(success(near));
        });
      },
    };
  }

  #pipe(key: string): [Connection, Connection] {
    const handlers: (ConnectionHandlers | undefined)[] = [undefined, undefined];
    const open = [true, true];
    const end = (side: number): Connection => ({
      peer: side === 0 ? key : 'client',
      local: side === 0 ? 'client' : key,
      attach: (given) => {
        handlers[side] = given;
      },
      send: (chunks) => {
        for (const chunk of chunks) {
          const copy = chunk.slice();
          this.#at(500, () => {
            if (open[1 - side]) handlers[1 - side]?.bytes(copy);
          });
        }
        return 0;
      },
      close: () => {
        if (!open[side]) return;
        open[side] = false;
        this.#at(500, () => {
          if (open[1 - side]) handlers[1 - side]?.closed('the peer closed');
          open[1 - side] = false;
        });
      },
      pause: () => {},
      resume: () => {},
    });
    return [end(0), end(1)];
  }
}
