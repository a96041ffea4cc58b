# KIP-279: leadership moves fast, and each reign writes what the others never see. The follower steps back, epoch by
# epoch, until both histories agree.

brokers 1,2
topic 1,2 min=1
produce 1 a
advance 600
----
1: t elected in epoch 0
produce a: NONE at 0

# Epoch 1 belongs to 2, epoch 2 to 1, epoch 3 to 2; nobody fetches from anybody.
cut 1 2
cut 2 1
elect 2 isr=2
produce 2 b acks=1
elect 1 isr=1
produce 1 c acks=1
elect 2 isr=2
produce 2 d acks=1
produce 2 e acks=1
elect 1 isr=1
produce 1 f acks=1
show
----
1: t resigned in epoch 1
2: t elected in epoch 1
produce b: NONE at 1
1: t elected in epoch 2
2: t resigned in epoch 2
produce c: NONE at 1
1: t resigned in epoch 3
2: t elected in epoch 3
produce d: NONE at 2
produce e: NONE at 3
1: t elected in epoch 4
2: t resigned in epoch 4
produce f: NONE at 2
committed: leader=1 epoch=4.4 isr=1
1: leads e4 [0,3) hw=3 epochs 0@0 2@1 4@2: a/0 c/2 f/4
2: follows 1 e4 [0,4) hw=4 epochs 0@0 1@1 3@2: a/0 b/1 d/3 e/3

join 1 2
join 2 1
advance 3000
show
----
controller: isr=1,2 of broker 1 NONE
1: proposes isr=1,2
2: truncated to 2
2: truncated to 1
committed: leader=1 epoch=4.5 isr=1,2
1: leads e4 [0,3) hw=3 epochs 0@0 2@1 4@2: a/0 c/2 f/4
2: follows 1 e4 [0,3) hw=3 epochs 0@0 2@1 4@2: a/0 c/2 f/4

# Elections without a record leave an epoch at the end of the log; it must not stand in the way (KAFKA-10706).
cut 1 2
cut 2 1
elect 2 isr=2
elect 1 isr=1
produce 1 g acks=1
show
----
1: t resigned in epoch 5
2: t elected in epoch 5
1: t elected in epoch 6
2: t resigned in epoch 6
produce g: NONE at 3
committed: leader=1 epoch=6.7 isr=1
1: leads e6 [0,4) hw=4 epochs 0@0 2@1 4@2 6@3: a/0 c/2 f/4 g/6
2: follows 1 e6 [0,3) hw=3 epochs 0@0 2@1 4@2 5@3: a/0 c/2 f/4

join 1 2
join 2 1
advance 3000
show
----
controller: isr=1,2 of broker 1 NONE
1: proposes isr=1,2
committed: leader=1 epoch=6.8 isr=1,2
1: leads e6 [0,4) hw=4 epochs 0@0 2@1 4@2 6@3: a/0 c/2 f/4 g/6
2: follows 1 e6 [0,4) hw=4 epochs 0@0 2@1 4@2 6@3: a/0 c/2 f/4 g/6

# A follower whose log ends before the leader's begins starts over there.
cut 2 1
change isr=1
produce 1 h acks=1
delete-records 1 to=4
advance 1200
join 2 1
advance 5000
show
----
produce h: NONE at 4
delete-records: REQUEST_TIMED_OUT low=-1
controller: isr=1,2 of broker 1 NONE
1: proposes isr=1,2
committed: leader=1 epoch=6.10 isr=1,2
1: leads e6 [4,5) hw=5 epochs 6@4: h/6
2: follows 1 e6 [4,5) hw=5 epochs 6@4: h/6
