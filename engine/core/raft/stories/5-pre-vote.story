# A follower that was cut off stands up, but those who fetch from the leader do not support it (KIP-996). It goes back to
# following, and the leader keeps its epoch.

world voters=3 draws=1:0,2:300,3:600
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

cut 1 3
advance 5000
----
1 -> 3 begin e1 (lost)
3 is prospective e1
3 -> 2 pre-vote e1 log 1@e1
2 -> 3 refused, leader 1 e1
1 -> 3 begin e1 (lost)
3 -> 1 pre-vote e1 log 1@e1 (lost)
1 -> 3 begin e1 (lost)
3 -> 1 pre-vote e1 log 1@e1 (lost)
3 is follower e1
1 -> 3 begin e1 (lost)
1 -> 3 begin e1 (lost)

heal
advance 2000
logs
----
3 is prospective e1
3 -> 1 pre-vote e1 log 1@e1
3 -> 2 pre-vote e1 log 1@e1
1 -> 3 refused, leader 1 e1
2 -> 3 refused, leader 1 e1
3 is follower e1
1: [leader=1@e1], committed 1
2: [leader=1@e1], committed 1
3: [leader=1@e1], committed 1
