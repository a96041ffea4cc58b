// Slips in the metadata quorum: votes and epochs that are forgotten or given twice, entries that count too early, logs
// that part and are not cut.

import type { Mutant } from './mutant.ts';

const ballots = 'engine/core/raft/ballots.ts';
const quorumState = 'engine/core/raft/quorum-state.ts';
const progress = 'engine/core/raft/leader-progress.ts';
const facts = 'engine/core/raft/log-facts.ts';
const node = 'engine/core/raft/node.ts';
const quorum = 'engine/cluster/raft-quorum.ts';
const raftLog = 'engine/cluster/raft-log.ts';

export const raftMutants: readonly Mutant[] = [
  // ---- elections
  {
    name: 'majority-of-half',
    slip: 'half of the voters, rounded down, are taken for a majority',
    origin: 'slip',
    edits: [
      {
        file: ballots,
        find: 'return Math.floor(voters / 2) + 1;',
        replace: 'return Math.max(1, Math.floor(voters / 2));',
      },
    ],
    scenarios: ['controller/quorum-failover-storm'],
  },
  {
    name: 'votes-for-any-log',
    slip: 'a voter does not ask whether the log of a candidate is as far as its own',
    origin: 'slip',
    edits: [{ file: ballots, find: 'if (!facts.isLogUpToDate) return false;', replace: '' }],
    scenarios: ['controller/quorum-slow-voter'],
  },
  {
    name: 'log-compared-by-epoch',
    slip: 'of two logs with the same last epoch the shorter one is taken for as complete as the longer',
    origin: 'slip',
    edits: [
      {
        file: facts,
        find: 'return lastEpoch > this.lastEpoch || (lastEpoch === this.lastEpoch && endOffset >= this.#endOffset);',
        replace: 'return lastEpoch >= this.lastEpoch;',
      },
    ],
    scenarios: ['controller/quorum-slow-voter'],
  },
  {
    name: 'votes-twice',
    slip: 'a voter that has voted in an epoch votes in it again, for whoever asks',
    origin: 'BZ-052',
    edits: [
      {
        file: ballots,
        find: 'return facts.votedId === request.candidateId &&',
        replace: 'return facts.leaderId < 0 ||',
      },
      {
        file: quorumState,
        find: 'votedId < 0 || (votedId === candidateId && votedDirectoryId === directoryId),',
        replace: 'votedId < 0 || candidateId >= 0,',
      },
    ],
    scenarios: ['controller/quorum-failover-storm'],
  },
  {
    name: 'vote-forgotten-at-restart',
    slip: 'a voter that is started again remembers the epoch and not for whom it voted in it',
    origin: 'BZ-052',
    edits: [
      {
        file: quorumState,
        find: 'const found = stored ?? { epoch: 0, leaderId: -1, ...noVote };',
        replace: 'const found = { ...(stored ?? { epoch: 0, leaderId: -1 }), ...noVote };',
      },
    ],
    scenarios: ['controller/votes-survive-restarts'],
  },
  {
    name: 'epoch-not-persisted',
    slip: 'an epoch in which a voter neither voted nor heard of a leader is not stored',
    origin: 'BZ-052',
    edits: [
      {
        file: quorumState,
        find: "if (!same) this.#emit({ kind: 'persist', election });",
        replace:
          "if (!same && (election.leaderId >= 0 || election.votedId < 0)) this.#emit({ kind: 'persist', election });",
      },
    ],
    scenarios: ['controller/votes-survive-restarts'],
  },
  {
    name: 'vote-answered-before-durable',
    slip: 'a vote is answered while it is still on its way to the disk',
    origin: 'BZ-052',
    edits: [
      {
        file: quorum,
        find: `        const written = yield* writeQuorumState(this.#runtime, this.#log.directory, action.election);
        return written.ok ? written : failure(\`the vote cannot be stored: \${written.error.detail}\`);`,
        replace: `        const writing = writeQuorumState(this.#runtime, this.#log.directory, action.election);
        this.#runtime.tasks.spawn('the vote', writing);
        return success(undefined);`,
      },
    ],
    scenarios: ['controller/votes-survive-restarts'],
  },
  // ---- what is committed
  {
    name: 'commits-what-leader-has',
    slip: 'the leader of the quorum commits what it alone has',
    origin: 'slip',
    edits: [
      {
        file: progress,
        find: 'const offset = descending[majorityOf(voters.length) - 1] as Offset;',
        replace: 'const offset = descending[0] as Offset;',
      },
    ],
    scenarios: ['controller/quorum-failover-storm'],
  },
  {
    name: 'commits-before-flush',
    slip: 'a voter acknowledges metadata before it is durable, and the leader counts its own before it is',
    origin: 'BZ-045',
    edits: [
      {
        file: raftLog,
        find: `    const flushed = yield* this.flush();
    if (!flushed.ok) return flushed;
    return success({ baseOffset, endOffset: this.endOffset, epochs: epochStarts(batches) });`,
        replace:
          '    return success({ baseOffset, endOffset: this.endOffset, epochs: epochStarts(batches) });',
      },
      {
        file: node,
        find: 'const offset = state.progress.committedOffset(this.log.flushedOffset);',
        replace: 'const offset = state.progress.committedOffset(this.log.endOffset);',
      },
    ],
    scenarios: ['controller/quorum-powerfail-whole-site'],
  },
  {
    name: 'quorum-high-watermark-goes-back',
    slip: 'a follower of the quorum takes over the high watermark of a new leader that knows less',
    origin: 'slip',
    edits: [
      {
        file: node,
        find: 'if (offset <= this.#highWatermark) return false;',
        replace: 'if (offset === this.#highWatermark) return false;',
      },
    ],
    scenarios: ['controller/votes-survive-restarts'],
  },
  {
    name: 'command-answered-when-lost',
    slip: 'a command whose batch the next leader may cut is answered as if it were committed',
    origin: 'BZ-016',
    edits: [
      {
        file: 'engine/cluster/waiting-appends.ts',
        find: "this.refuse(token, 'not-leader');",
        replace: `this.#waiting.get(token)?.answered.settle(success(placed.baseOffset));
      this.#waiting.delete(token);`,
      },
    ],
    scenarios: ['controller/quorum-failover-storm'],
  },
  // ---- logs that part
  {
    name: 'quorum-position-by-offset',
    slip: 'the leader of the quorum looks only at where the log of a follower ends, not in which epoch',
    origin: 'KIP-595',
    edits: [
      {
        file: facts,
        find: 'return end.epoch === lastFetchedEpoch && end.endOffset >= fetchOffset',
        replace: 'return end.epoch >= 0 && fetchOffset <= this.#endOffset',
      },
    ],
    scenarios: ['controller/quorum-asymmetric-partition'],
  },
  {
    name: 'quorum-log-not-cut',
    slip: 'a follower of the quorum does not cut its log where it parts from that of its leader',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/raft/responses.ts',
        find: "if (offset < log.endOffset) node.emit({ kind: 'truncate', offset });",
        replace: "if (offset < log.startOffset) node.emit({ kind: 'truncate', offset });",
      },
    ],
    scenarios: ['controller/quorum-asymmetric-partition'],
  },
];
