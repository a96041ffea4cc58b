# BZ-030: a broker that lost its log comes back under another epoch; what its former life fetched counts no more.

brokers 1,2 replica.lag.time.max.ms=2000
topic 1,2 min=1
produce 1 a
advance 600
cut 2 1
advance 6000
show
----
1: t elected in epoch 0
produce a: NONE at 0
committed: leader=1 epoch=0.0 isr=1,2
1: leads e0 [0,1) hw=1 epochs 0@0: a/0
2: follows 1 e0 [0,1) hw=1 epochs 0@0: a/0

# It catches up, and while the controller keeps silent it dies and loses everything.
silence
join 2 1
advance 100
produce 1 b acks=1
advance 100
show
----
produce b: NONE at 1
committed: leader=1 epoch=0.0 isr=1,2
1: leads e0 [0,2) hw=1 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,1) hw=1 epochs 0@0: a/0

# The new life has fetched nothing yet; it joins when it has.
join 2 1
advance 3000
show
----
1: proposes isr=1
committed: leader=1 epoch=0.0 isr=1,2
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=2 epochs 0@0: a/0 b/0

# A stopped broker keeps everything, its high watermark too.
stop 2
start 2
cut 2 1
show
----
committed: leader=1 epoch=0.0 isr=1,2
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=2 epochs 0@0: a/0 b/0
