# Offsets past their time (retention one hour here, looked at every minute).

world offsetsRetentionMs=3600000 offsetsRetentionCheckIntervalMs=60000
commit admin group=simple orders/0/1
commit admin group=own orders/0/1 retention=120000
join A version=3 session=1800000 protocols=range:orders
advance 3000
sync A A:p0
commit A orders/0/7 clicks/0/9
advance 180000
offsets own
offsets simple
list
----
* loaded 0 groups
admin commit NONE
admin commit NONE
* g PreparingRebalance, generation 0, members 1
* g CompletingRebalance, generation 1, members 1
A joined 1 as A-1 range leads [A-1]
* g Stable, generation 1, members 1
A sync "p0"
A commit NONE NONE
offsets none
offsets orders/0=1
list g:Stable simple:Empty

# After the hour: the simple group is gone; of the live one only the topic that nobody subscribes to.
advance 1500000
heartbeat A
advance 1500000
heartbeat A
advance 600000
offsets simple
offsets g
list
----
A heartbeat NONE
A heartbeat NONE
offsets none
offsets orders/0=7
list g:Stable

# The group is empty now: its hour begins when the last member left, not with the commit.
leave A
advance 3540000
offsets g
advance 120000
offsets g
list
----
* g PreparingRebalance, generation 1, members 0
* g Empty, generation 2, members 0
A leave NONE
offsets orders/0=7
offsets none
list nothing
