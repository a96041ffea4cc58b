# A controlled shutdown hands over what the broker leads, and waits until everybody knows.

cluster brokers=1,2,3
topic a replicas=1,2,3
topic b replicas=2,3
heartbeat 1 shutdown
heartbeat 1 shutdown
heartbeat 2
heartbeat 1 shutdown
heartbeat 3
heartbeat 1 shutdown
heartbeat 1 shutdown
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
* b-0 leader 2 epoch 0/0 of 2,3 isr 2,3
1 waits
* broker 1 on its way out
* a-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
1 waits
2 unfenced
1 waits
3 unfenced
1 may go
* broker 1 fenced
1 may go

# It is not let in again, and gets no new partition.
cluster brokers=1,2
topic a replicas=1,2
heartbeat 1 shutdown
isr a-0 to=2,1
topic b replicas=1
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
1 waits
* broker 1 on its way out
* a-0 leader 2 epoch 1/1 of 1,2 isr 2
INELIGIBLE_REPLICA
INVALID_REPLICA_ASSIGNMENT

# Who leads nothing goes at once.
cluster brokers=1,2
topic a replicas=1,2
heartbeat 2 shutdown
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
2 may go
* a-0 leader 1 epoch 0/1 of 1,2 isr 1
* broker 2 fenced

# Nobody else can lead, and nobody else has to know: the partition waits, and the broker goes.
cluster brokers=1
topic a replicas=1
heartbeat 1 shutdown
heartbeat 1 shutdown
heartbeat 1 shutdown fence
----
* a-0 leader 1 epoch 0/0 of 1 isr 1
1 waits
* broker 1 on its way out
* a-0 leader none epoch 1/1 of 1 isr none elr 1 last 1
1 may go
* broker 1 fenced
1 may go

# A fenced broker may go at once.
cluster brokers=1
heartbeat 1 fence
heartbeat 1 shutdown
----
1 fenced
* broker 1 fenced
1 may go

# A new controller does not know that it waits; it leads nothing any more, and goes.
cluster brokers=1,2
topic a replicas=1,2
heartbeat 1 shutdown
failover
heartbeat 1 shutdown
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
1 waits
* broker 1 on its way out
* a-0 leader 2 epoch 1/1 of 1,2 isr 2
1 may go
* broker 1 fenced

# A life that was on its way out does not serve again.
cluster brokers=1,2
topic a replicas=1,2
heartbeat 1 shutdown
fence 1
heartbeat 1
heartbeat 1 shutdown
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
1 waits
* broker 1 on its way out
* a-0 leader 2 epoch 1/1 of 1,2 isr 2
* broker 1 fenced
1 fenced
1 may go

# Who was told to go may come back at once, without waiting for its own session.
cluster brokers=1,2
topic a replicas=1,2
heartbeat 2 shutdown
register 2 after=clean
heartbeat 1 shutdown
register 1
heartbeat 1 shutdown
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
2 may go
* a-0 leader 1 epoch 0/1 of 1,2 isr 1
* broker 2 fenced
2 NONE
* broker 2 registered fenced, epoch its offset
1 waits
* broker 1 on its way out
* a-0 leader none epoch 1/2 of 1,2 isr none elr 1 last 1
1 DUPLICATE_BROKER_REGISTRATION
1 may go
* broker 1 fenced
