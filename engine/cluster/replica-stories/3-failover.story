# KIP-101, scenario 2: a tail that was never committed is cut, back to where the histories part.

topic 1,2,3 min=1
produce 1 a
advance 600
----
1: t elected in epoch 0
produce a: NONE at 0

# The leader writes what nobody fetches, and is replaced before it hears of it.
cut 2 1
cut 3 1
cut 1 2
cut 1 3
produce 1 x acks=1
produce 1 y timeout=60000
lag 1
elect 2 isr=2,3
produce 2 b
advance 600
show
----
produce x: NONE at 1
2: t elected in epoch 1
produce b: NONE at 1
committed: leader=2 epoch=1.1 isr=2,3
1: leads e0 [0,3) hw=1 epochs 0@0: a/0 x/0 y/0
2: leads e1 [0,2) hw=2 epochs 0@0 1@1: a/0 b/1
3: follows 2 e1 [0,2) hw=2 epochs 0@0 1@1: a/0 b/1

# It does not yet know, and cannot commit: what it is asked to write stays unanswered until it hears of its successor.
join 2 1
join 3 1
join 1 2
join 1 3
catch-up 1
advance 1200
show
----
1: t resigned in epoch 1
produce y: NOT_LEADER_OR_FOLLOWER at -1 leader=2
controller: isr=2,3,1 of broker 2 NONE
1: truncated to 1
2: proposes isr=1,2,3
committed: leader=2 epoch=1.2 isr=2,3,1
1: follows 2 e1 [0,2) hw=2 epochs 0@0 1@1: a/0 b/1
2: leads e1 [0,2) hw=2 epochs 0@0 1@1: a/0 b/1
3: follows 2 e1 [0,2) hw=2 epochs 0@0 1@1: a/0 b/1

# The old leader is in sync again, by its own fetches.
advance 600
show
----
committed: leader=2 epoch=1.2 isr=2,3,1
1: follows 2 e1 [0,2) hw=2 epochs 0@0 1@1: a/0 b/1
2: leads e1 [0,2) hw=2 epochs 0@0 1@1: a/0 b/1
3: follows 2 e1 [0,2) hw=2 epochs 0@0 1@1: a/0 b/1
