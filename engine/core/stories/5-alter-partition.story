# A leader asks for another ISR. Each check, in order; what is refused changes nothing.

cluster brokers=1,2,3,4
topic a replicas=1,2,3
isr a-0 to=1,2
isr a-0 to=1,2,3
isr a-0 to=1,3,2
isr a-0 to=1,3,2
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
answer leader 1 epoch 0/1 isr 1,2
* a-0 leader 1 epoch 0/1 of 1,2,3 isr 1,2
answer leader 1 epoch 0/2 isr 1,2,3
* a-0 leader 1 epoch 0/2 of 1,2,3 isr 1,2,3
answer leader 1 epoch 0/3 isr 1,3,2
* a-0 leader 1 epoch 0/3 of 1,2,3 isr 1,3,2
answer leader 1 epoch 0/3 isr 1,3,2

# Unknown topic and partition; the sender's own life.
isr z-0 by=1 to=1
isr a-9 by=1 to=1
isr a-0 to=1 epoch=0
----
UNKNOWN_TOPIC_ID
UNKNOWN_TOPIC_OR_PARTITION
STALE_BROKER_EPOCH

# Epochs: ahead of the controller, a former leader, an outdated view.
isr a-0 to=1 leader-epoch=1
isr a-0 to=1 partition-epoch=1
isr a-0 to=1 leader-epoch=-1
isr a-0 by=2 to=2
isr a-0 to=1 partition-epoch=-1
----
NOT_CONTROLLER
NOT_CONTROLLER
FENCED_LEADER_EPOCH
INVALID_REQUEST
INVALID_UPDATE_VERSION

# The first failure counts: newer before older, older leader epoch before "not you", "not you" before old partition epoch.
isr a-0 by=2 to=2 leader-epoch=-1 partition-epoch=1
isr a-0 by=2 to=2 leader-epoch=-1
isr a-0 by=2 to=1 partition-epoch=-1
----
NOT_CONTROLLER
FENCED_LEADER_EPOCH
INVALID_REQUEST

# Not a set of its replicas with itself: empty is not possible here, twice, strangers, without the leader.
isr a-0 to=1,1
isr a-0 to=1,4
isr a-0 to=2,3
----
INVALID_REQUEST
INVALID_REQUEST
INVALID_REQUEST

# Members that are fenced, on their way out, or in another life than the one that fetched.
fence 3
isr a-0 to=1,2,3
heartbeat 3
isr a-0 to=1,2,3@0
isr a-0 to=1,2,3@-1
heartbeat 2 shutdown
isr a-0 to=1,3
isr a-0 to=1,3,2
----
* a-0 leader 1 epoch 0/4 of 1,2,3 isr 1,2
* broker 3 fenced
INELIGIBLE_REPLICA
3 unfenced
* broker 3 unfenced
INELIGIBLE_REPLICA
answer leader 1 epoch 0/5 isr 1,2,3
* a-0 leader 1 epoch 0/5 of 1,2,3 isr 1,2,3
2 may go
* a-0 leader 1 epoch 0/6 of 1,2,3 isr 1,3
* broker 2 fenced
answer leader 1 epoch 0/6 isr 1,3
INELIGIBLE_REPLICA

# Recovering after an unclean election: alone until the leader says that it recovered, and never by itself.
cluster brokers=1,2 odradek.format.eligible.leader.replicas.version=0
topic a replicas=1,2 unclean.leader.election.enable=true
isr a-0 to=1
fence 1
isr a-0 to=2 recovering=1
heartbeat 1
isr a-0 to=2,1 recovering=1
isr a-0 to=2 recovering=2
isr a-0 to=2 recovering=0
isr a-0 to=2,1
isr a-0 to=2 recovering=1
----
* unclean.leader.election.enable = true
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
answer leader 1 epoch 0/1 isr 1
* a-0 leader 1 epoch 0/1 of 1,2 isr 1
* a-0 leader 2 epoch 1/2 of 1,2 isr 2 recovering UNCLEAN
* broker 1 fenced
answer leader 2 epoch 1/2 isr 2
1 unfenced
* broker 1 unfenced
INVALID_REQUEST
INVALID_REQUEST
answer leader 2 epoch 1/3 isr 2
* a-0 leader 2 epoch 1/3 of 1,2 isr 2
answer leader 2 epoch 1/4 isr 2,1
* a-0 leader 2 epoch 1/4 of 1,2 isr 2,1
INVALID_REQUEST

# Below the minimum who leaves stays eligible, and comes back from there.
cluster brokers=1,2,3 min.insync.replicas=2
topic a replicas=1,2,3
isr a-0 to=1,2
isr a-0 to=1
isr a-0 to=1,3
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
answer leader 1 epoch 0/1 isr 1,2
* a-0 leader 1 epoch 0/1 of 1,2,3 isr 1,2
answer leader 1 epoch 0/2 isr 1
* a-0 leader 1 epoch 0/2 of 1,2,3 isr 1 elr 2
answer leader 1 epoch 0/3 isr 1,3
* a-0 leader 1 epoch 0/3 of 1,2,3 isr 1,3
