// Every fault, workload and checker there is: what is not in these lists does not exist. Scenario files, editors, help
// texts and runs read them.

import { brokerPropertyNames, topicPropertyNames } from '../engine/index.ts';
import { ackedWrites } from './checkers/acked-writes.ts';
import { coordinators, metadata, replication } from './checkers/cluster.ts';
import { commits } from './checkers/commits.ts';
import { consumers } from './checkers/consumers.ts';
import { delivery } from './checkers/delivery.ts';
import { diskLog } from './checkers/disk-log.ts';
import { groups } from './checkers/groups.ts';
import { harness } from './checkers/harness.ts';
import { liveness } from './checkers/liveness.ts';
import { logStarts } from './checkers/log-starts.ts';
import { offsets } from './checkers/offsets.ts';
import { order } from './checkers/order.ts';
import { producers } from './checkers/producers.ts';
import { reads } from './checkers/reads.ts';
import { records } from './checkers/records.ts';
import { retention } from './checkers/retention.ts';
import { twoTruths } from './checkers/two-truths.ts';
import { bitRot } from './faults/bit-rot.ts';
import { clientCrash } from './faults/client-crash.ts';
import { clientPause } from './faults/client-pause.ts';
import { clockDrift } from './faults/clock-drift.ts';
import { clockJump } from './faults/clock-jump.ts';
import { crash } from './faults/crash.ts';
import { diskEio } from './faults/disk-eio.ts';
import { diskFull } from './faults/disk-full.ts';
import { diskSlow } from './faults/disk-slow.ts';
import { diskStuck } from './faults/disk-stuck.ts';
import { fsyncFail } from './faults/fsync-fail.ts';
import { fsyncLie } from './faults/fsync-lie.ts';
import { networkCut } from './faults/network-cut.ts';
import { networkDelay } from './faults/network-delay.ts';
import { networkHalfOpen } from './faults/network-half-open.ts';
import { networkIsolate } from './faults/network-isolate.ts';
import { networkPartition } from './faults/network-partition.ts';
import { networkRefuse } from './faults/network-refuse.ts';
import { networkResetAfterDelivery } from './faults/network-reset-after-delivery.ts';
import { networkResetBeforeDelivery } from './faults/network-reset-before-delivery.ts';
import { networkSlow } from './faults/network-slow.ts';
import { networkStall } from './faults/network-stall.ts';
import { pause } from './faults/pause.ts';
import { powerLoss } from './faults/power-loss.ts';
import { restart } from './faults/restart.ts';
import { rollingRestart } from './faults/rolling-restart.ts';
import { shutdown } from './faults/shutdown.ts';
import { swizzle } from './faults/swizzle.ts';
import { wipe } from './faults/wipe.ts';
import { markNames } from './marks/index.ts';
import { eventDocs } from './record/events.ts';
import type { Registries } from './scenario/schema.ts';
import { consumeAssign } from './workloads/consume-assign.ts';
import { consumeGroup } from './workloads/consume-group.ts';
import { deleteRecords } from './workloads/delete-records.ts';
import { electLeaders } from './workloads/elect-leaders.ts';
import { observeEnds } from './workloads/observe-ends.ts';
import { observeOffsets } from './workloads/observe-offsets.ts';
import { produce } from './workloads/produce.ts';
import { reassign } from './workloads/reassign.ts';

export const registries: Registries = {
  faults: [
    crash,
    powerLoss,
    pause,
    restart,
    shutdown,
    rollingRestart,
    wipe,
    networkDelay,
    networkStall,
    networkSlow,
    networkResetBeforeDelivery,
    networkResetAfterDelivery,
    networkHalfOpen,
    networkCut,
    networkPartition,
    networkIsolate,
    swizzle,
    networkRefuse,
    diskSlow,
    diskStuck,
    diskEio,
    diskFull,
    fsyncFail,
    fsyncLie,
    bitRot,
    clockJump,
    clockDrift,
    clientCrash,
    clientPause,
  ],
  workloads: [
    produce,
    consumeAssign,
    consumeGroup,
    observeOffsets,
    observeEnds,
    deleteRecords,
    electLeaders,
    reassign,
  ],
  checkers: [
    ackedWrites,
    offsets,
    producers,
    order,
    records,
    reads,
    consumers,
    delivery,
    commits,
    groups,
    diskLog,
    retention,
    logStarts,
    replication,
    metadata,
    coordinators,
    liveness,
    twoTruths,
    harness,
  ],
  marks: markNames,
  events: Object.keys(eventDocs).filter((kind) => kind !== 'note'),
  brokerProperties: brokerPropertyNames(),
  topicProperties: topicPropertyNames(),
};
