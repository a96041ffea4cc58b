// Slips in the group coordinator: members, generations and sessions, committed offsets, and what it knows when it
// moves.

import type { Mutant } from './mutant.ts';

export const groupMutants: readonly Mutant[] = [
  {
    name: 'commit-of-any-member',
    slip: 'a commit is taken without asking whether its member is still in the group, and in which generation',
    origin: 'BZ-021',
    edits: [
      {
        file: 'engine/core/group/members.ts',
        find: `  const error = validate(group, of);
  if (error !== ErrorCode.NONE) return error;
  // Its generation`,
        replace: `  const error = validate(group, of);
  if (error === ErrorCode.FENCED_INSTANCE_ID) return error;
  if (!group.members.has(memberId)) return ErrorCode.NONE;
  // Its generation`,
      },
    ],
    scenarios: ['groups/group-zombie-member'],
  },
  {
    name: 'generation-never-raised',
    slip: 'a rebalance ends in the generation in which it began',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/rebalance.ts',
        find: '  group.generationId++;\n',
        replace: '  group.generationId ||= 1;\n',
      },
    ],
    scenarios: ['groups/group-zombie-member', 'groups/group-static-member'],
  },
  {
    name: 'sessions-by-the-wall-clock',
    slip: 'sessions are measured by the wall clock',
    origin: 'KAFKA-4051',
    edits: [
      {
        file: 'engine/cluster/group-slot.ts',
        find: 'return { monotonicMs: clock.monotonicUs() / 1000, wallMs: clock.wallMs() };',
        replace: 'return { monotonicMs: clock.wallMs(), wallMs: clock.wallMs() };',
      },
    ],
    scenarios: ['clock/clock-jump'],
  },
  {
    name: 'sessions-never-end',
    slip: 'a member that is silent for longer than its session stays',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/rebalance.ts',
        find: 'if (waits && !member.isNew) return;',
        replace: 'if (waits || !member.isNew) return;',
      },
    ],
    scenarios: ['groups/group-rebalance-under-crash'],
  },
  {
    name: 'offsets-acknowledged-before-replication',
    slip: 'a commit is acknowledged when it is in the log of the coordinator, before its followers have it',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/partition.ts',
        find: `    const result = yield* this.waitCommitted(lastOffset, leaderEpoch, timeoutMs);
    if (result === 'committed') return success(baseOffset);`,
        replace: `    const leads = this.stillLeads(leaderEpoch);
    const result = leads ? 'committed' : yield* this.waitCommitted(lastOffset, leaderEpoch, timeoutMs);
    if (result === 'committed') return success(baseOffset);`,
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'coordinator-goes-on-from-memory',
    slip: 'a coordinator that resigned keeps its groups, and goes on with them when it is elected again',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/group-coordinator.ts',
        find: `
    } else if (!this.#isNews(index, leaderEpoch)) return;
    this.#unload(index);
`,
        replace: `
    } else if (!this.#isNews(index, leaderEpoch)) return;
    if (leaderEpoch === undefined) this.#unload(index);
`,
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'groups-served-below-the-log-end',
    slip: 'a new coordinator serves its groups when it has read to the high watermark that it happens to know',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/group-slot.ts',
        find: 'const target = partition.logEndOffset;',
        replace: 'const target = partition.highWatermark;',
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'last-record-not-loaded',
    slip: 'the last batch of __consumer_offsets is passed over when the groups are loaded',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/group-slot.ts',
        find: 'if (batch.lastOffset >= endOffset) break;',
        replace: 'if (batch.lastOffset + 1 >= endOffset) break;',
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'group-records-only-loaded',
    slip: 'a new coordinator reads the groups of its partition and leaves out what they committed',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/shard.ts',
        find: "if (record.kind === 'offset') this.#applyOffset(record);",
        replace: "if (record.kind === 'offset' && this.#stored === undefined) this.#applyOffset(record);",
      },
      {
        file: 'engine/core/group/shard.ts',
        find: 'else if (this.#stored !== undefined) {',
        replace: "else if (record.kind === 'offset') return;\n    else if (this.#stored !== undefined) {",
      },
    ],
    scenarios: ['groups/group-coordinator-failover'],
  },
  {
    name: 'offsets-of-a-live-group-expire',
    slip: 'offsets of topics to which a live group is subscribed expire like all others',
    origin: 'KAFKA-4682',
    edits: [
      {
        file: 'engine/core/group/shard.ts',
        find: 'return { keeps: (topic) => group.isSubscribedTo(topic), since: (value) => value.commitTimestampMs };',
        replace: 'return { keeps: () => false, since: (value) => value.commitTimestampMs };',
      },
    ],
    scenarios: ['groups/group-offset-retention'],
  },
  {
    name: 'static-member-keeps-its-member-id',
    slip: 'a static member that comes back gets the member id it had, so that nobody can tell it from its former self',
    origin: 'KIP-345',
    edits: [
      {
        file: 'engine/core/group/join.ts',
        find: 'else replaceStaticMember(group, previous, memberId, request, ticket, turn);',
        replace: 'else replaceStaticMember(group, previous, previous, request, ticket, turn);',
      },
    ],
    scenarios: ['groups/group-static-started-twice'],
  },
  {
    name: 'refused-commit-is-written',
    slip: 'a commit that is refused because the group is between two generations is written all the same',
    origin: 'slip',
    edits: [
      {
        file: 'engine/cluster/group-coordinator.ts',
        find: 'if (refused !== ErrorCode.NONE) return known.map((is) => (is ? refused : unknown));',
        replace: `if (refused !== ErrorCode.NONE && refused !== ErrorCode.REBALANCE_IN_PROGRESS)
      return known.map((is) => (is ? refused : unknown));`,
      },
      {
        file: 'engine/cluster/group-coordinator.ts',
        find: 'return codes.map((code) => (code === ErrorCode.NONE ? error : code));',
        replace: 'return codes.map((code) => (code === ErrorCode.NONE ? error || refused : code));',
      },
      {
        file: 'engine/cluster/group-coordinator.ts',
        find: "this.#traceCommits('offset-commit-began', found.value, records);",
        replace:
          "if (refused === ErrorCode.NONE) this.#traceCommits('offset-commit-began', found.value, records);",
      },
    ],
    scenarios: ['groups/group-commit-between-generations'],
  },
  {
    name: 'commit-between-generations-taken',
    slip: 'a commit of the generation that has just begun is taken before anybody has an assignment',
    origin: 'slip',
    edits: [
      {
        file: 'engine/core/group/members.ts',
        find: "if (group.is('CompletingRebalance')) return ErrorCode.REBALANCE_IN_PROGRESS;",
        replace: '',
      },
    ],
    scenarios: ['groups/group-commit-between-generations'],
  },
];
