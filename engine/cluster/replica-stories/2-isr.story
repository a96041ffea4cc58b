# Who lags for longer than replica.lag.time.max.ms leaves the ISR; who catches up joins it again.

brokers 1,2,3 replica.lag.time.max.ms=2000
topic 1,2,3 min=2
produce 1 a
advance 600
----
1: t elected in epoch 0
produce a: NONE at 0

# Nothing gets from 3 to its leader. What is written waits for it, as long as it is in the ISR.
cut 3 1
produce 1 b timeout=10000
advance 1000
show
----
committed: leader=1 epoch=0.0 isr=1,2,3
1: leads e0 [0,2) hw=1 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=1 epochs 0@0: a/0 b/0
3: follows 1 e0 [0,2) hw=1 epochs 0@0: a/0 b/0

advance 4000
show
----
controller: isr=1,2 of broker 1 NONE
produce b: NONE at 1
1: proposes isr=1,2
committed: leader=1 epoch=0.1 isr=1,2
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=2 epochs 0@0: a/0 b/0
3: follows 1 e0 [0,2) hw=1 epochs 0@0: a/0 b/0

# With too few in sync nothing is accepted for acks=all, and what others write is not committed (KIP-966).
cut 2 1
advance 6000
produce 1 c
produce 1 d acks=1
advance 100
show
----
produce d: NONE at 3
committed: leader=1 epoch=0.1 isr=1,2
1: leads e0 [0,4) hw=2 epochs 0@0: a/0 b/0 c/0 d/0
2: follows 1 e0 [0,2) hw=2 epochs 0@0: a/0 b/0
3: follows 1 e0 [0,2) hw=1 epochs 0@0: a/0 b/0

# Both come back. One member more is enough to commit.
join 2 1
advance 3000
show
----
controller: isr=1 of broker 1 NONE
controller: isr=1,2 of broker 1 NONE
produce c: NONE at 2
1: proposes isr=1
1: proposes isr=1,2
committed: leader=1 epoch=0.3 isr=1,2
1: leads e0 [0,4) hw=4 epochs 0@0: a/0 b/0 c/0 d/0
2: follows 1 e0 [0,4) hw=4 epochs 0@0: a/0 b/0 c/0 d/0
3: follows 1 e0 [0,2) hw=1 epochs 0@0: a/0 b/0

# While the controller does not answer, both the old and the new ISR count: the leader waits for the one that joins.
cut 3 1
advance 6000
silence
join 3 1
advance 3000
cut 3 1
produce 1 e timeout=200
advance 500
show
----
1: proposes isr=1,2,3
produce e: REQUEST_TIMED_OUT at -1
committed: leader=1 epoch=0.3 isr=1,2
1: leads e0 [0,5) hw=4 epochs 0@0: a/0 b/0 c/0 d/0 e/0
2: follows 1 e0 [0,5) hw=4 epochs 0@0: a/0 b/0 c/0 d/0 e/0
3: follows 1 e0 [0,5) hw=4 epochs 0@0: a/0 b/0 c/0 d/0 e/0

speak
join 3 1
advance 40000
show
----
controller: isr=1,2,3 of broker 1 NONE
committed: leader=1 epoch=0.4 isr=1,2,3
1: leads e0 [0,5) hw=5 epochs 0@0: a/0 b/0 c/0 d/0 e/0
2: follows 1 e0 [0,5) hw=5 epochs 0@0: a/0 b/0 c/0 d/0 e/0
3: follows 1 e0 [0,5) hw=5 epochs 0@0: a/0 b/0 c/0 d/0 e/0
