# Members with an instance id come back as who they were.

world
join A instance=a session=30000
join B instance=b session=30000
advance 6000
sync B instance=b
sync A instance=a A:p0 B:p1
describe g
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 2
A joined 1 as a-1 range leads [a-1 b-2]
B joined 1 as b-2 range follows a-1
* g Stable, generation 1, members 2
A sync "p0"
B sync "p1"
describe NONE Stable range a-1="p0" b-2="p1"

# B restarts without its member id: no rebalance, same assignment, and the old id is fenced.
join B2 instance=b session=30000
sync B2 instance=b
heartbeat B instance=b
commit B instance=b orders/0/1
heartbeat B2 instance=b
----
B2 joined 1 as b-3 range follows a-1
B2 sync "p1"
B heartbeat FENCED_INSTANCE_ID
B commit FENCED_INSTANCE_ID
B2 heartbeat NONE

# The leader restarts: a new client is told to skip the assignment, an old one is told another leader.
join A2 instance=a session=30000
join A3 instance=a session=30000 version=5
sync A3 instance=a
heartbeat A instance=a
leave A instance=a
----
A2 joined 1 as a-4 range leads [a-4 b-3] skips assignment
A3 joined 1 as a-5 range follows a-4
A3 sync "p0"
A heartbeat FENCED_INSTANCE_ID
A leave FENCED_INSTANCE_ID

# The new id is in the log before it is told.
hold
join B3 instance=b session=30000
----

release
reload
heartbeat B3 instance=b
heartbeat B2 instance=b
sync B3 instance=b
----
B3 joined 1 as b-6 range follows a-5
* unloaded, epoch 2
* loaded 1 groups
B3 heartbeat NONE
B2 heartbeat FENCED_INSTANCE_ID
B3 sync "p1"

# A write that fails is told, and the member tries again.
refuse 19
join B4 instance=b session=30000
join B4 instance=b session=30000
----
B4 join COORDINATOR_NOT_AVAILABLE
B4 joined 1 as b-8 range follows a-5

# During a rebalance the older one of two with the same instance id is fenced where it waits.
join C version=3 session=30000
join B5 instance=b session=30000
join B6 instance=b session=30000
join A4 instance=a session=30000
----
* g PreparingRebalance, generation 1, members 3
B5 join FENCED_INSTANCE_ID b-10
* g CompletingRebalance, generation 2, members 3
B6 joined 2 as b-11 range follows a-12
C joined 2 as C-9 range follows a-12
A4 joined 2 as a-12 range leads [a-12 b-11 C-9]

# Kafka keeps silent static members until their session ends. An administrator may remove them by name.
sync A4 instance=a A4:p0 B6:p1 C:p2
sync B6 instance=b
sync C
leave admin member= instance=b
leave admin member= instance=nobody
join C session=30000
advance 29999
advance 1
advance 30000
----
* g Stable, generation 2, members 3
A4 sync "p0"
B6 sync "p1"
C sync "p2"
* g PreparingRebalance, generation 2, members 2
admin leave NONE
admin leave UNKNOWN_MEMBER_ID
* g CompletingRebalance, generation 3, members 1
C joined 3 as C-9 range leads [C-9]
* g PreparingRebalance, generation 3, members 0
* g Empty, generation 4, members 0

# A silent static leader stays a member and leads no more; when all are silent, the group waits for their sessions.
world
join A instance=a rebalance=5000 session=30000
join B instance=b rebalance=5000 session=30000
advance 6000
sync B instance=b
sync A instance=a A:p0 B:p1
join B instance=b protocols=range:clicks rebalance=5000 session=30000
advance 5000
sync B instance=b A:p0 B:p1
leave B instance=b
advance 5000
heartbeat A instance=a
advance 29999
advance 1
----
* loaded 0 groups
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 2
A joined 1 as a-1 range leads [a-1 b-2]
B joined 1 as b-2 range follows a-1
* g Stable, generation 1, members 2
A sync "p0"
B sync "p1"
* g PreparingRebalance, generation 1, members 2
* g CompletingRebalance, generation 2, members 2
B joined 2 as b-2 range leads [a-1 b-2]
* g Stable, generation 2, members 2
B sync "p1"
* g PreparingRebalance, generation 2, members 1
B leave NONE
A heartbeat ILLEGAL_GENERATION
* g Empty, generation 3, members 0
