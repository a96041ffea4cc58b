# One vote in an epoch, whatever happens in between. Nobody talks: every voter is alone, and the story asks number 3.

world voters=3 draws=1:500,2:600,3:900
isolate 1
isolate 2
isolate 3
----

# A pre-vote promises nothing and stores nothing.
ask 3 pre-vote from=1 epoch=0
ask 3 pre-vote from=2 epoch=0
----
3 answers vote NONE, leader -1 e0, granted
3 answers vote NONE, leader -1 e0, granted

# The vote goes to the first; the second comes too late, and the first may ask again.
ask 3 vote from=1 epoch=1
ask 3 vote from=2 epoch=1
ask 3 vote from=1 epoch=1
----
3 stores e1, vote 1, leader -1
3 is unattached e1
3 answers vote NONE, leader -1 e1, granted
3 answers vote NONE, leader -1 e1
3 answers vote NONE, leader -1 e1, granted

# Not to another directory under the same id: that may be a voter that lost its disk and its log.
ask 3 vote from=1 epoch=1 directory=directory-1-new
----
3 answers vote NONE, leader -1 e1

# The vote outlives the process, and a power loss.
power-loss 3
start 3
ask 3 vote from=2 epoch=1
ask 3 vote from=1 epoch=1
----
3 answers vote NONE, leader -1 e1
3 answers vote NONE, leader -1 e1, granted

# What static voters cannot see: the voter's own disk is replaced, and with it goes the memory of its vote.
crash 3
wipe 3
start 3
ask 3 vote from=2 epoch=1
----
3 stores e1, vote 2, leader -1
3 is unattached e1
3 answers vote NONE, leader -1 e1, granted
