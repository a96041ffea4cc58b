// Places in the engine that a good test reaches now and then (sometimes marks): rare turns that nobody outside can see
// in the other events of the trace. Each is told by one `reached` event, from the room that meets it; where the trace
// tells a turn already, the simulator looks for it there (`sim/marks/`) and the engine says nothing more.
//
// Names are stable: scenarios promise them. A new mark is one row here and one `runtime.reached(...)`.

export const engineMarks = {
  // ---- the log of one replica
  'index-rebuilt': 'a log was opened and an index of one of its segments had to be made again',
  'producer-snapshot-used': 'a log was opened or cut, and began from a snapshot of its producers',
  'producer-snapshot-missing':
    'a log with records was opened or cut, and had to replay all of them for want of one',
  'producer-snapshot-damaged': 'a snapshot of producers did not match its checksum and was dropped',
  'epochs-read-from-batches': 'the leader epochs of a log with records had to be read from its batches',
  'log-start-from-checkpoint':
    'a log was opened that starts inside a segment, which only the checkpoint knew',
  'hole-cut-out': 'recovery found a hole between two segments or batches and ended the log before it',
  // ---- followers
  'follower-truncated-divergent-tail': "a follower cut records off that its leader's history does not have",
  'follower-cut-to-leader-end': "a follower that was ahead of its leader's whole log cut itself to its end",
  'follower-started-over': "a follower ended before its leader's log began, and began anew there",
  'follower-refused-later-reign': 'a follower left batches alone that were of a later epoch than it knew',
  'follower-of-earlier-life-refused':
    'a leader refused a fetch of a life of a broker that is over, or not begun',
  // ---- fetching
  'fetch-answered-after-parking': 'a fetch waited for records and was answered with some',
  'fetch-parked-to-its-end': 'a fetch waited as long as it may and was answered with none',
  'fetch-told-divergence': 'a leader told a follower where its history parts',
  'consumer-told-divergence': 'a leader told a consumer where its history parts',
  'fetch-out-of-range': 'a fetch was for an offset that the log does not have',
  'fetch-refused-not-leader': 'a fetch came to a broker that does not lead',
  'fetch-refused-by-older-epoch': 'a fetch came with a leader epoch that is over',
  'fetch-refused-by-newer-epoch': 'a fetch came with a leader epoch of which the broker has not heard',
  'fetch-overtaken-by-election': 'another leader was elected while a fetch read the log',
  'fetch-sent-to-nearer-replica': 'a leader sent a consumer to a replica in its rack',
  // ---- producing
  'produce-refused-not-leader': 'a batch came to a broker that does not lead',
  'produce-answer-unheard': 'the connection of a produce had ended when its answer was there',
  'produce-answered-after-reconnect': 'its client was back on another connection by then',
  // ---- groups
  'member-expelled-by-session': 'a member was not heard of for its session and had to go',
  'member-expelled-by-rebalance': 'a member did not come to the rebalance in time and had to go',
  'static-member-returned': 'a static member came back under a new member id without a rebalance',
  'static-member-fenced': 'a static member met the instance that had taken its place',
  'commit-refused-by-generation': 'a commit came from an earlier generation',
  'commit-refused-from-zombie': 'a commit came from a member that the group does not know any more',
  'commit-refused-in-rebalance': 'a commit came while nobody had an assignment',
  'group-write-in-doubt': 'a write of a coordinator ended without anybody knowing whether it is committed',
  'group-write-read-back': 'a coordinator read back from its log what it had not applied from memory',
  'coordinator-waited-for-commit': 'a new coordinator waited until the log that it inherited was committed',
  'coordinator-left-writes': 'a coordinator was deposed while writes were under way',
  'offsets-expired': 'committed offsets were forgotten after their retention',
  'group-expired': 'a group was forgotten with the last of its offsets',
  // ---- the metadata quorum
  'pre-vote-refused': 'a voter refused a pre-vote',
  'vote-refused': 'a voter refused a vote',
  'metadata-snapshot-taken': 'a voter or observer wrote a snapshot of the metadata',
  'metadata-snapshot-fetched': "a node took its leader's snapshot in the place of its log",
  'metadata-snapshot-loaded': 'a node began from a snapshot of the metadata when it booted',
  'metadata-append-orphaned': 'a leader of the quorum was deposed before what it appended was committed',
  // ---- the controller
  'command-after-deposition': 'a command waited for its turn, and its controller was deposed meanwhile',
  'stale-broker-epoch-refused': 'the controller refused a broker of an earlier registration',
  'registration-refused-by-session': 'a broker came back while its former life still had a session',
  'heartbeat-just-in-time': 'a heartbeat came when the fencing of its broker had been decided on',
  'controlled-shutdown-moved-leaders': 'a broker on its way out had leaderships, and they were moved first',
  'isr-change-refused-by-epoch': 'an AlterPartition was refused for its leader epoch or partition epoch',
  'isr-change-refused-ineligible': 'an AlterPartition named a replica that may not be in sync',
  'last-of-reassignment-by-removed': 'a leader completed the reassignment that takes it away',
  // ---- clients
  'consumer-reset-after-range-error': 'a consumer was out of range and went where its reset policy says',
  'consumer-found-truncation': 'a consumer found that records which it was given are gone from the log',
  'consumer-met-corruption': 'a consumer was given, or told of, a batch that does not match its checksum',
  'fetch-session-forgotten': 'a consumer came with a fetch session that the broker does not have',
  'producer-gave-up-in-doubt': 'the delivery timeout was over for a batch that may have been written',
} as const satisfies Readonly<Record<string, string>>;

export type EngineMark = keyof typeof engineMarks;
