# The coordinator of a group is whoever leads its partition.

world
find g
lead 2
find g
lead nobody
find g
----
* loaded 0 groups
find 1 at broker1
find 2 at broker2
find COORDINATOR_NOT_AVAILABLE

# News that is older than what is known changes nothing, in whichever order it comes.

world
elect 5
resign 4
commit admin orders/0/1
resign 6
elect 5
commit admin orders/0/2
elect 7
elect 7
offsets g
----
* loaded 0 groups
admin commit NONE
* unloaded, epoch 5
admin commit NOT_COORDINATOR
* loaded 1 groups
offsets orders/0=1

# A load that ends after the partition is gone serves nobody.

hold
commit admin orders/0/2
resign 8
elect 9
heartbeat A
resign 10
release
advance 100
heartbeat A
offsets g
elect 11
offsets g
----
* unloaded, epoch 7
admin commit NOT_COORDINATOR
A heartbeat NONE
* unloaded, epoch 9
A heartbeat NOT_COORDINATOR
offsets NOT_COORDINATOR
* loaded 1 groups
offsets orders/0=2

# Elected again without having been away: those who wait go on waiting, and the group goes on.

world
join A version=3
elect 9
advance 3000
sync A A:all
commit A orders/0/1
resign 10
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 1
A joined 1 as A-1 range leads [A-1]
* g Stable, generation 1, members 1
A sync "all"
A commit NONE
* unloaded, epoch 9

# A deleted topic takes its epochs with it.

resign deleted
elect 0
list
----
* loaded 1 groups
list g:Stable

# As does another topic under the same name, whoever tells of the deletion.

elect 9
resign 9
recreate
elect 0
list
commit admin orders/0/1
----
* unloaded, epoch 9
* loaded 0 groups
list nothing
admin commit NONE

# A write that nobody else has is gone with the leader, and was never told as done.

world
commit admin orders/0/1
hold
commit admin orders/0/2
unload
truncate
reload
offsets g
commit admin orders/0/3
offsets g
----
* loaded 0 groups
admin commit NONE
* unloaded, epoch 2
admin commit NOT_COORDINATOR
* loaded 1 groups
offsets orders/0=1
admin commit NONE
offsets orders/0=3

# So is a group that was refused its first record: nobody waits for its first member.

world
refuse 19
join A version=3
list
join B version=3
advance 3000
list
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
A join COORDINATOR_NOT_AVAILABLE
list nothing
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 1
B joined 1 as B-2 range leads [B-2]
list g:CompletingRebalance

# In doubt it is not there either, until the log says that it is.

world
doubt 7
join A version=3
list
offsets other
commit admin group=other orders/0/1
list
reload
list
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
A join COORDINATOR_NOT_AVAILABLE
list nothing
offsets none
admin commit NONE
list g:Empty other:Empty
* unloaded, epoch 2
* loaded 2 groups
list g:Empty other:Empty

# An assignment that could not be written is nobody's: another coordinator goes on from the last one that was.

world
join A version=3
advance 3000
sync A A:one
join A
refuse 20
sync A A:two
describe g
unload
reload
describe g
join A
sync A A:three
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 1
A joined 1 as A-1 range leads [A-1]
* g Stable, generation 1, members 1
A sync "one"
* g PreparingRebalance, generation 1, members 1
* g CompletingRebalance, generation 2, members 1
A joined 2 as A-1 range leads [A-1]
* g PreparingRebalance, generation 2, members 1
A sync COORDINATOR_NOT_AVAILABLE
describe NONE PreparingRebalance A-1=""
* unloaded, epoch 2
* loaded 1 groups
describe NONE Stable range A-1="one"
* g PreparingRebalance, generation 1, members 1
* g CompletingRebalance, generation 2, members 1
A joined 2 as A-1 range leads [A-1]
* g Stable, generation 2, members 1
A sync "three"

# A static member keeps its place over a move, under its instance and its member id, with a session of its full length.

world
join S version=5 instance=i1
advance 3000
sync S S:mine instance=i1
advance 9000
unload
reload
advance 9000
heartbeat S instance=i1
join S instance=i1 member=
sync S instance=i1
heartbeat S instance=i1 member=i1-1
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 1
S joined 1 as i1-1 range leads [i1-1]
* g Stable, generation 1, members 1
S sync "mine"
* unloaded, epoch 2
* loaded 1 groups
S heartbeat NONE
S joined 1 as i1-2 range leads [i1-2] skips assignment
S sync "mine"
S heartbeat FENCED_INSTANCE_ID

# The time until offsets are looked through begins anew with the coordinator.

world offsetsRetentionMs=60000 offsetsRetentionCheckIntervalMs=100000
commit admin orders/0/1
advance 90000
reload
advance 90000
offsets g
advance 10000
offsets g
----
* loaded 0 groups
admin commit NONE
* unloaded, epoch 2
* loaded 1 groups
offsets orders/0=1
offsets none
