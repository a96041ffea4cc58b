# Deadlines of those that were answered and say nothing.

# A pending member blocks the end of a rebalance until its session is over.
world
join A version=3
advance 3000
sync A A:p0
join B
join A
advance 9999
advance 1
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 1
A joined 1 as A-1 range leads [A-1]
* g Stable, generation 1, members 1
A sync "p0"
B join MEMBER_ID_REQUIRED B-2
* g PreparingRebalance, generation 1, members 1
* g CompletingRebalance, generation 2, members 1
A joined 2 as A-1 range leads [A-1]

# All members are out while a rebalance waits for a pending one: it comes, and so does anybody who speaks their type.
world
join A version=3 session=6000
join B version=3 session=7000
advance 3000
advance 3000
sync A A:p0 B:p1
sync B
join C
advance 6000
advance 1000
describe g
join D version=3 protocols=
join E version=3
join C
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 2
A joined 1 as A-1 range leads [A-1 B-2]
B joined 1 as B-2 range follows A-1
* g Stable, generation 1, members 2
A sync "p0"
B sync "p1"
C join MEMBER_ID_REQUIRED C-3
* g PreparingRebalance, generation 1, members 1
describe NONE PreparingRebalance
D join INCONSISTENT_GROUP_PROTOCOL
* g CompletingRebalance, generation 2, members 2
E joined 2 as E-5 range leads [E-5 C-3]
C joined 2 as C-3 range follows E-5

# Nobody syncs: after the rebalance timeout those that owe it are out.
world
join A version=3 rebalance=20000 session=30000
join B version=3 rebalance=20000 session=30000
advance 6000
sync B
advance 20000
join B rebalance=20000 session=30000
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 2
A joined 1 as A-1 range leads [A-1 B-2]
B joined 1 as B-2 range follows A-1
* g PreparingRebalance, generation 1, members 1
B sync REBALANCE_IN_PROGRESS
* g CompletingRebalance, generation 2, members 1
B joined 2 as B-2 range leads [B-2]

# A newcomer that waits is given five minutes, a known member as long as it takes.
world
join A version=3 rebalance=900000 session=900000
advance 3000
sync A A:p0
join B version=3 rebalance=900000 session=6000
advance 299999
advance 1
heartbeat A
join A rebalance=900000 session=900000
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 1
A joined 1 as A-1 range leads [A-1]
* g Stable, generation 1, members 1
A sync "p0"
* g PreparingRebalance, generation 1, members 2
B join UNKNOWN_MEMBER_ID B-2
A heartbeat REBALANCE_IN_PROGRESS
* g CompletingRebalance, generation 2, members 1
A joined 2 as A-1 range leads [A-1]

# As many as group.max.size, and no more.
world groupMaxSize=2
join A version=3
join B version=3
join C version=3
advance 6000
join C version=3
sync A A:p0 B:p1
sync B
join C
join D
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
C join GROUP_MAX_SIZE_REACHED
* g CompletingRebalance, generation 1, members 2
A joined 1 as A-1 range leads [A-1 B-2]
B joined 1 as B-2 range follows A-1
C join GROUP_MAX_SIZE_REACHED
* g Stable, generation 1, members 2
A sync "p0"
B sync "p1"
C join GROUP_MAX_SIZE_REACHED
D join GROUP_MAX_SIZE_REACHED

# The assignment cannot be written: everybody comes again.
world
join A version=3
join B version=3
advance 6000
sync B
refuse 20
sync A A:p0 B:p1
join A
join B
sync A A:p0
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 2
A joined 1 as A-1 range leads [A-1 B-2]
B joined 1 as B-2 range follows A-1
* g PreparingRebalance, generation 1, members 2
B sync COORDINATOR_NOT_AVAILABLE
A sync COORDINATOR_NOT_AVAILABLE
* g CompletingRebalance, generation 2, members 2
A joined 2 as A-1 range leads [A-1 B-2]
B joined 2 as B-2 range follows A-1
* g Stable, generation 2, members 2
A sync "p0"

# The assignment is in the log after the next rebalance has begun: too late, it is not handed out.
hold
sync B
join B protocols=range:clicks
sync A A:p0
hold
join A
sync A A:p0 B:p1
join B protocols=range:orders
release
heartbeat A
describe g
----
B sync ""
* g PreparingRebalance, generation 2, members 2
A sync REBALANCE_IN_PROGRESS
* g CompletingRebalance, generation 3, members 2
B joined 3 as B-2 range follows A-1
A joined 3 as A-1 range leads [A-1 B-2]
* g PreparingRebalance, generation 3, members 2
A sync REBALANCE_IN_PROGRESS
A heartbeat REBALANCE_IN_PROGRESS
describe NONE PreparingRebalance A-1="" B-2=""
