# The leader is cut off. The others notice by their fetch timeout and elect one of them; the old one notices that nobody
# fetches any more (check-quorum) and resigns. Its last record was never committed and is cut when it comes back.

world voters=3 draws=1:0,2:300,3:600
advance 1100
append 1 a
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
2 committed 2
3 committed 2

isolate 1
append 1 lost
advance 2500
----
1 -> 2 records [lost@e1] committed 2 (lost)
1 -> 3 records [lost@e1] committed 2 (lost)
1 -> 2 begin e1 (lost)
1 -> 3 begin e1 (lost)
2 is prospective e1
2 -> 3 pre-vote e1 log 2@e1
3 -> 2 refused, leader 1 e1
3 is prospective e1
3 -> 2 pre-vote e1 log 2@e1
2 -> 3 granted
3 stores e2, vote 3, leader -1
3 is candidate e2
3 -> 2 vote e2 log 2@e1
2 stores e2, vote 3, leader -1
2 is unattached e2
2 -> 3 granted
3 stores e2, vote 3, leader 3
3 is leader e2
3 -> 2 begin e2
2 stores e2, vote 3, leader 3
2 is follower e2
3 -> 2 records [leader=3@e2] committed 2
3 committed 3
2 committed 3
1 -> 2 begin e1 (lost)
1 -> 3 begin e1 (lost)
3 -> 1 begin e2 (lost)

append 3 b
logs
----
3 -> 2 records [b@e2] committed 3
3 committed 4
2 committed 4
1: [leader=1@e1 a@e1 lost@e1], committed 2
2: [leader=1@e1 a@e1 leader=3@e2 b@e2], committed 4
3: [leader=1@e1 a@e1 leader=3@e2 b@e2], committed 4

# Check-quorum: 1.5 fetch timeouts after the last time when a majority fetched.
advance 1500
----
1 is resigned e1
1 -> 2 end e1, next 2 3 (lost)
1 -> 3 end e1, next 2 3 (lost)
3 -> 1 begin e2 (lost)
1 stores e1, vote 1, leader -1
1 is prospective e1

# Alone, it asks for pre-votes again and again, and its epoch does not rise: it will disturb nobody.
advance 5000
----
1 -> 2 pre-vote e1 log 3@e1 (lost)
1 -> 3 pre-vote e1 log 3@e1 (lost)
3 -> 1 begin e2 (lost)
1 is unattached e1
1 is prospective e1
1 -> 2 pre-vote e1 log 3@e1 (lost)
1 -> 3 pre-vote e1 log 3@e1 (lost)
3 -> 1 begin e2 (lost)
1 is unattached e1
1 is prospective e1
1 -> 2 pre-vote e1 log 3@e1 (lost)
1 -> 3 pre-vote e1 log 3@e1 (lost)
3 -> 1 begin e2 (lost)
1 is unattached e1
1 is prospective e1
1 -> 2 pre-vote e1 log 3@e1 (lost)
1 -> 3 pre-vote e1 log 3@e1 (lost)
3 -> 1 begin e2 (lost)
1 is unattached e1
1 is prospective e1
1 -> 2 pre-vote e1 log 3@e1 (lost)
1 -> 3 pre-vote e1 log 3@e1 (lost)
3 -> 1 begin e2 (lost)

heal
advance 3000
----
1 is unattached e1
1 is prospective e1
1 -> 2 pre-vote e1 log 3@e1
1 -> 3 pre-vote e1 log 3@e1
2 -> 1 vote: FENCED_LEADER_EPOCH, leader 3 e2
3 -> 1 vote: FENCED_LEADER_EPOCH, leader 3 e2
1 stores e2, vote -1, leader 3
1 is follower e2
3 -> 1 diverging 2@e1
1 cuts its log at 2
3 -> 1 records [leader=3@e2 b@e2] committed 4
1 committed 4

logs
----
1: [leader=1@e1 a@e1 leader=3@e2 b@e2], committed 4
2: [leader=1@e1 a@e1 leader=3@e2 b@e2], committed 4
3: [leader=1@e1 a@e1 leader=3@e2 b@e2], committed 4
