# A record is committed when every in-sync replica has it; followers learn the high watermark with their next fetch.

brokers 1,2,3 replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector
topic 1,2,3 min=2
show
----
1: t elected in epoch 0
committed: leader=1 epoch=0.0 isr=1,2,3
1: leads e0 [0,0) hw=0 epochs 0@0: 
2: follows 1 e0 [0,0) hw=0 epochs : 
3: follows 1 e0 [0,0) hw=0 epochs : 

produce 1 a
produce 1 b acks=1
----
produce a: NONE at 0
produce b: NONE at 1

show
----
committed: leader=1 epoch=0.0 isr=1,2,3
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=1 epochs 0@0: a/0 b/0
3: follows 1 e0 [0,2) hw=1 epochs 0@0: a/0 b/0

advance 600
show
----
committed: leader=1 epoch=0.0 isr=1,2,3
1: leads e0 [0,2) hw=2 epochs 0@0: a/0 b/0
2: follows 1 e0 [0,2) hw=2 epochs 0@0: a/0 b/0
3: follows 1 e0 [0,2) hw=2 epochs 0@0: a/0 b/0

# Whoever asks a follower to write is sent to the leader.
produce 2 c
latest 1
----
produce c: NOT_LEADER_OR_FOLLOWER at -1 leader=1
latest of 1: NONE 2

# A consumer may read from any replica, up to what that one knows to be committed.
consume 2
consume 3 from=1
----
consume from 2: NONE hw=2 offsets=0,1
consume from 3: NONE hw=2 offsets=1

# At the leader a consumer that stands in the rack of a follower is sent there.
consume 1 rack=rack-3
consume 1 rack=rack-1
consume 1 rack=rack-9
----
consume from 1: NONE hw=2 offsets= rather-from=3
consume from 1: NONE hw=2 offsets=0,1
consume from 1: NONE hw=2 offsets=0,1

# Records are deleted when no live replica has them any more: followers take the leader's start with their next fetch.
delete-records 1 to=1
----

advance 1100
show
----
delete-records: NONE low=1
committed: leader=1 epoch=0.0 isr=1,2,3
1: leads e0 [1,2) hw=2 epochs 0@1: b/0
2: follows 1 e0 [1,2) hw=2 epochs 0@1: b/0
3: follows 1 e0 [1,2) hw=2 epochs 0@1: b/0

# The topic goes, and with it every log.
delete-topic
show
----
1: t resigned in epoch 0
1: no replica
2: no replica
3: no replica
