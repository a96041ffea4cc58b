# What a new life may still be trusted with.

# A clean end: it stays eligible, and leads again where nobody else can.
cluster brokers=1,2 min.insync.replicas=2
topic a replicas=1,2
fence 2
advance 9000
register 1 after=clean
heartbeat 1
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
* a-0 leader 1 epoch 0/1 of 1,2 isr 1 elr 2
* broker 2 fenced
1 NONE
* a-0 leader none epoch 1/2 of 1,2 isr none elr 1,2 last 1
* broker 1 registered fenced, epoch its offset
1 unfenced
* broker 1 unfenced
* a-0 leader 1 epoch 2/3 of 1,2 isr 1 elr 2

# An unclean end strikes it from the ISR and from those eligible; the other one is still eligible and leads.
cluster brokers=1,2 min.insync.replicas=2
topic a replicas=1,2
fence 2
advance 9000
register 1
heartbeat 1
heartbeat 2
isr a-0 to=2,1
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
* a-0 leader 1 epoch 0/1 of 1,2 isr 1 elr 2
* broker 2 fenced
1 NONE
* a-0 leader none epoch 1/2 of 1,2 isr none elr 2 last 1
* broker 1 registered fenced, epoch its offset
1 unfenced
* broker 1 unfenced
2 unfenced
* broker 2 unfenced
* a-0 leader 2 epoch 2/3 of 1,2 isr 2
answer leader 2 epoch 2/4 isr 2,1
* a-0 leader 2 epoch 2/4 of 1,2 isr 2,1

# Nobody eligible is left: the last leader is the best guess, uncleanly.
cluster brokers=1 min.insync.replicas=1
topic a replicas=1
advance 9000
register 1
heartbeat 1
isr a-0 to=1 recovering=0
----
* a-0 leader 1 epoch 0/0 of 1 isr 1
1 NONE
* a-0 leader none epoch 1/1 of 1 isr none last 1
* broker 1 registered fenced, epoch its offset
1 unfenced
* broker 1 unfenced
* a-0 leader 1 epoch 2/2 of 1 isr 1 recovering UNCLEAN
answer leader 1 epoch 2/3 isr 1
* a-0 leader 1 epoch 2/3 of 1 isr 1

# It was eligible only, and is not any more.
cluster brokers=1,2,3 min.insync.replicas=2
topic a replicas=1,2,3
fence 3
fence 2
advance 9000
heartbeat 1
register 2
register 3
fence 1
heartbeat 2
heartbeat 1
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
* a-0 leader 1 epoch 0/1 of 1,2,3 isr 1,2
* broker 3 fenced
* a-0 leader 1 epoch 0/2 of 1,2,3 isr 1 elr 2
* broker 2 fenced
1 unfenced
2 NONE
* a-0 leader 1 epoch 0/3 of 1,2,3 isr 1
* broker 2 registered fenced, epoch its offset
3 NONE
* broker 3 registered fenced, epoch its offset
* a-0 leader none epoch 1/4 of 1,2,3 isr none elr 1 last 1
* broker 1 fenced
2 unfenced
* broker 2 unfenced
1 unfenced
* broker 1 unfenced
* a-0 leader 1 epoch 2/5 of 1,2,3 isr 1

# Without eligible leader replicas the last member stays, whatever its disk lost.
cluster brokers=1,2 odradek.format.eligible.leader.replicas.version=0
topic a replicas=1,2
fence 2
advance 9000
register 1
heartbeat 2
heartbeat 1
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
* a-0 leader 1 epoch 0/1 of 1,2 isr 1
* broker 2 fenced
1 NONE
* a-0 leader none epoch 1/2 of 1,2 isr 1
* broker 1 registered fenced, epoch its offset
2 unfenced
* broker 2 unfenced
1 unfenced
* broker 1 unfenced
* a-0 leader 1 epoch 2/3 of 1,2 isr 1

# A new life of one that others can do without.
cluster brokers=1,2,3 min.insync.replicas=2
topic a replicas=1,2,3
advance 9000
register 1
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
1 NONE
* a-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
* broker 1 registered fenced, epoch its offset

# Struck off by an operator: as fenced, and gone.
cluster brokers=1,2,3
topic a replicas=1,2,3
unregister 1
unregister 1
heartbeat 1
show a-0
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
NONE
* a-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
* broker 1 struck off
BROKER_ID_NOT_REGISTERED
1 STALE_BROKER_EPOCH
a-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
