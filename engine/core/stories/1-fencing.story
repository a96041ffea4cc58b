# A broker that is fenced leaves every ISR, and others lead.

# Without eligible leader replicas the last member never leaves the ISR.
cluster brokers=1,2,3 odradek.format.eligible.leader.replicas.version=0
topic a replicas=1,2,3
topic b replicas=2,3
topic c replicas=3
fence 1
fence 2
fence 3
heartbeat 1
heartbeat 3
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
* b-0 leader 2 epoch 0/0 of 2,3 isr 2,3
* c-0 leader 3 epoch 0/0 of 3 isr 3
* a-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
* broker 1 fenced
* a-0 leader 3 epoch 2/2 of 1,2,3 isr 3
* b-0 leader 3 epoch 1/1 of 2,3 isr 3
* broker 2 fenced
* a-0 leader none epoch 3/3 of 1,2,3 isr 3
* b-0 leader none epoch 2/2 of 2,3 isr 3
* c-0 leader none epoch 1/1 of 3 isr 3
* broker 3 fenced
1 unfenced
* broker 1 unfenced
3 unfenced
* broker 3 unfenced
* a-0 leader 3 epoch 4/4 of 1,2,3 isr 3
* b-0 leader 3 epoch 3/3 of 2,3 isr 3
* c-0 leader 3 epoch 2/2 of 3 isr 3

# With them, those that leave while the ISR is below the minimum stay eligible; the last leader is remembered.
cluster brokers=1,2,3 min.insync.replicas=2
topic a replicas=1,2,3
fence 1
fence 2
fence 3
heartbeat 1
heartbeat 2
----
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
* a-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
* broker 1 fenced
* a-0 leader 3 epoch 2/2 of 1,2,3 isr 3 elr 2
* broker 2 fenced
* a-0 leader none epoch 3/3 of 1,2,3 isr none elr 2,3 last 3
* broker 3 fenced
1 unfenced
* broker 1 unfenced
2 unfenced
* broker 2 unfenced
* a-0 leader 2 epoch 4/4 of 1,2,3 isr 2 elr 3

# Anyone who is eligible may lead, first come: the ISR is then the leader alone.
heartbeat 3
isr a-0 to=2,1
isr a-0 to=2,1,3
----
3 unfenced
* broker 3 unfenced
answer leader 2 epoch 4/5 isr 2,1
* a-0 leader 2 epoch 4/5 of 1,2,3 isr 2,1
answer leader 2 epoch 4/6 isr 2,1,3
* a-0 leader 2 epoch 4/6 of 1,2,3 isr 2,1,3

# A minimum of one: nobody is eligible outside the ISR but the last.
cluster brokers=1,2 min.insync.replicas=1
topic a replicas=1,2
fence 1
fence 2
heartbeat 1
heartbeat 2
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
* a-0 leader 2 epoch 1/1 of 1,2 isr 2
* broker 1 fenced
* a-0 leader none epoch 2/2 of 1,2 isr none elr 2 last 2
* broker 2 fenced
1 unfenced
* broker 1 unfenced
2 unfenced
* broker 2 unfenced
* a-0 leader 2 epoch 3/3 of 1,2 isr 2

# The minimum is never above the number of replicas.
cluster brokers=1,2 min.insync.replicas=3
topic a replicas=1,2
fence 1
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
* a-0 leader 2 epoch 1/1 of 1,2 isr 2 elr 1
* broker 1 fenced

# A topic has its own minimum.
cluster brokers=1,2,3 min.insync.replicas=1
topic a replicas=1,2,3 min.insync.replicas=2
topic b replicas=1,2,3
fence 1
fence 2
----
* min.insync.replicas = 2
* a-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
* b-0 leader 1 epoch 0/0 of 1,2,3 isr 1,2,3
* a-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
* b-0 leader 2 epoch 1/1 of 1,2,3 isr 2,3
* broker 1 fenced
* a-0 leader 3 epoch 2/2 of 1,2,3 isr 3 elr 2
* b-0 leader 3 epoch 2/2 of 1,2,3 isr 3
* broker 2 fenced

# A broker that is fenced already is not fenced again, and who is not there neither.
cluster brokers=1,2
topic a replicas=1,2
fence 2
fence 2
fence 9
----
* a-0 leader 1 epoch 0/0 of 1,2 isr 1,2
* a-0 leader 1 epoch 0/1 of 1,2 isr 1
* broker 2 fenced
