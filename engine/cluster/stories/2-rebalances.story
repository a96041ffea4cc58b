# What makes a stable group rebalance, and what ends it.

world
join A version=3
join B version=3
advance 6000
sync B
sync A A:p0 B:p1
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 2
A joined 1 as A-1 range leads [A-1 B-2]
B joined 1 as B-2 range follows A-1
* g Stable, generation 1, members 2
A sync "p0"
B sync "p1"

# A newcomer: the others learn of it by heartbeat and come again; the leader stays.
join C version=3
heartbeat A
join A
join B
----
* g PreparingRebalance, generation 1, members 3
A heartbeat REBALANCE_IN_PROGRESS
* g CompletingRebalance, generation 2, members 3
A joined 2 as A-1 range leads [A-1 B-2 C-3]
C joined 2 as C-3 range follows A-1
B joined 2 as B-2 range follows A-1

# The leader syncs while a follower has already synced; another rebalance sends everyone back.
sync B
join C protocols=range:orders+clicks
heartbeat A
join A
join B
sync C
sync A A:p0 B:p1 C:p2
sync B
----
* g PreparingRebalance, generation 2, members 3
B sync REBALANCE_IN_PROGRESS
A heartbeat REBALANCE_IN_PROGRESS
* g CompletingRebalance, generation 3, members 3
A joined 3 as A-1 range leads [A-1 B-2 C-3]
C joined 3 as C-3 range follows A-1
B joined 3 as B-2 range follows A-1
* g Stable, generation 3, members 3
A sync "p0"
C sync "p2"
B sync "p1"

# The leader falls silent: after its session the group goes on without it, and the next in line leads.
advance 4000
heartbeat B
heartbeat C
advance 6000
join B
join C
sync B B:p0+p1 C:p2
sync C
----
B heartbeat NONE
C heartbeat NONE
* g PreparingRebalance, generation 3, members 2
* g CompletingRebalance, generation 4, members 2
B joined 4 as B-2 range leads [B-2 C-3]
C joined 4 as C-3 range follows B-2
* g Stable, generation 4, members 2
B sync "p0+p1"
C sync "p2"

# A member that does not come back before the rebalance timeout is out.
heartbeat C
join B protocols=range:orders,roundrobin:orders
advance 6000
heartbeat C
advance 6000
heartbeat C
advance 6000
heartbeat C
advance 6000
heartbeat C
advance 6000
heartbeat C
advance 6000
heartbeat C
advance 6000
heartbeat C
advance 6000
heartbeat C
advance 6000
heartbeat C
advance 6000
heartbeat C
----
C heartbeat NONE
* g PreparingRebalance, generation 4, members 2
C heartbeat REBALANCE_IN_PROGRESS
C heartbeat REBALANCE_IN_PROGRESS
C heartbeat REBALANCE_IN_PROGRESS
C heartbeat REBALANCE_IN_PROGRESS
C heartbeat REBALANCE_IN_PROGRESS
C heartbeat REBALANCE_IN_PROGRESS
C heartbeat REBALANCE_IN_PROGRESS
C heartbeat REBALANCE_IN_PROGRESS
C heartbeat REBALANCE_IN_PROGRESS
* g CompletingRebalance, generation 5, members 1
B joined 5 as B-2 range leads [B-2]
C heartbeat UNKNOWN_MEMBER_ID

# Leaving is immediate.
sync B B:all
leave B
leave B
list
describe g
heartbeat B
----
* g Stable, generation 5, members 1
B sync "all"
* g PreparingRebalance, generation 5, members 0
* g Empty, generation 6, members 0
B leave NONE
B leave UNKNOWN_MEMBER_ID
list g:Empty
describe NONE Empty
B heartbeat UNKNOWN_MEMBER_ID

# A leader that is alive but does not come back in time leads no more.
world
join A version=3 rebalance=5000 session=30000
join B version=3 rebalance=5000 session=30000
advance 6000
sync B
sync A A:p0 B:p1
join B protocols=range:clicks rebalance=5000 session=30000
advance 5000
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 2
A joined 1 as A-1 range leads [A-1 B-2]
B joined 1 as B-2 range follows A-1
* g Stable, generation 1, members 2
A sync "p0"
B sync "p1"
* g PreparingRebalance, generation 1, members 2
* g CompletingRebalance, generation 2, members 1
B joined 2 as B-2 range leads [B-2]

# The protocol with most votes among those that all support; each votes for its first.
world
join A version=3 protocols=range:orders,sticky:orders,roundrobin:orders
join B version=3 protocols=sticky:orders,roundrobin:orders
join C version=3 protocols=roundrobin:orders,sticky:orders
join D version=3 protocols=range:orders
advance 6000
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
D join INCONSISTENT_GROUP_PROTOCOL
* g CompletingRebalance, generation 1, members 3
A joined 1 as A-1 sticky leads [A-1 B-2 C-3]
B joined 1 as B-2 sticky follows A-1
C joined 1 as C-3 sticky follows A-1
