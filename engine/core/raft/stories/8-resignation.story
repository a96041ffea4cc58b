# A leader that goes tells the others and whom it prefers; that one stands for election at once.

world voters=3 draws=1:0,2:0,3:10
advance 1100
append 1 a
advance 500
----
1 is prospective e0
1 -> 2 pre-vote e0 log 0@e0
1 -> 3 pre-vote e0 log 0@e0
2 -> 1 granted
2 is prospective e0
2 -> 1 pre-vote e0 log 0@e0
2 -> 3 pre-vote e0 log 0@e0
3 -> 1 granted
1 stores e1, vote 1, leader -1
1 is candidate e1
1 -> 2 vote e1 log 0@e0
1 -> 2 vote: FENCED_LEADER_EPOCH, leader -1 e1
3 -> 2 granted
2 stores e1, vote 1, leader -1
2 is unattached e1
2 -> 1 granted
1 stores e1, vote 1, leader 1
1 is leader e1
1 -> 2 begin e1
1 -> 3 fetch: FENCED_LEADER_EPOCH, leader 1 e1
2 stores e1, vote 1, leader 1
2 is follower e1
3 stores e1, vote -1, leader 1
3 is follower e1
1 -> 3 records [leader=1@e1] committed -1
1 committed 1
3 committed 1
1 -> 2 records [leader=1@e1] committed 1
2 committed 1
1 -> 3 records [a@e1] committed 1
1 -> 2 records [a@e1] committed 1
1 committed 2
3 committed 2
2 committed 2

resign 1
advance 100
----
1 is resigned e1
1 -> 2 end e1, next 2 3
1 -> 3 end e1, next 2 3
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
2 -> 3 records [leader=2@e2] committed 2
3 stores e2, vote 2, leader 2
3 is follower e2
2 committed 3
3 committed 3
2 -> 1 begin e2
1 stores e2, vote -1, leader 2
1 is follower e2
2 -> 1 records [leader=2@e2] committed 3
1 committed 3

append 1 b
append 2 c
logs
----
1 refuses to append
2 -> 3 records [c@e2] committed 3
2 -> 1 records [c@e2] committed 3
2 committed 4
3 committed 4
1 committed 4
1: [leader=1@e1 a@e1 leader=2@e2 c@e2], committed 4
2: [leader=1@e1 a@e1 leader=2@e2 c@e2], committed 4
3: [leader=1@e1 a@e1 leader=2@e2 c@e2], committed 4
