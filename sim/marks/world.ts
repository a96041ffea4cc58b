// Marks of the world: what its faults really did. That a fault was switched on proves nothing; these are its traces.

import { type At, seen, type WatchedMark, watched } from './mark.ts';

export const worldMarks: readonly WatchedMark[] = [
  // ---- disks
  seen('write-torn-by-power-loss', 'a power loss left a piece of a write', 'write-torn'),
  seen('write-lost-by-power-loss', 'a power loss took a write back', 'write-lost'),
  seen('name-lost-by-power-loss', 'a power loss undid a name that was not synced', 'name-lost'),
  seen('truncate-lost-by-power-loss', 'a power loss undid a truncate that was not synced', 'truncate-lost'),
  seen(
    'append-met-full-disk',
    'there was no room for an append',
    'disk-operation-failed',
    ({ operation, reason }) => {
      return operation === 'append' && reason.startsWith('no space');
    },
  ),
  seen(
    'write-failed-in-the-middle',
    'the device failed and left a part of a write',
    'disk-operation-failed',
    (event) => {
      return event.reason.startsWith('input/output') && event.writtenBytes > 0;
    },
  ),
  seen('read-failed', 'the device failed to read', 'disk-operation-failed', ({ operation, reason }) => {
    return operation === 'readAt' && reason.startsWith('input/output');
  }),
  seen('fsync-failed', 'an fsync failed and its pages were marked clean', 'sync-failed'),
  seen('fsync-lied', 'an fsync answered success and did nothing', 'sync-lied'),
  seen('bits-rotted', 'bits of a file changed by themselves', 'bits-rotted'),
  seen(
    'disk-replaced',
    'a disk with files was replaced by an empty one',
    'disk-wiped',
    ({ files }) => files > 0,
  ),
  // ---- clocks
  seen('clock-jumped-back', 'a wall clock was set back', 'clock-jumped', ({ byMs }) => byMs < 0),
  seen(
    'clock-jumped-ahead',
    'a wall clock was set ahead by more than a second',
    'clock-jumped',
    ({ byMs }) => {
      return byMs > 1_000;
    },
  ),
  // ---- the network
  seen(
    'cut-one-way',
    'a line was cut in one direction and open in the other',
    'fault-began',
    ({ fault, detail }) => {
      return fault.startsWith('network-') && /\((from|to)\)/.test(detail);
    },
  ),
  watched(
    'half-open-noticed',
    'somebody found out that its connection was dead in silence, and dialled anew',
    () => {
      const abandoned = new Set<string>();
      return {
        'connection-abandoned'({ from, to }) {
          abandoned.add(`${from} ${to}`);
          return false;
        },
        // `to` is the address that was dialled: host and port.
        'connection-made': ({ from, to }) => abandoned.delete(`${from} ${to.slice(0, to.lastIndexOf(':'))}`),
      };
    },
  ),
  seen(
    'bytes-lost-by-reset',
    'a reset took bytes that were on their way',
    'connection-reset',
    ({ lostBytes }) => {
      return lostBytes > 0;
    },
  ),
  watched(
    'client-cut-off-mid-request',
    'a connection broke while the broker worked on a request of it',
    () => {
      const open = new Map<string, number>();
      const key = ({ node, incarnation }: At, peer: string) => `${node} ${incarnation} ${peer}`;
      return {
        'request-received'({ peer }, at) {
          open.set(key(at, peer), (open.get(key(at, peer)) ?? 0) + 1);
          return false;
        },
        'response-sent'({ peer }, at) {
          open.set(key(at, peer), (open.get(key(at, peer)) ?? 1) - 1);
          return false;
        },
        'connection-closed'({ peer }, at) {
          const left = open.get(key(at, peer)) ?? 0;
          open.delete(key(at, peer));
          return left > 0;
        },
      };
    },
  ),
  // ---- several at once
  watched('all-brokers-down', 'no broker was up', () => {
    const up = new Set<string>();
    const died = (_: unknown, { node }: At) => up.delete(node) && up.size === 0;
    return {
      'node-booted'({ role }, { node }) {
        if (role !== 'broker') return false;
        up.add(node);
        return false;
      },
      'node-crashed': died,
      'power-lost': died,
      'node-halted': died,
      'node-stopped': died,
    };
  }),
  watched('fault-upon-fault', 'a fault began while another one was on', () => {
    let faults = 0;
    return {
      'fault-began': () => ++faults > 1,
      'fault-ended'() {
        faults--;
        return false;
      },
    };
  }),
];
