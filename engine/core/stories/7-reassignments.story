# Other replicas for a partition.

# First the new ones come in; when all that stay are in sync, those that go are gone. The leader stays if it may.
cluster brokers=1,2,3,4
topic a replicas=1,2,3
reassign a-0 to=1,2,4
reassignments
isr a-0 to=1,2,3
isr a-0 to=1,2,3,4
reassignments
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
NONE
* a-0 leader 1 epoch 0/1 of 1,2,4,3 isr 1,2,3 adding 4 removing 3
a-0 is reassigned
answer leader 1 epoch 0/1 isr 1,2,3
answer leader 1 epoch 1/2 isr 1,2,4
* a-0 leader 1 epoch 1/2 of 1,2,4 isr 1,2,4

# The leader goes: its own request ends its reign.
cluster brokers=1,2,3,4
topic a replicas=1,2
reassign a-0 to=3,4
isr a-0 to=1,2,3
isr a-0 to=1,2,3,4
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
NONE
* a-0 leader 1 epoch 0/1 of 3,4,1,2 isr 1,2 adding 3,4 removing 1,2
answer leader 1 epoch 0/2 isr 1,2,3
* a-0 leader 1 epoch 0/2 of 3,4,1,2 isr 1,2,3 adding 3,4 removing 1,2
NEW_LEADER_ELECTED
* a-0 leader 3 epoch 1/3 of 3,4 isr 3,4

# Another order, or fewer, needs nobody to catch up.
cluster brokers=1,2,3
topic a replicas=1,2,3
reassign a-0 to=3,2,1
reassign a-0 to=3,2
reassign a-0 to=3,2
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
NONE
* a-0 leader 1 epoch 0/1 of 3,2,1 isr 1,2,3
NONE
* a-0 leader 3 epoch 1/2 of 3,2 isr 2,3
NONE

# Taken back: the ones that came go, the ones that were to go stay.
cluster brokers=1,2,3,4
topic a replicas=1,2
reassign a-0
reassign a-0 to=3,4
isr a-0 to=1,2,3
reassign a-0
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
NO_REASSIGNMENT_IN_PROGRESS
NONE
* a-0 leader 1 epoch 0/1 of 3,4,1,2 isr 1,2 adding 3,4 removing 1,2
answer leader 1 epoch 0/2 isr 1,2,3
* a-0 leader 1 epoch 0/2 of 3,4,1,2 isr 1,2,3 adding 3,4 removing 1,2
NONE
* a-0 leader 1 epoch 1/3 of 1,2 isr 1,2

# Only new ones are in sync: to take it back would be unclean.
cluster brokers=1,2,3 odradek.format.eligible.leader.replicas.version=0
topic a replicas=1
reassign a-0 to=2,3
isr a-0 to=1,2
fence 1
reassign a-0
heartbeat 1
config topic:a unclean.leader.election.enable=true
reassign a-0
----
* a-0 leader 1 epoch 0/0 of 1 isr 1
NONE
* a-0 leader 1 epoch 0/1 of 2,3,1 isr 1 adding 2,3 removing 1
answer leader 1 epoch 0/2 isr 1,2
* a-0 leader 1 epoch 0/2 of 2,3,1 isr 1,2 adding 2,3 removing 1
* a-0 leader 2 epoch 1/3 of 2,3,1 isr 2 adding 2,3 removing 1
* broker 1 fenced
INVALID_REPLICA_ASSIGNMENT
1 unfenced
* broker 1 unfenced
NONE
* unclean.leader.election.enable = true
NONE
* a-0 leader 1 epoch 2/4 of 1 isr 1 recovering UNCLEAN

# What cannot be: unknown, empty, twice, nobody registered, another number of replicas where that is not wanted.
cluster brokers=1,2,3
topic a replicas=1,2
reassign z-0 to=1
reassign a-5 to=1
reassign a-0 to=
reassign a-0 to=1,1
reassign a-0 to=1,9
reassign a-0 to=1,2,3 factor=same
reassign a-0 to=1,3 factor=same
reassign a-0 to=2,3 factor=same
reassign a-0 to=2,3,1 factor=same
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
UNKNOWN_TOPIC_OR_PARTITION
UNKNOWN_TOPIC_OR_PARTITION
INVALID_REPLICA_ASSIGNMENT
INVALID_REPLICA_ASSIGNMENT
INVALID_REPLICA_ASSIGNMENT
INVALID_REPLICATION_FACTOR
NONE
* a-0 leader 1 epoch 0/1 of 1,3,2 isr 1,2 adding 3 removing 2
NONE
* a-0 leader 1 epoch 0/2 of 2,3,1 isr 1,2 adding 3 removing 1
INVALID_REPLICATION_FACTOR
