# Committing, fetching and deleting offsets.

# A group that nobody joined: offsets of an administrator or a consumer that assigns itself.
world
commit admin orders/0/10 orders/1/11 clicks/0/5 nowhere/0/1
commit admin orders/0/12 metadata=4096
commit admin orders/0/13 metadata=4097
commit admin orders/0/14 generation=3
commit admin orders/0/14 group=elsewhere generation=3
offsets g
offsets elsewhere
list
----
* loaded 0 groups
admin commit NONE NONE NONE UNKNOWN_TOPIC_OR_PARTITION
admin commit NONE
admin commit OFFSET_METADATA_TOO_LARGE
admin commit UNKNOWN_MEMBER_ID
admin commit GROUP_ID_NOT_FOUND
offsets clicks/0=5 orders/0=12 orders/1=11
offsets none
list g:Empty

# Members: one state after the other.
join A version=3
commit A orders/0/20
commit admin orders/0/21
advance 3000
commit A orders/0/22
sync A A:p0
commit A orders/0/23
commit A orders/0/24 generation=0
commit A orders/0/24 member=nobody
commit admin orders/0/24
commit A orders/0/24 instance=i
offsets g
join B version=3
commit A orders/0/25
offsets g
----
* g PreparingRebalance, generation 0, members 1
A commit UNKNOWN_MEMBER_ID
admin commit UNKNOWN_MEMBER_ID
* g CompletingRebalance, generation 1, members 1
A joined 1 as A-1 range leads [A-1]
A commit REBALANCE_IN_PROGRESS
* g Stable, generation 1, members 1
A sync "p0"
A commit NONE
A commit ILLEGAL_GENERATION
A commit UNKNOWN_MEMBER_ID
admin commit UNKNOWN_MEMBER_ID
A commit UNKNOWN_MEMBER_ID
offsets clicks/0=5 orders/0=23 orders/1=11
* g PreparingRebalance, generation 1, members 2
A commit NONE
offsets clicks/0=5 orders/0=25 orders/1=11

# The empty group id is a group for offsets, and for nothing else.
commit admin group= orders/0/1
heartbeat A group=
----
admin commit NONE
A heartbeat INVALID_GROUP_ID

# A commit counts when it is committed; who wants stable offsets waits.
hold
commit A orders/0/30
offsets g
offsets g stable=yes
----
offsets clicks/0=5 orders/0=25 orders/1=11

release
----
A commit NONE
offsets clicks/0=5 orders/0=30 orders/1=11

# A write without certainty: the client is told to try again, and what commits later is seen.
doubt 7
commit A orders/0/31
offsets g
release
offsets g
commit A orders/1/40
offsets g
----
A commit COORDINATOR_NOT_AVAILABLE
offsets clicks/0=5 orders/0=30 orders/1=11
offsets clicks/0=5 orders/0=31 orders/1=11
A commit NONE
offsets clicks/0=5 orders/0=31 orders/1=40

# A refused write changes nothing.
refuse 19
commit A orders/0/99
refuse 6
commit A orders/0/99
refuse 10
commit A orders/0/99
offsets g
----
A commit COORDINATOR_NOT_AVAILABLE
A commit NOT_COORDINATOR
A commit UNKNOWN_SERVER_ERROR
offsets clicks/0=5 orders/0=31 orders/1=40

# Deletion: not of what is being consumed.
join A
leave B
delete-offsets g orders/0 clicks/0 clicks/7 nowhere/0
delete-offsets elsewhere orders/0
delete g
leave A
delete-offsets g orders/0
offsets g
delete g
delete g
offsets g
list
describe g
----
* g CompletingRebalance, generation 2, members 2
B joined 2 as B-2 range follows A-1
A joined 2 as A-1 range leads [A-1 B-2]
* g PreparingRebalance, generation 2, members 1
B leave NONE
delete-offsets GROUP_SUBSCRIBED_TO_TOPIC NONE NONE UNKNOWN_TOPIC_OR_PARTITION
delete-offsets GROUP_ID_NOT_FOUND
delete g NON_EMPTY_GROUP
* g Empty, generation 3, members 0
A leave NONE
delete-offsets NONE
offsets orders/1=40
delete g NONE
delete g GROUP_ID_NOT_FOUND
offsets none
list :Empty
describe GROUP_ID_NOT_FOUND Dead

# A deletion covers what is being written before it.
world
commit admin orders/0/1
hold
commit admin orders/1/2
delete-offsets g orders/1
release
offsets g
hold
commit admin clicks/0/3
delete g
release
offsets g
list
----
* loaded 0 groups
admin commit NONE
admin commit NONE
delete-offsets NONE
offsets orders/0=1
admin commit NONE
delete g NONE
offsets none
list nothing
