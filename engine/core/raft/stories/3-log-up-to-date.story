# Only who has everything that may be committed is voted for: a last record of a higher epoch, or as many of the same.

world voters=3 draws=1:0,2:900,3:900
advance 1100
append 1 a b
crash 1
advance 2000
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
1 -> 3 records [a@e1] committed 1
1 committed 2
1 -> 2 records [b@e1] committed 2
1 -> 3 records [b@e1] committed 2
2 committed 2
3 committed 2
1 committed 3
2 committed 3
3 committed 3
2 is prospective e1
2 -> 3 pre-vote e1 log 3@e1
3 -> 2 refused, leader 1 e1
3 is prospective e1
3 -> 2 pre-vote e1 log 3@e1
2 -> 3 granted
3 stores e2, vote 3, leader -1
3 is candidate e2
3 -> 2 vote e2 log 3@e1
2 stores e2, vote 3, leader -1
2 is unattached e2
2 -> 3 granted
3 stores e2, vote 3, leader 3
3 is leader e2
3 -> 2 begin e2
2 stores e2, vote 3, leader 3
2 is follower e2
3 -> 2 records [leader=3@e2] committed 3
3 committed 4
2 committed 4

# 3 has a log of 4 that ends in epoch 2 by now: 1 crashed, and 3 leads.
isolate 2
isolate 3
ask 3 vote from=2 epoch=8 log=2@1
ask 3 vote from=2 epoch=9 log=9@0
ask 3 vote from=2 epoch=9 log=4@1
ask 3 vote from=1 epoch=10 log=4@2
----
3 stores e8, vote -1, leader -1
3 is unattached e8
3 answers vote NONE, leader -1 e8
3 stores e9, vote -1, leader -1
3 is unattached e9
3 answers vote NONE, leader -1 e9
3 answers vote NONE, leader -1 e9
3 stores e10, vote 1, leader -1
3 is unattached e10
3 answers vote NONE, leader -1 e10, granted
