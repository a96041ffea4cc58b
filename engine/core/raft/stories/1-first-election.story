# Three fresh voters and an observer. The first whose election timeout expires asks for pre-votes in the epoch that is;
# with a majority of them it begins a new epoch, stores its own vote, and asks for votes. A voter stores its vote before
# it answers. The leader's first record commits nothing before a majority has it, itself included.

world voters=3 observers=9 draws=1:0,2:300,3:600
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
1 -> 9 fetch: FENCED_LEADER_EPOCH, leader 1 e1
9 stores e1, vote -1, leader 1
9 is follower e1
1 -> 9 records [leader=1@e1] committed 1
9 committed 1

logs
----
1: [leader=1@e1], committed 1
2: [leader=1@e1], committed 1
3: [leader=1@e1], committed 1
9: [leader=1@e1], committed 1

append 1 a b
----
1 -> 2 records [a@e1] committed 1
1 -> 3 records [a@e1] committed 1
1 -> 9 records [a@e1] committed 1
1 committed 2
1 -> 2 records [b@e1] committed 2
1 -> 3 records [b@e1] committed 2
1 -> 9 records [b@e1] committed 2
2 committed 2
3 committed 2
9 committed 2
1 committed 3
2 committed 3
3 committed 3
9 committed 3

logs
ask 1 describe
----
1: [leader=1@e1 a@e1 b@e1], committed 3
2: [leader=1@e1 a@e1 b@e1], committed 3
3: [leader=1@e1 a@e1 b@e1], committed 3
9: [leader=1@e1 a@e1 b@e1], committed 3
1 answers describe-quorum NONE, leader 1 e1, committed 3, voters 1:3 2:3 3:3, observers 9:3

# An append of whoever does not lead is refused, and of another epoch too.
append 2 c
----
2 refuses to append
