// Nobody is handed records from below the start of the log that they are read from.
//
// Sound because: a read looks at the log start when it begins, and it begins no earlier than its request came. Of the
// fetches that a broker has not answered yet the one that came first is the oldest that the read can belong to: what
// was below the log start before that one came was below it when any of them began to read. A read under way while the
// log start moves may give what it found.

import type { RecordedEvent } from '../../record/recorder.ts';
import type { StateRule } from '../rule.ts';

export const deletedRecordServed: StateRule = {
  invariant: 'deleted-record-served',
  doc: 'a broker handed out records from below the start of its log',

  watch(cluster, { judged, tell }) {
    /** By node: the fetches that it has not answered, with the steps in which they came, the oldest first. */
    const open = new Map<string, Map<string, number>>();
    const at = (node: string) => {
      const known = open.get(node) ?? new Map<string, number>();
      open.set(node, known);
      return known;
    };
    const ended = (_: unknown, { node }: RecordedEvent) => void open.delete(node);
    return {
      after: {
        'request-received'({ api, peer, correlationId }, { node, step }) {
          if (api === 'Fetch') at(node).set(`${peer} ${correlationId}`, step);
        },
        'response-sent'({ api, peer, correlationId }, { node }) {
          if (api === 'Fetch') at(node).delete(`${peer} ${correlationId}`);
        },
        'node-crashed': ended,
        'node-halted': ended,
        'node-stopped': ended,
        'power-lost': ended,
        'connection-closed'({ peer }, { node }) {
          const fetches = at(node);
          for (const key of [...fetches.keys()]) if (key.startsWith(`${peer} `)) fetches.delete(key);
        },
        'records-fetched'(event, recorded) {
          const partition = cluster.partition(event.topic, event.partition);
          const replica = partition.replicas.get(recorded.node);
          if (replica === undefined) return;
          judged(1);
          const { fetchOffset, topic } = event;
          if (fetchOffset >= replica.start.offset) return;
          const [oldest] = at(recorded.node).values();
          if (oldest === undefined) return;
          const logStartOffset = replica.start.before(oldest);
          if (fetchOffset >= logStartOffset) return;
          const prose =
            `${recorded.node} handed out ${partition.name} from offset ${fetchOffset}, but its log had begun at` +
            ` ${logStartOffset} before anybody asked for it`;
          const facts = {
            topic,
            partition: event.partition,
            node: recorded.node,
            fetchOffset,
            logStartOffset,
          };
          tell(false, recorded, prose, facts);
        },
      },
    };
  },
};
