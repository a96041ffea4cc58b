# Figure 8 of the Raft paper: a record of an earlier epoch is not committed because a majority has it, only together with
# a record of the leader's own epoch. And a leader counts for itself only what it has flushed.

world voters=3 draws=1:0,2:100,3:900
advance 1100
----
1 is prospective e0
1 -> 2 pre-vote e0 log 0@e0
1 -> 3 pre-vote e0 log 0@e0
2 -> 1 granted
3 -> 1 granted
1 stores e1, vote 1, leader -1
1 is candidate e1
1 -> 2 vote e1 log 0@e0
2 stores e1, vote 1, leader -1
2 is unattached e1
2 -> 1 granted
1 stores e1, vote 1, leader 1
1 is leader e1
1 -> 2 begin e1
1 -> 2 records [leader=1@e1] committed -1
1 -> 3 fetch: FENCED_LEADER_EPOCH, leader 1 e1
2 stores e1, vote 1, leader 1
2 is follower e1
3 stores e1, vote -1, leader 1
3 is follower e1
1 committed 1
1 -> 3 records [leader=1@e1] committed 1
2 committed 1
3 committed 1

# Only 2 gets x, and 1 has not flushed it: it is not committed. Then 1 is lost.
cut 1 3
hold 1
append 1 x
power-loss 1
hold 2
logs
----
1 -> 2 records [x@e1] committed 1
1 -> 3 records [x@e1] committed 1 (lost)
1: [leader=1@e1], committed ?
2: [leader=1@e1 x@e1], committed 1
3: [leader=1@e1], committed 1

# 2 leads, and 3 has all of its log. Both have flushed x, which is a majority, and yet nothing is committed: the one
# record of the new epoch is flushed at 3 alone.
advance 2600
logs
----
3 is prospective e1
3 -> 2 pre-vote e1 log 1@e1
2 -> 3 refused, leader 1 e1
2 is prospective e1
2 -> 3 pre-vote e1 log 2@e1
3 -> 2 granted
2 stores e2, vote 2, leader -1
2 is candidate e2
2 -> 3 vote e2 log 2@e1
3 stores e2, vote 2, leader -1
3 is unattached e2
3 -> 2 granted
2 stores e2, vote 2, leader 2
2 is leader e2
2 -> 3 begin e2
3 stores e2, vote 2, leader 2
3 is follower e2
2 -> 3 records [x@e1 leader=2@e2] committed 1
2 -> 1 begin e2 (lost)
1: [leader=1@e1], committed ?
2: [leader=1@e1 x@e1 leader=2@e2], flushed 2, committed 1
3: [leader=1@e1 x@e1 leader=2@e2], committed 1

flush 2
logs
----
2 committed 3
3 committed 3
1: [leader=1@e1], committed ?
2: [leader=1@e1 x@e1 leader=2@e2], committed 3
3: [leader=1@e1 x@e1 leader=2@e2], committed 3
