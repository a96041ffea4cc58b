# Of three, a leader that has not flushed and one follower that has are no majority.

world voters=3 draws=1:0,2:300,3:600
advance 1100
cut 1 3
cut 2 3
hold 1
append 1 a
advance 400
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
1 -> 3 records [a@e1] committed 1 (lost)
1: [leader=1@e1 a@e1], flushed 1, committed 1
2: [leader=1@e1 a@e1], committed 1
3: [leader=1@e1], committed 1

flush 1
----
1 committed 2
2 committed 2

# A power loss takes from the leader what it never promised.
append 1 b
advance 0
crash 2
power-loss 1
heal
start 1
logs
----
1 -> 2 records [b@e1] committed 2
1 -> 2 end e1, next  (lost)
1 -> 3 end e1, next 
1: [leader=1@e1 a@e1], committed -1
2: [leader=1@e1 a@e1 b@e1], committed ?
3: [leader=1@e1], committed 1
