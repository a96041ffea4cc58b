# A group is born: newcomers are given an id, the initial delay gathers them, the leader assigns.

world
----
* loaded 0 groups

join A
join A
advance 2999
----
A join MEMBER_ID_REQUIRED A-1
* g PreparingRebalance, generation 0, members 1

# A second member during the delay prolongs it once, at the end.
join B
join B
advance 1
advance 2999
advance 1
----
B join MEMBER_ID_REQUIRED B-3
* g CompletingRebalance, generation 1, members 2
A joined 1 as A-1 range leads [A-1 B-3]
B joined 1 as B-3 range follows A-1

heartbeat A
heartbeat B
sync B
sync A A:p0 B:p1
heartbeat A
describe g
list
----
A heartbeat NONE
B heartbeat NONE
* g Stable, generation 1, members 2
A sync "p0"
B sync "p1"
A heartbeat NONE
describe NONE Stable range A-1="p0" B-3="p1"
list g:Stable

# A lost answer is given again; a follower that joins unchanged gets the generation it has.
sync B
join B
----
B sync "p1"
B joined 1 as B-3 range follows A-1

# Only what fits is accepted.
join A session=5999
join A session=1800001
join C protocols=sticky:orders
join C type=connect
join C protocols=
join C group=
sync A generation=0 A:p0
sync A protocol=sticky
sync A type=connect
sync A member=nobody
heartbeat A generation=7
heartbeat A member=nobody
heartbeat A group=elsewhere
join X member=stranger
join X group=elsewhere member=stranger
----
A join INVALID_SESSION_TIMEOUT A-1
A join INVALID_SESSION_TIMEOUT A-1
C join INCONSISTENT_GROUP_PROTOCOL
C join INCONSISTENT_GROUP_PROTOCOL
C join INCONSISTENT_GROUP_PROTOCOL
C join INVALID_GROUP_ID
A sync ILLEGAL_GENERATION
A sync INCONSISTENT_GROUP_PROTOCOL
A sync INCONSISTENT_GROUP_PROTOCOL
A sync UNKNOWN_MEMBER_ID
A heartbeat ILLEGAL_GENERATION
A heartbeat UNKNOWN_MEMBER_ID
A heartbeat UNKNOWN_MEMBER_ID
X join UNKNOWN_MEMBER_ID stranger
X join UNKNOWN_MEMBER_ID stranger
