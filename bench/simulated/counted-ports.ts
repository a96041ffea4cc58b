// The ports of a node with a counter on each: what the engine asks of the world, and how often the world calls back.
// Also the border at which it is known whose copies are being made (`copies.ts`). Each port does what it did.
//
// Traces are not listened to, as on a host that nobody watches.

import type {
  Connection,
  Disk,
  DiskDone,
  DiskFile,
  Network,
  Ports,
  Runtime,
  Timers,
} from '../../engine/index.ts';
import { type Charged, inside, outside } from './copies.ts';
import { FrameCounter } from './frames.ts';

/** `ports` of the simulated node, counted under the name of `charged`. */
export function countedPorts(ports: Ports, charged: Charged): Ports {
  return {
    clock: ports.clock,
    random: ports.random,
    trace: { wants: () => false, emit: () => {} },
    timers: countedTimers(ports.timers, charged),
    disk: countedDisk(ports.disk, charged),
    network: countedNetwork(ports.network, charged),
  };
}

/** Tasks that begin, and how often one goes on after a wait; `tasks` are those of the runtime over counted ports. */
export function countTasks({ tasks }: Runtime, { tally, node }: Charged): void {
  const ready = tasks.ready.bind(tasks);
  tasks.ready = (waiter) => {
    tally.add(`${node}.taskResumes`);
    ready(waiter);
  };
  const spawn = tasks.spawn.bind(tasks);
  tasks.spawn = (label, generator) => {
    tally.add(`${node}.tasksStarted`);
    return spawn(label, generator);
  };
}

/** A way into the engine. */
function enter(charged: Charged, work: () => void): void {
  charged.tally.add(`${charged.node}.callbacks`);
  inside(charged, work);
}

function countedTimers(timers: Timers, charged: Charged): Timers {
  return {
    after(delayUs, fire) {
      charged.tally.add(`${charged.node}.timers`);
      const cancel = outside(() => timers.after(delayUs, () => enter(charged, fire)));
      return () => outside(cancel);
    },
  };
}

// ---- disk

function countedDisk(disk: Disk, charged: Charged): Disk {
  const count = (operation: string): void => charged.tally.add(`${charged.node}.disk.${operation}`);
  const answered = <T>(done: DiskDone<T>): DiskDone<T> => {
    return (outcome) => enter(charged, () => done(outcome));
  };
  return {
    open(path, options, done) {
      count('opens');
      const opened: DiskDone<DiskFile> = (outcome) =>
        done(outcome.ok ? { ok: true, value: countedFile(outcome.value, charged) } : outcome);
      outside(() => disk.open(path, options, answered(opened)));
    },
    list(path, done) {
      count('lists');
      outside(() => disk.list(path, answered(done)));
    },
    makeDir(path, done) {
      count('directoriesMade');
      outside(() => disk.makeDir(path, answered(done)));
    },
    rename(from, to, done) {
      count('renames');
      outside(() => disk.rename(from, to, answered(done)));
    },
    remove(path, done) {
      count('removes');
      outside(() => disk.remove(path, answered(done)));
    },
    syncDir(path, done) {
      count('directorySyncs');
      outside(() => disk.syncDir(path, answered(done)));
    },
  };
}

function countedFile(file: DiskFile, charged: Charged): DiskFile {
  const count = (what: string, by = 1): void => charged.tally.add(`${charged.node}.disk.${what}`, by);
  const answered = <T>(done: DiskDone<T>): DiskDone<T> => {
    return (outcome) => enter(charged, () => done(outcome));
  };
  return {
    get path() {
      return file.path;
    },
    sizeBytes: () => file.sizeBytes(),
    append(chunks, done) {
      count('appends');
      count('appendedChunks', chunks.length);
      count('appendedBytes', bytesOf(chunks));
      outside(() => file.append(chunks, answered(done)));
    },
    writeAt(position, chunks, done) {
      count('writes');
      count('writtenBytes', bytesOf(chunks));
      outside(() => file.writeAt(position, chunks, answered(done)));
    },
    readAt(position, into, done) {
      count('reads');
      const read: DiskDone<number> = (outcome) => {
        if (outcome.ok) count('readBytes', outcome.value);
        done(outcome);
      };
      outside(() => file.readAt(position, into, answered(read)));
    },
    sync(done) {
      count('syncs');
      outside(() => file.sync(answered(done)));
    },
    truncate(sizeBytes, done) {
      count('truncates');
      outside(() => file.truncate(sizeBytes, answered(done)));
    },
    close: () => outside(() => file.close()),
  };
}

// ---- network

function countedNetwork(network: Network, charged: Charged): Network {
  return {
    listen(address, onConnection, done) {
      const accepted = (connection: Connection): void => {
        charged.tally.add(`${charged.node}.connectionsAccepted`);
        enter(charged, () => onConnection(countedConnection(connection, charged, true)));
      };
      outside(() => network.listen(address, accepted, (outcome) => enter(charged, () => done(outcome))));
    },
    connect(address, done) {
      outside(() =>
        network.connect(address, (outcome) =>
          enter(charged, () =>
            done(
              outcome.ok ? { ok: true, value: countedConnection(outcome.value, charged, false) } : outcome,
            ),
          ),
        ),
      );
    },
  };
}

/** `serves`: this end receives requests; at the other end they are the same ones. */
function countedConnection(connection: Connection, charged: Charged, serves: boolean): Connection {
  const count = (what: string, by = 1): void => charged.tally.add(`${charged.node}.network.${what}`, by);
  const frames = serves ? new FrameCounter(charged.tally) : undefined;
  return {
    peer: connection.peer,
    local: connection.local,
    attach(handlers) {
      const bytes = (chunk: Uint8Array): void => {
        count('chunksReceived');
        count('bytesReceived', chunk.length);
        frames?.received(chunk);
        handlers.bytes(chunk);
      };
      outside(() =>
        connection.attach({
          bytes: (chunk) => enter(charged, () => bytes(chunk)),
          closed: (reason) => enter(charged, () => handlers.closed(reason)),
          drained: () => enter(charged, () => handlers.drained()),
        }),
      );
    },
    send(chunks) {
      count('sends');
      count('chunksSent', chunks.length);
      count('bytesSent', bytesOf(chunks));
      for (const chunk of chunks) frames?.sent(chunk);
      return outside(() => connection.send(chunks));
    },
    close: () => outside(() => connection.close()),
    pause: () => outside(() => connection.pause()),
    resume: () => outside(() => connection.resume()),
  };
}

function bytesOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
