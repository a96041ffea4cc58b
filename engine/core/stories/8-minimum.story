# The minimum of in-sync replicas under eligible leader replicas: one for the cluster, none of a broker's own.

cluster brokers=1,2,3 min.insync.replicas=2
config broker:1 min.insync.replicas=1
config cluster min.insync.replicas=
config cluster min.insync.replicas=3
----
INVALID_CONFIG
INVALID_CONFIG
NONE
* min.insync.replicas = 3
* elr cleared of all

# Another minimum: whoever was eligible under the old one is that no longer.
cluster brokers=1,2,3 min.insync.replicas=2
topic a replicas=1,2,3
topic b replicas=1,2,3
fence 1
fence 2
config topic:a min.insync.replicas=1
show a-0
show b-0
config cluster min.insync.replicas=1
show b-0
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
* b-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
* a-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
* b-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
* broker 1 fenced
* a-0 leader 3 epoch 2/2 of 1,2,3 isr 3 elr 2
* b-0 leader 3 epoch 2/2 of 1,2,3 isr 3 elr 2
* broker 2 fenced
NONE
* min.insync.replicas = 1
* elr cleared of a
a-0 leader 3 epoch 2/3 of 1,2,3 isr 3
b-0 leader 3 epoch 2/2 of 1,2,3 isr 3 elr 2
NONE
* min.insync.replicas = 1
* elr cleared of all
b-0 leader 3 epoch 2/3 of 1,2,3 isr 3

# Without the feature a broker may have its own.
cluster brokers=1 odradek.format.eligible.leader.replicas.version=0
config broker:1 min.insync.replicas=2
config cluster min.insync.replicas=2
config cluster min.insync.replicas=
----
NONE
* min.insync.replicas = 2
NONE
* min.insync.replicas = 2
NONE
* min.insync.replicas = null

# Configuration of a broker that is not there.
cluster brokers=1
config broker:2 min.insync.replicas=2
----
INVALID_REQUEST
