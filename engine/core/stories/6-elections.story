# Elections that are asked for.

cluster brokers=1,2,3
topic a replicas=1,2,3;2,3,1
elect preferred a-0
fence 1
elect preferred a-0 a-1
heartbeat 1
elect preferred a-0
isr a-0 to=2,3,1
elect preferred a-0
elect preferred z-0 a-7
elect neither a-0
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
* a-1 leader 2 epoch 0/0 of 2,3,1 isr 2,3,1
a-0 ELECTION_NOT_NEEDED
* a-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
* a-1 leader 2 epoch 0/1 of 2,3,1 isr 2,3
* broker 1 fenced
a-0 PREFERRED_LEADER_NOT_AVAILABLE
a-1 ELECTION_NOT_NEEDED
1 unfenced
* broker 1 unfenced
a-0 PREFERRED_LEADER_NOT_AVAILABLE
answer leader 2 epoch 1/2 isr 2,3,1
* a-0 leader 2 epoch 1/2 of 1,2,3 isr 2,3,1
a-0 NONE
* a-0 leader 1 epoch 2/3 of 1,2,3 isr 2,3,1
z-0 UNKNOWN_TOPIC_OR_PARTITION
a-7 UNKNOWN_TOPIC_OR_PARTITION
INVALID_REQUEST

# All partitions: those that need nothing are not told.
cluster brokers=1,2
topic a replicas=1,2;2,1
fence 1
heartbeat 1
isr a-0 to=2,1
isr a-1 to=2,1
elect preferred all
elect preferred all
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
* a-1 leader 2 epoch 0/0 of 2,1 isr 2,1
* a-0 leader 2 epoch 1/1 of 1,2 isr 2
* a-1 leader 2 epoch 0/1 of 2,1 isr 2
* broker 1 fenced
1 unfenced
* broker 1 unfenced
answer leader 2 epoch 1/2 isr 2,1
* a-0 leader 2 epoch 1/2 of 1,2 isr 2,1
answer leader 2 epoch 0/2 isr 2,1
* a-1 leader 2 epoch 0/2 of 2,1 isr 2,1
a-0 NONE
* a-0 leader 1 epoch 2/3 of 1,2 isr 2,1

# Unclean, by an operator, whatever the topic says.
cluster brokers=1,2,3 odradek.format.eligible.leader.replicas.version=0
topic a replicas=1,2
isr a-0 to=1
elect unclean a-0
fence 1
fence 2
elect unclean a-0
heartbeat 2
elect unclean a-0
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
answer leader 1 epoch 0/1 isr 1
* a-0 leader 1 epoch 0/1 of 1,2 isr 1
a-0 ELECTION_NOT_NEEDED
* a-0 leader none epoch 1/2 of 1,2 isr 1
* broker 1 fenced
* broker 2 fenced
a-0 ELIGIBLE_LEADERS_NOT_AVAILABLE
2 unfenced
* broker 2 unfenced
a-0 NONE
* a-0 leader 2 epoch 2/3 of 1,2 isr 2 recovering UNCLEAN

# Unclean where the topic allows it: at once when the last leader goes.
cluster brokers=1,2 odradek.format.eligible.leader.replicas.version=0
topic a replicas=1,2 unclean.leader.election.enable=true
isr a-0 to=1
fence 1
----
* unclean.leader.election.enable = true
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
answer leader 1 epoch 0/1 isr 1
* a-0 leader 1 epoch 0/1 of 1,2 isr 1
* a-0 leader 2 epoch 1/2 of 1,2 isr 2 recovering UNCLEAN
* broker 1 fenced

# Or with the next round after it was allowed.
cluster brokers=1,2 odradek.format.eligible.leader.replicas.version=0
topic a replicas=1,2
topic b replicas=1,2
isr a-0 to=1
isr b-0 to=1
fence 1
unclean-round
config topic:a unclean.leader.election.enable=true
unclean-round
unclean-round
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
* b-0 leader 1 epoch 0/0 of 1,2 isr 1,2
answer leader 1 epoch 0/1 isr 1
* a-0 leader 1 epoch 0/1 of 1,2 isr 1
answer leader 1 epoch 0/1 isr 1
* b-0 leader 1 epoch 0/1 of 1,2 isr 1
* a-0 leader none epoch 1/2 of 1,2 isr 1
* b-0 leader none epoch 1/2 of 1,2 isr 1
* broker 1 fenced
NONE
* unclean.leader.election.enable = true
* a-0 leader 2 epoch 2/3 of 1,2 isr 2 recovering UNCLEAN

# With eligible replicas an eligible one comes before any unclean one, wherever it is in the list.
cluster brokers=1,2,3 min.insync.replicas=2
topic a replicas=3,1,2
isr a-0 to=3,1
isr a-0 to=3
fence 3
elect unclean a-0
----
* a-0 leader 3 epoch 0/0 of 3,1,2 isr 3,1,2
answer leader 3 epoch 0/1 isr 3,1
* a-0 leader 3 epoch 0/1 of 3,1,2 isr 3,1
answer leader 3 epoch 0/2 isr 3
* a-0 leader 3 epoch 0/2 of 3,1,2 isr 3 elr 1
* a-0 leader 1 epoch 1/3 of 3,1,2 isr 1 elr 3
* broker 3 fenced
a-0 ELECTION_NOT_NEEDED

# When those that are eligible are not there, the first that is leads uncleanly, where the topic allows it.
cluster brokers=1,2,3 min.insync.replicas=2
topic a replicas=1,2,3 unclean.leader.election.enable=true
isr a-0 to=1,2
fence 2
fence 1
heartbeat 2
----
* unclean.leader.election.enable = true
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
answer leader 1 epoch 0/1 isr 1,2
* a-0 leader 1 epoch 0/1 of 1,2,3 isr 1,2
* a-0 leader 1 epoch 0/2 of 1,2,3 isr 1 elr 2
* broker 2 fenced
* a-0 leader 3 epoch 1/3 of 1,2,3 isr 3 recovering UNCLEAN
* broker 1 fenced
2 unfenced
* broker 2 unfenced

# The balance moves leaders back where it can, and is quiet where it cannot.
cluster brokers=1,2
topic a replicas=1,2;2,1
fence 1
balance
heartbeat 1
isr a-0 to=2,1
balance
balance
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
* a-1 leader 2 epoch 0/0 of 2,1 isr 2,1
* a-0 leader 2 epoch 1/1 of 1,2 isr 2
* a-1 leader 2 epoch 0/1 of 2,1 isr 2
* broker 1 fenced
1 unfenced
* broker 1 unfenced
answer leader 2 epoch 1/2 isr 2,1
* a-0 leader 2 epoch 1/2 of 1,2 isr 2,1
* a-0 leader 1 epoch 2/3 of 1,2 isr 2,1
