# BZ-030: a broker that lost its log comes back under another epoch; what its former life fetched counts no more.

brokers 1,2 replica.lag.time.max.ms=2000
topic 1,2 min=1
produce 1 a
advance 600
cut 2 1
----
1: t elected in epoch 0
produce a: NONE at 0

produce 1 b acks=1
advance 6000
show
----
produce b: NONE at 1
controller: isr=1 of broker 1 NONE
1: proposes isr=1
committed: leader=1 epoch=0.1 isr=1
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=1 epochs 0@0: a/0 b/0

# It catches up, and before the controller has answered it dies and loses everything.
silence
join 2 1
advance 3000
show
----
1: proposes isr=1,2
committed: leader=1 epoch=0.1 isr=1
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=1 epochs 0@0: a/0 b/0

power-loss 2
cut 2 1
start 2
speak
advance 31000
show
----
controller: isr=1,2 of broker 1 INELIGIBLE_REPLICA
committed: leader=1 epoch=0.1 isr=1
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,0) hw=0 epochs : 

# The new life has fetched nothing yet; it joins when it has.
join 2 1
advance 3000
show
----
controller: isr=1,2 of broker 1 NONE
1: proposes isr=1,2
committed: leader=1 epoch=0.2 isr=1,2
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=2 epochs 0@0: a/0 b/0

# A broker that was stopped on request finds all as it was, the high watermark too.
cut 2 1
stop 2
start 2
show
----
committed: leader=1 epoch=0.2 isr=1,2
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=2 epochs 0@0: a/0 b/0
