// A node's runtime: its ports and its tasks, joined. Rooms that wait (`log`, `client`, `server`, `cluster`) are given
// one of these and never call a port with a bare callback: each callback enters the tasks first, so that whatever it
// settles resumes in order when it has finished (see `base/task.ts`).

import { assert } from './base/assert.ts';
import { BufferPool } from './base/buffer-pool.ts';
import type { Outcome } from './base/outcome.ts';
import { type Completion, type Task, Tasks } from './base/task.ts';
import type { EngineMark } from './marks.ts';
import type {
  Address,
  Cancel,
  Clock,
  Connection,
  ConnectionHandlers,
  DirectoryEntry,
  DiskDone,
  DiskError,
  DiskFile,
  Listener,
  NetworkError,
  Ports,
  Random,
  Trace,
} from './ports.ts';

export type DiskOutcome<T> = Outcome<T, DiskError>;

/**
 * How long to stay at a yield point, in microseconds; 0: not at all. Only the simulator has one. It is no port: the
 * world outside says nothing here, and a host that says nothing behaves the same.
 */
export type YieldPoints = (name: string) => number;

/** A task that is over: to wait for it costs no allocation and does not suspend. */
const noWait: Task<void> = (function* (): Task<void> {})();
noWait.next();

/** Everything that one life of one node needs to act and to wait. */
export class Runtime {
  readonly tasks: Tasks;
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  /** For frames and answers of this life. */
  readonly buffers: BufferPool;
  readonly #ports: Ports;
  readonly #yields: YieldPoints | undefined;

  /** `onBug` receives whatever a task threw; the host exits, the simulator ends the run. */
  constructor(
    ports: Ports,
    onBug: (error: unknown, label: string) => void,
    yields?: YieldPoints,
    buffers = new BufferPool({ scribbles: false }),
  ) {
    this.#ports = ports;
    this.#yields = yields;
    this.tasks = new Tasks(onBug);
    this.clock = ports.clock;
    this.random = ports.random;
    this.trace = ports.trace;
    this.buffers = buffers;
  }

  // ---- time

  /** Calls `fire` once, `delayMs` from now or later. */
  after(delayMs: number, fire: () => void): Cancel {
    return this.#ports.timers.after(Math.max(0, Math.round(delayMs * 1000)), () => this.tasks.enter(fire));
  }

  *sleep(delayMs: number, label = `sleep ${delayMs} ms`): Task<void> {
    const over = this.tasks.completion<void>(label);
    this.after(delayMs, () => over.settle());
    yield* over.wait();
  }

  /** A rare turn was taken (`marks.ts`). */
  reached(mark: EngineMark): void {
    if (this.trace.wants('reached')) this.trace.emit({ kind: 'reached', mark });
  }

  /**
   * A place at which Kafka's threads race: `yield* runtime.yieldPoint('partition: isr answered')`. Other tasks may run
   * here, as they may at every wait, so whatever was true before must be looked at again behind it. For real nothing
   * happens; under simulation the task now and then stays for a while.
   */
  yieldPoint(name: string): Task<void> {
    const delayUs = this.#yields === undefined ? 0 : this.#yields(name);
    return delayUs === 0 ? noWait : this.sleep(delayUs / 1000, `yields at ${name}`);
  }

  /** Waits for `completion`, at most `timeoutMs`; undefined when the time ran out first. */
  *within<T>(completion: Completion<T>, timeoutMs: number): Task<T | undefined> {
    if (completion.settled) return yield* completion.wait();
    const first = this.tasks.completion<T | undefined>(`${completion.label} (at most ${timeoutMs} ms)`);
    const cancel = this.after(timeoutMs, () => first.settle(undefined));
    completion.onSettled((value) => {
      cancel();
      first.settle(value);
    });
    return yield* first.wait();
  }

  // ---- disk: each port call as a task

  *open(path: string, options: { create: boolean }): Task<DiskOutcome<File>> {
    const opened = yield* this.#disk<DiskFile>(`open ${path}`, (done) =>
      this.#ports.disk.open(path, options, done),
    );
    return opened.ok ? { ok: true, value: new File(opened.value, this.tasks) } : opened;
  }

  list(path: string): Task<DiskOutcome<DirectoryEntry[]>> {
    return this.#disk(`list ${path}`, (done) => this.#ports.disk.list(path, done));
  }

  makeDir(path: string): Task<DiskOutcome<undefined>> {
    return this.#disk(`make ${path}`, (done) => this.#ports.disk.makeDir(path, done));
  }

  rename(from: string, to: string): Task<DiskOutcome<undefined>> {
    return this.#disk(`rename ${from}`, (done) => this.#ports.disk.rename(from, to, done));
  }

  remove(path: string): Task<DiskOutcome<undefined>> {
    return this.#disk(`remove ${path}`, (done) => this.#ports.disk.remove(path, done));
  }

  syncDir(path: string): Task<DiskOutcome<undefined>> {
    return this.#disk(`sync directory ${path}`, (done) => this.#ports.disk.syncDir(path, done));
  }

  *#disk<T>(label: string, begin: (done: DiskDone<T>) => void): Task<DiskOutcome<T>> {
    return yield* waitForDisk(this.tasks, label, begin);
  }

  // ---- network

  *listen(
    address: Address,
    onConnection: (connection: Connection) => void,
  ): Task<Outcome<Listener, NetworkError>> {
    const listening = this.tasks.completion<Outcome<Listener, NetworkError>>(
      `listen ${address.host}:${address.port}`,
    );
    this.#ports.network.listen(
      address,
      (connection) => this.tasks.enter(() => onConnection(entering(connection, this.tasks))),
      (outcome) => this.tasks.enter(() => listening.settle(outcome)),
    );
    return yield* listening.wait();
  }

  *connect(address: Address): Task<Outcome<Connection, NetworkError>> {
    const connected = this.tasks.completion<Outcome<Connection, NetworkError>>(
      `connect ${address.host}:${address.port}`,
    );
    this.#ports.network.connect(address, (outcome) => this.tasks.enter(() => connected.settle(outcome)));
    const outcome = yield* connected.wait();
    return outcome.ok ? { ok: true, value: entering(outcome.value, this.tasks) } : outcome;
  }
}

/** An open file whose operations are tasks. */
export class File {
  readonly #file: DiskFile;
  readonly #tasks: Tasks;

  constructor(file: DiskFile, tasks: Tasks) {
    this.#file = file;
    this.#tasks = tasks;
  }

  get path(): string {
    return this.#file.path;
  }

  sizeBytes(): number {
    return this.#file.sizeBytes();
  }

  append(chunks: readonly Uint8Array[]): Task<DiskOutcome<undefined>> {
    return waitForDisk(this.#tasks, `append ${this.path}`, (done) => this.#file.append(chunks, done));
  }

  writeAt(position: number, chunks: readonly Uint8Array[]): Task<DiskOutcome<undefined>> {
    return waitForDisk(this.#tasks, `write ${this.path}`, (done) =>
      this.#file.writeAt(position, chunks, done),
    );
  }

  /** Fills `into` from `position`; the value is the number of bytes read, short only at the end of the file. */
  readAt(position: number, into: Uint8Array): Task<DiskOutcome<number>> {
    return waitForDisk(this.#tasks, `read ${this.path}`, (done) => this.#file.readAt(position, into, done));
  }

  sync(): Task<DiskOutcome<undefined>> {
    return waitForDisk(this.#tasks, `sync ${this.path}`, (done) => this.#file.sync(done));
  }

  truncate(sizeBytes: number): Task<DiskOutcome<undefined>> {
    return waitForDisk(this.#tasks, `truncate ${this.path}`, (done) => this.#file.truncate(sizeBytes, done));
  }

  close(): void {
    this.#file.close();
  }
}

function* waitForDisk<T>(
  tasks: Tasks,
  label: string,
  begin: (done: DiskDone<T>) => void,
): Task<DiskOutcome<T>> {
  const completion = tasks.completion<DiskOutcome<T>>(label);
  begin((outcome) => tasks.enter(() => completion.settle(outcome)));
  assert(!completion.settled, `the disk port must not answer inside the call: ${label}`);
  return yield* completion.wait();
}

/** The same connection, with every callback entering the tasks first. */
function entering(connection: Connection, tasks: Tasks): Connection {
  return {
    peer: connection.peer,
    local: connection.local,
    attach(handlers: ConnectionHandlers) {
      connection.attach({
        bytes: (chunk) => tasks.enter(() => handlers.bytes(chunk)),
        closed: (reason) => tasks.enter(() => handlers.closed(reason)),
        drained: () => tasks.enter(() => handlers.drained()),
      });
    },
    send: (chunks) => connection.send(chunks),
    close: () => connection.close(),
    pause: () => connection.pause(),
    resume: () => connection.resume(),
  };
}
