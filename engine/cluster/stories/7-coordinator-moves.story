# The coordinator loses its partition and gets it back.

world
join A version=3
join B version=3
advance 6000
sync B
sync A A:p0 B:p1
commit A orders/0/5
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 2
A joined 1 as A-1 range leads [A-1 B-2]
B joined 1 as B-2 range follows A-1
* g Stable, generation 1, members 2
A sync "p0"
B sync "p1"
A commit NONE

# Everybody who waits is sent to the new coordinator.
join A
unload
heartbeat A
commit A orders/0/6
offsets g
list
----
* g PreparingRebalance, generation 1, members 2
* unloaded, epoch 2
A join NOT_COORDINATOR A-1
A heartbeat NOT_COORDINATOR
A commit NOT_COORDINATOR
offsets NOT_COORDINATOR
list nothing

# What was committed is there again: the last assignment, and every member has one session.
reload
describe g
offsets g
heartbeat A
advance 9999
heartbeat B
advance 1
join B
----
* loaded 1 groups
describe NONE Stable range A-1="p0" B-2="p1"
offsets orders/0=5
A heartbeat NONE
B heartbeat NONE
* g PreparingRebalance, generation 1, members 1
* g CompletingRebalance, generation 2, members 1
B joined 2 as B-2 range leads [B-2]

sync B B:all
commit B orders/0/6
----
* g Stable, generation 2, members 1
B sync "all"
B commit NONE

# A commit under way when the partition was lost is not acknowledged, even if it commits.
hold
commit B orders/0/77
unload
release
----
* unloaded, epoch 5
B commit NOT_COORDINATOR

reload
offsets g
----
* loaded 1 groups
offsets orders/0=77

# Loading waits until all that was inherited is committed; heartbeats are humoured meanwhile.
hold
commit admin orders/0/78 group=other
unload
reload
heartbeat B
offsets g
commit B orders/0/79
list
advance 100
release
advance 100
offsets other
----
* unloaded, epoch 8
admin commit NOT_COORDINATOR
B heartbeat NONE
offsets COORDINATOR_LOAD_IN_PROGRESS
B commit COORDINATOR_LOAD_IN_PROGRESS
list COORDINATOR_LOAD_IN_PROGRESS
* loaded 2 groups
offsets orders/0=78

# Deleted groups stay deleted, also when the write was in doubt.
delete other
commit admin group=third orders/0/1
doubt 7
delete third
list
release
reload
list
----
delete other NONE
admin commit NONE
delete third COORDINATOR_NOT_AVAILABLE
list g:Stable third:Empty
* unloaded, epoch 11
* loaded 1 groups
list g:Stable

# A deletion in doubt is overtaken by life: what the log says last is what counts.
world
commit admin orders/0/1
doubt 7
delete g
join A version=3
advance 3000
leave A
list
describe g
reload
list
----
* loaded 0 groups
admin commit NONE
delete g COORDINATOR_NOT_AVAILABLE
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 1
A joined 1 as A-1 range leads [A-1]
* g PreparingRebalance, generation 1, members 0
* g Empty, generation 2, members 0
A leave NONE
list g:Empty
describe NONE Empty
* unloaded, epoch 2
* loaded 1 groups
list g:Empty

# A first write that fails is told to the one that waits.
refuse 56
join Z group=new version=3
----
* new PreparingRebalance, generation 0, members 1
Z join NOT_COORDINATOR

# A deletion that is refused leaves everything as it was.
world
commit admin orders/0/1
refuse 19
delete g
offsets g
list
----
* loaded 0 groups
admin commit NONE
delete g COORDINATOR_NOT_AVAILABLE
offsets orders/0=1
list g:Empty

# Compaction took records from the middle and from the end: loading does not wait for them.
commit admin orders/0/2
commit admin orders/0/3
commit admin orders/1/4
unload
compact 1
compact 2 9
reload
offsets g
commit admin orders/1/5
offsets g
----
admin commit NONE
admin commit NONE
admin commit NONE
* unloaded, epoch 2
* loaded 1 groups
offsets orders/0=3
admin commit NONE
offsets orders/0=3 orders/1=5

# A log that cannot be read serves nobody.
unload
corrupt
reload
offsets g
list
----
* unloaded, epoch 5
* unloaded, epoch 8
* __consumer_offsets-0 cannot be replayed at 0: record 0: a value of -64 bytes at byte 84
offsets NOT_COORDINATOR
list nothing
