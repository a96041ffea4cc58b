// What the world does to its nodes, as sentences: one row for each kind of `record/events.ts`, complete by its type.

import type { WorldEvent, WorldEventKind } from '../record/events.ts';
import type { Who } from './engine-sentences.ts';

type WorldSentences = {
  readonly [K in WorldEventKind]: (event: Extract<WorldEvent, { kind: K }>, who: Who) => string;
};

const hostOf = (peer: string) => peer.replace(/:\d+$/, '');

function jump(byMs: number): string {
  const length = Math.abs(byMs);
  return length < 10_000 ? `${length} ms` : `${Math.round(length / 100) / 10} s`;
}

export const worldSentences: WorldSentences = {
  'node-booted': ({ role }, { name }) => `${name} starts (${role})`,
  'node-crashed': ({ reason }, { name }) =>
    `the process of ${name} dies (${reason}); what it had written stays in the page cache of its machine`,
  'power-lost': (event, { name }) =>
    `the machine of ${name} loses power with ${event.writes} writes not yet durable: ${event.lostWrites} are lost,` +
    ` ${event.tornWrites} are torn, ${event.lostNames} file names are undone`,
  'node-paused': ({ reason }, { name }) => `${name} stops running (${reason})`,
  'node-resumed': ({ heldEvents }, { name }) => `${name} runs again; ${heldEvents} events had waited for it`,
  'node-halted': ({ reason }, { name }) => `${name} gives up by itself: ${reason}`,
  'node-terminated': ({ reason }, { name }) => `${name} is asked to end (${reason})`,
  'node-stopped': ({ reason }, { name }) => `${name} has ended as it was asked to (${reason})`,
  'disk-wiped': ({ files }, { name }) => `the disk of ${name} is empty now (${files} files are gone)`,
  'fault-began': ({ fault, target }) => `the fault ${fault} begins on ${target}`,
  'fault-ended': ({ fault, target, hits }) =>
    `the fault ${fault} on ${target} ends (it did something ${hits === 1 ? 'once' : `${hits} times`})`,
  'connection-made': ({ to }, { name }) => `${name} connects to ${hostOf(to)}`,
  'connect-failed': ({ to, reason }, { name }) => `${name} cannot connect to ${hostOf(to)}: ${reason}`,
  'connection-reset': ({ from, to, lostBytes, reason }) =>
    `the connection from ${from} to ${hostOf(to)} breaks (${reason}); ${lostBytes} bytes under way are lost`,
  'connection-abandoned': ({ from, to }) =>
    `the connection from ${from} to ${hostOf(to)} goes silent, and neither side is told`,
  'bytes-delivered': ({ from, bytes }, { name }) => `${bytes} bytes of ${from} reach ${name}`,
  'disk-operation-failed': ({ operation, path, reason }, { name }) =>
    `${name} cannot ${operation} ${path} on its disk: ${reason}`,
  'file-synced': ({ path }, { name }) => `${name} has made the file ${path} durable (fsync)`,
  'sync-lied': ({ path, bytes }, { name }) =>
    `the disk of ${name} says that ${path} is durable (${bytes} bytes), and it is not`,
  'sync-failed': ({ path, lostBytes }, { name }) =>
    `fsync of ${path} fails on ${name}; ${lostBytes} bytes count as clean and are not written`,
  'write-lost': ({ path, position, bytes }, { name }) =>
    `the power loss takes ${bytes} bytes at ${position} of ${path} on ${name}`,
  'write-torn': ({ path, position, bytes, how }, { name }) =>
    `the power loss leaves only pieces (${how}) of ${bytes} bytes at ${position} of ${path} on ${name}`,
  'truncate-lost': ({ path, bytes }, { name }) =>
    `the power loss undoes that ${path} on ${name} was cut (${bytes} bytes are back)`,
  'name-lost': ({ change }, { name }) => `the power loss undoes a file name on ${name}: ${change}`,
  'bits-rotted': ({ path, position, bits }, { name }) =>
    `${bits} bits of ${path} on ${name} change by themselves, at ${position}`,
  'clock-jumped': ({ byMs }, { name }) =>
    `the wall clock of ${name} jumps ${byMs < 0 ? 'back' : 'forward'} by ${jump(byMs)}`,
  'clock-drifts': ({ partsPerMillion }, { name }) =>
    `the clock of ${name} drifts by ${partsPerMillion} parts per million`,
  'engine-crashed': ({ label, message }, { name }) => `a bug of ours on ${name}: ${message} (${label})`,
};
