# The life of a broker: registered, fenced, unfenced, on its way out.

# Registered is fenced; unfenced when it has its own registration.
cluster
register 1
heartbeat 1 behind=1
heartbeat 1 fence
heartbeat 1
heartbeat 1
heartbeat 1 fence
----
1 NONE
* broker 1 registered fenced, epoch its offset
1 fenced, behind
1 fenced
1 unfenced
* broker 1 unfenced
1 unfenced
1 fenced
* broker 1 fenced

# An old epoch speaks for nobody; who was never there has none.
heartbeat 1 epoch=0
heartbeat 7 epoch=5
----
1 STALE_BROKER_EPOCH
7 STALE_BROKER_EPOCH

# The same life once more keeps its epoch and its standing.
cluster brokers=1
register 1 life=same
heartbeat 1
----
1 NONE
* broker 1 registered unfenced, epoch as before
1 unfenced

# Another life is refused while the one before is heard of.
cluster brokers=1
advance 8999
register 1
advance 1
register 1
----
1 DUPLICATE_BROKER_REGISTRATION
1 NONE
* broker 1 registered fenced, epoch its offset

# What a fenced broker says keeps its session.
heartbeat 1 fence
advance 8999
register 1
----
1 fenced
1 DUPLICATE_BROKER_REGISTRATION

# A controller that has just begun knows of no session: a broker that was restarted registers at once.
cluster brokers=1,2
failover
register 1
heartbeat 2
register 2
----
1 NONE
* broker 1 registered fenced, epoch its offset
2 unfenced
2 DUPLICATE_BROKER_REGISTRATION

# Wrong cluster; directories: none, reserved, twice, of another broker.
cluster brokers=1
register 2 cluster=another
register 2 directories=
register 2 directories=AAAAAAAAAAAAAAAAAAAAAQ
register 2 directories=ZmZmZmZmZmZmZmZmZmZmZg,ZmZmZmZmZmZmZmZmZmZmZg
register 2 directories=ZWVlZWVlZWVlZWVlZWVlZQ
register 2 directories=ZmZmZmZmZmZmZmZmZmZmZg
----
2 INCONSISTENT_CLUSTER_ID
2 INVALID_REGISTRATION
2 INVALID_REGISTRATION
2 INVALID_REGISTRATION
2 INVALID_REGISTRATION
2 NONE
* broker 2 registered fenced, epoch its offset

# Sessions end nine seconds after the last heartbeat, one broker at a time, the most silent first.
cluster brokers=1,2,3
topic a replicas=1,2,3
advance 1000
heartbeat 1
advance 7999
expire
advance 1
heartbeat 3
expire
expire
advance 1000
expire
expire
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
1 unfenced
nobody
3 unfenced
2 is silent
* a-0 leader 1 epoch 0/1 of 1,2,3 isr 1,3
* broker 2 fenced
nobody
1 is silent
* a-0 leader 3 epoch 1/2 of 1,2,3 isr 3
* broker 1 fenced
nobody

# After a failover everybody has a whole session's time.
cluster brokers=1,2
topic a replicas=1,2
advance 8000
failover
advance 8999
heartbeat 2
expire
advance 1
expire
expire
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
2 unfenced
nobody
1 is silent
* a-0 leader 2 epoch 1/1 of 1,2 isr 2
* broker 1 fenced
nobody
