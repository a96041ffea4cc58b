// Marks of the logs of single replicas: what is cut, rolled, recovered, deleted, and lost under a reader's feet.

import { partitionKey } from '../../engine/index.ts';
import { type At, seen, type WatchedMark, watched } from './mark.ts';

interface OfPartition {
  readonly topic: string;
  readonly partition: number;
}

function replicaKey({ topic, partition }: OfPartition, { node }: At): string {
  return `${node} ${partitionKey(topic, partition)}`;
}

export const replicaMarks: readonly WatchedMark[] = [
  seen(
    'torn-tail-cut',
    'recovery cut off what a log ended with and what is no whole batch',
    'log-recovered',
    (event) => {
      return event.truncatedBytes > 0;
    },
  ),
  seen(
    'recovered-cleanly',
    'a broker began after a clean shutdown and walked no log',
    'broker-started',
    (event) => {
      return event.cleanShutdown;
    },
  ),
  watched(
    'recovered-after-crash',
    'a broker began, not for the first time, without a clean shutdown before',
    () => ({
      'broker-started': ({ cleanShutdown }, { incarnation }) => !cleanShutdown && incarnation > 1,
    }),
  ),
  watched('recovery-interrupted', 'a broker died again before its recovery was over', () => {
    const recovering = new Set<string>();
    const died = (_: unknown, { node }: At) => recovering.delete(node);
    return {
      'node-booted'({ role }, { node, incarnation }) {
        recovering.delete(node);
        if (role !== 'client' && incarnation > 1) recovering.add(node);
        return false;
      },
      'broker-started'(_, { node }) {
        recovering.delete(node);
        return false;
      },
      'node-crashed': died,
      'power-lost': died,
    };
  }),
  watched('truncated-below-readable', 'a replica cut below what had been readable somewhere', () => {
    const readable = new Map<string, number>();
    return {
      'high-watermark-moved'(event) {
        const key = partitionKey(event.topic, event.partition);
        readable.set(key, Math.max(readable.get(key) ?? 0, event.highWatermark));
        return false;
      },
      'log-truncated'(event) {
        return event.logEndOffset < (readable.get(partitionKey(event.topic, event.partition)) ?? 0);
      },
    };
  }),
  watched(
    'segment-rolled-under-load',
    'a segment was rolled while batches before it waited to be written',
    () => {
      const written = new Map<string, number>();
      return {
        'log-appended'(event, at) {
          written.set(replicaKey(event, at), event.logEndOffset);
          return false;
        },
        'segment-rolled'(event, at) {
          return event.baseOffset > (written.get(replicaKey(event, at)) ?? event.baseOffset);
        },
      };
    },
  ),
  watched('roll-during-flush', 'a segment was rolled with more than a whole segment not flushed', () => {
    const flushed = new Map<string, number>();
    const rolled = new Map<string, number>();
    return {
      'log-flushed'(event, at) {
        flushed.set(replicaKey(event, at), event.recoveryPoint);
        return false;
      },
      'segment-rolled'(event, at) {
        const key = replicaKey(event, at);
        const before = rolled.get(key) ?? 0;
        rolled.set(key, event.baseOffset);
        return before > (flushed.get(key) ?? 0);
      },
    };
  }),
  watched('segment-deleted-under-reader', 'retention took the segment in which somebody read last', () => {
    const reading = new Map<string, number>();
    const starts = new Map<string, number>();
    return {
      'records-fetched'(event, at) {
        reading.set(replicaKey(event, at), event.fetchOffset);
        return false;
      },
      'log-start-moved'(event, at) {
        starts.set(replicaKey(event, at), event.logStartOffset);
        return false;
      },
      'segment-deleted'(event, at) {
        const offset = reading.get(replicaKey(event, at)) ?? -1;
        return offset >= event.baseOffset && offset < (starts.get(replicaKey(event, at)) ?? 0);
      },
    };
  }),
  seen('segment-deleted-by-time', 'retention took a segment for its age', 'segment-deleted', ({ reason }) => {
    return reason === 'retention-time';
  }),
  seen(
    'segment-deleted-by-size',
    'retention took a segment for the size of its log',
    'segment-deleted',
    ({ reason }) => {
      return reason === 'retention-size';
    },
  ),
  seen('records-deleted-on-demand', 'DeleteRecords moved a log start', 'log-start-moved', ({ reason }) => {
    return reason === 'delete-records';
  }),
  seen(
    'log-start-taken-from-leader',
    'the log of a follower began later because its leader said so',
    'log-start-moved',
    ({ reason }) => {
      return reason === 'leader';
    },
  ),
  seen(
    'deletion-acknowledged',
    'DeleteRecords was answered: no live replica has the records any more',
    'delete-records-answered',
    ({ error }) => {
      return error === 0;
    },
  ),
  watched(
    'deletion-outlived-its-leader',
    'another replica began to lead with an acknowledged deletion',
    () => {
      const deleted = new Map<string, { node: string; offset: number }>();
      return {
        'delete-records-answered'(event, { node }) {
          if (event.error === 0) deleted.set(partitionKey(event.topic, event.partition), { node, ...event });
          return false;
        },
        'leader-began'(event, { node }) {
          const { topic, partition, logStartOffset } = event;
          const deletion = deleted.get(partitionKey(topic, partition));
          return deletion !== undefined && deletion.node !== node && logStartOffset >= deletion.offset;
        },
      };
    },
  ),
  watched('log-start-went-back', 'a restart found a log that begins before where it had begun', () => {
    const starts = new Map<string, number>();
    return {
      'log-start-moved'(event, at) {
        if (event.reason !== 'recovery') starts.set(replicaKey(event, at), event.logStartOffset);
        return false;
      },
      'log-deleted'(event, at) {
        starts.delete(replicaKey(event, at));
        return false;
      },
      'disk-wiped'(_, { node }) {
        for (const key of [...starts.keys()]) if (key.startsWith(`${node} `)) starts.delete(key);
        return false;
      },
      'log-recovered'(event, at) {
        const before = starts.get(replicaKey(event, at)) ?? 0;
        starts.set(replicaKey(event, at), event.logStartOffset);
        return event.topic !== '__cluster_metadata' && event.logStartOffset < before;
      },
    };
  }),
  seen('log-moved-away', 'a broker threw away a log that is none of its own any more', 'log-deleted'),
  unsynced(
    'crash-between-write-and-sync',
    'a process died with records written and not synced',
    'node-crashed',
  ),
  unsynced('power-lost-before-sync', 'power was lost with records written and not synced', 'power-lost'),
];

function unsynced(mark: string, doc: string, end: 'node-crashed' | 'power-lost'): WatchedMark {
  return watched(mark, doc, () => {
    const open = new Map<string, Map<string, number>>();
    const logs = ({ node }: At) => {
      const known = open.get(node) ?? new Map<string, number>();
      open.set(node, known);
      return known;
    };
    return {
      'log-appended'(event, at) {
        logs(at).set(partitionKey(event.topic, event.partition), event.logEndOffset);
        return false;
      },
      'log-flushed'(event, at) {
        const key = partitionKey(event.topic, event.partition);
        if ((logs(at).get(key) ?? 0) <= event.recoveryPoint) logs(at).delete(key);
        return false;
      },
      [end]: (_: unknown, at: At) => {
        const some = logs(at).size > 0;
        open.delete(at.node);
        return some;
      },
    };
  });
}
