# The leader's log no longer has what a node needs: it fetches the snapshot, piece by piece, and goes on from its end.

world voters=3 draws=1:0,2:300,3:600
advance 1100
crash 3
append 1 a b c d e
advance 500
snapshot 1
append 1 f
logs
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
1 -> 2 records [a@e1] committed 1
1 committed 2
1 -> 2 records [b@e1 c@e1 d@e1 e@e1] committed 2
2 committed 2
1 committed 6
2 committed 6
1 -> 2 records [f@e1] committed 6
1 committed 7
2 committed 7
1: [f@e1] from 6, committed 7
2: [leader=1@e1 a@e1 b@e1 c@e1 d@e1 e@e1 f@e1], committed 7
3: [leader=1@e1], committed ?

start 3
advance 600
----
1 -> 3 only in snapshot 6@e1
3 -> 1 fetch snapshot 6@e1 at 0
1 -> 3 snapshot 6@e1: 4 of 6
3 -> 1 fetch snapshot 6@e1 at 4
1 -> 3 snapshot 6@e1: 2 of 6
3 committed 6
1 -> 3 records [f@e1] committed 7
3 committed 7

logs
----
1: [f@e1] from 6, committed 7
2: [leader=1@e1 a@e1 b@e1 c@e1 d@e1 e@e1 f@e1], committed 7
3: [f@e1] from 6, committed 7
