# What is answered to those who are late, early, mistaken, or not members.

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

ask 1 fetch from=2 epoch=0 log=0@0
ask 1 fetch from=2 epoch=2 log=0@0
ask 2 fetch from=3 epoch=1 log=0@0
ask 1 fetch from=2 epoch=1 log=0@2
ask 1 fetch from=1 epoch=1 log=0@0
----
1 answers fetch FENCED_LEADER_EPOCH, leader 1 e1
1 answers fetch UNKNOWN_LEADER_EPOCH, leader 1 e1
2 answers fetch NOT_LEADER_OR_FOLLOWER, leader 1 e1
1 answers fetch INVALID_REQUEST, leader 1 e1
1 answers fetch INVALID_REQUEST, leader 1 e1

ask 2 vote from=3 epoch=0
ask 2 vote from=3 epoch=2 to=1
ask 2 vote from=7 epoch=2
ask 9 vote from=2 epoch=2
ask 2 vote from=3 epoch=2 log=0@2
----
2 answers vote INVALID_REQUEST, leader 1 e1
2 answers vote INVALID_VOTER_KEY, leader 1 e1
2 answers vote INCONSISTENT_VOTER_SET, leader 1 e1
9 answers vote INCONSISTENT_VOTER_SET, leader 1 e1
2 answers vote INVALID_REQUEST, leader 1 e1

# A second leader of the same epoch: somebody lost his memory. The one who is followed stays the leader.
ask 2 begin from=3 epoch=1
ask 2 begin from=3 epoch=0
ask 2 begin from=7 epoch=0
ask 2 describe
----
2 answers begin-quorum-epoch INVALID_REQUEST, leader 1 e1
2 answers begin-quorum-epoch FENCED_LEADER_EPOCH, leader 1 e1
2 answers begin-quorum-epoch FENCED_LEADER_EPOCH, leader 1 e1
2 answers describe-quorum NOT_LEADER_OR_FOLLOWER, leader 1 e1

# A leader that lost its disk hears that it leads an epoch that it does not remember. It takes its vote there as given, to
# itself, and so gives it to nobody else; and it does not lead.
crash 1
wipe 1
start 1
ask 1 vote from=3 epoch=1 log=9@0
----
2 -> 1 fetch: FENCED_LEADER_EPOCH, leader 1 e1
1 stores e1, vote 1, leader -1
1 is unattached e1
2 -> 1 fetch: NOT_LEADER_OR_FOLLOWER, leader 1 e1
3 -> 1 fetch: NOT_LEADER_OR_FOLLOWER, leader 1 e1
1 answers vote NONE, leader -1 e1
