# BZ-014: a follower that restarts keeps what is above its high watermark; only its leader can say what to cut.

brokers 1,2
topic 1,2 min=2
produce 1 m1
----
1: t elected in epoch 0
produce m1: NONE at 0

# A new leader knows less than was committed; until a follower has shown its end, consumers are not told of one.
produce 2 m3
----
produce m3: NOT_LEADER_OR_FOLLOWER at -1 leader=1
