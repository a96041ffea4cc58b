# BZ-014: a follower that restarts keeps what is above its high watermark; only its leader can say what to cut.

brokers 1,2
topic 1,2 min=2
produce 1 m1
----
1: t elected in epoch 0
produce m1: NONE at 0

# 2 has m2, and does not know that it is committed.
produce 1 m2
show
----
produce m2: NONE at 1
committed: leader=1 epoch=0.0 isr=1,2
1: leads e0 [0,2) hw=2 epochs 0@0: m1/0 m2/0
2: follows 1 e0 [0,2) hw=1 epochs 0@0: m1/0 m2/0

crash 2
start 2
elect 2
show
----
1: t resigned in epoch 1
2: t elected in epoch 1
committed: leader=2 epoch=1.1 isr=1,2
1: follows 2 e1 [0,2) hw=2 epochs 0@0: m1/0 m2/0
2: leads e1 [0,2) hw=2 epochs 0@0 1@2: m1/0 m2/0

crash 1
advance 100
show
----
committed: leader=2 epoch=1.1 isr=1,2
1: dead
2: leads e1 [0,2) hw=2 epochs 0@0 1@2: m1/0 m2/0

start 1
advance 3000
show
----
committed: leader=2 epoch=1.1 isr=1,2
1: follows 2 e1 [0,2) hw=2 epochs 0@0: m1/0 m2/0
2: leads e1 [0,2) hw=2 epochs 0@0 1@2: m1/0 m2/0

# A new leader knows less than was committed; until a follower has shown its end, consumers are not told of one.
produce 2 m3
----
produce m3: NONE at 2

cut 2 1
cut 1 2
elect 1
latest 1
----
1: t elected in epoch 2
2: t resigned in epoch 2
latest of 1: OFFSET_NOT_AVAILABLE -1

join 1 2
join 2 1
advance 3000
latest 1
----
latest of 1: NONE 3
