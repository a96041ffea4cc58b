// The checkers of histories against a cluster: each catches its own anomaly, and is silent about what only looks like
// it.

import { describe, expect, test } from 'vitest';
import { valueName } from '../record/value.ts';
import { ackedWrites } from './acked-writes.ts';
import { replication } from './cluster.ts';
import { groups } from './groups.ts';
import { liveness } from './liveness.ts';
import { offsets } from './offsets.ts';
import { order } from './order.ts';
import { producers } from './producers.ts';
import { reads } from './reads.ts';
import { records } from './records.ts';
import { acked, Both } from './testing-cluster-material.ts';
import { clean, Story } from './testing-material.ts';

/** The final scan finds the first `count` of them. */
function scanned(both: Both, count: number): Both {
  both.story.scan(Array.from({ length: count }, (_, n) => `producer#1/${n}`));
  return both;
}

const lost = { violations: ['acked-write-lost'], witnesses: [] };
const lawfullyLost = { violations: [], witnesses: ['acked-write-lost'] };

describe('the loss budget with replicas', () => {
  test('acks=all: power losses of one broker excuse nothing, however many', () => {
    const both = acked();
    both.story.effect('power-loss', 'unsynced-lost');
    both.meanwhile((cluster) => {
      for (let times = 0; times < 3; times++) {
        cluster.losePower(2);
        cluster.boot(2);
        cluster.recover(2, 0);
      }
    });
    expect(scanned(both, 9).judge(ackedWrites)).toEqual(lost);
  });

  test('acks=all: the last one that could be elected lost it', () => {
    const both = acked(-1, 1).meanwhile((cluster) => {
      cluster.commit({ leader: 1, leaderEpoch: 0, isr: '1', minimum: 1 });
      cluster.losePower(1);
      cluster.boot(1);
      cluster.recover(1, 9);
    });
    expect(scanned(both, 9).judge(ackedWrites)).toEqual(lawfullyLost);
    expect(scanned(both, 8).judge(ackedWrites).violations).toEqual(['acked-write-lost']);
  });

  test('acks=all: an unclean election excuses what its leader lacks, and only that', () => {
    const both = acked().meanwhile((cluster) => {
      cluster.truncate(3, 9);
      cluster.commit({ leader: 3, leaderEpoch: 1, isr: '3', unclean: true });
    });
    expect(scanned(both, 9).judge(ackedWrites)).toEqual(lawfullyLost);
    expect(scanned(both, 8).judge(ackedWrites).violations).toEqual(['acked-write-lost']);
  });

  test('acks=all: a loss from before the record was sent excuses nothing', () => {
    const both = new Both().meanwhile((cluster) => {
      cluster.begun();
      cluster.appendAll([1, 2, 3], 0, 1);
      cluster.commit({ leader: 3, leaderEpoch: 1, isr: '3', unclean: true });
      for (const broker of [1, 2, 3]) cluster.wipe(broker);
    });
    both.story.ok(both.story.send(0), 0);
    expect(scanned(both, 0).judge(ackedWrites)).toEqual(lost);
  });

  test('acks=1: a leader that was deposed before the record was everywhere; not afterwards', () => {
    const deposed = (replicated: boolean) => {
      const both = new Both().meanwhile((cluster) => cluster.begun());
      const send = both.story.send(0, { acks: 1 });
      both.meanwhile((cluster) => {
        cluster.appendAll(replicated ? [1, 2, 3] : [1], 0, 1);
        if (replicated) cluster.highWatermark(1, 1);
      });
      both.story.ok(send, 0);
      both.meanwhile((cluster) => {
        cluster.crash(1);
        cluster.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
        cluster.lead(2, 1, '2,3', 0);
      });
      return scanned(both, 0).judge(ackedWrites);
    };
    expect(deposed(false)).toEqual(lawfullyLost);
    expect(deposed(true)).toEqual(lost);
  });

  test('acks=1: a deposed leader that does not know goes on acknowledging', () => {
    const both = new Both().meanwhile((cluster) => {
      cluster.begun();
      cluster.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
      cluster.lead(2, 1, '2,3', 0);
    });
    const send = both.story.send(0, { acks: 1 });
    both.meanwhile((cluster) => cluster.append(1, 0));
    both.story.ok(send, 0);
    both.meanwhile((cluster) => cluster.appendAll([2, 3], 0, 1, 1));
    const other = both.story.ok(both.story.send(1, { acks: 1 }), 0);
    both.story.scan([valueName(other)]);
    expect(both.judge(ackedWrites)).toEqual(lawfullyLost);
    expect(both.judge(offsets)).toEqual({ violations: [], witnesses: ['inconsistent-offset'] });
  });

  test('acks=1: an answer arrives when its leader is already dead', () => {
    const both = new Both().meanwhile((cluster) => cluster.begun());
    const send = both.story.send(0, { acks: 1 });
    both.meanwhile((cluster) => {
      cluster.append(1, 0);
      cluster.crash(1);
    });
    both.story.ok(send, 0);
    both.meanwhile((cluster) => {
      cluster.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
      cluster.lead(2, 1, '2,3', 0);
    });
    const other = both.story.ok(both.story.send(1, { acks: 1 }), 0);
    both.story.scan([valueName(other)]);
    expect(both.judge(offsets)).toEqual({ violations: [], witnesses: ['inconsistent-offset'] });
  });

  test('what another replica shows when it leads counts as much', () => {
    const through = (count: number) => {
      const both = scanned(acked(), 10);
      const values = Array.from({ length: count }, (_, n) => `producer#1/${n}`);
      both.story.scan(values, 2);
      return both.judge(ackedWrites);
    };
    expect(through(10)).toEqual(clean);
    expect(through(9)).toEqual(lost);
  });

  test('the report names the fault', () => {
    const both = acked(-1, 1).meanwhile((cluster) => {
      cluster.commit({ leader: 1, leaderEpoch: 0, isr: '1', minimum: 1 });
      cluster.wipe(1);
    });
    const { losses } = both.story.material({ monitor: both.cluster.monitor });
    expect(losses.excuse(-1, 'orders', 0, 3, 0)).toEqual({
      lawful: true,
      because: expect.objectContaining({ prose: expect.stringContaining('wipe of broker-1') }),
    });
    expect(losses.excuse(-1, 'orders', 0, 3, 1_000).lawful).toBe(false);
  });
});

test('what the rules found is told with its step, and how often', () => {
  const both = acked().meanwhile((cluster) => {
    cluster.append(1, 10);
    cluster.answer(1, 10);
    cluster.answer(1, 10);
  });
  expect(both.judge(replication).violations).toEqual(['ack-below-min-isr', 'ack-below-min-isr']);
});

describe('realtime-order-inversion', () => {
  const sent = (acks: -1 | 1, first: number, second: number, overlapping = false) => {
    const story = new Story();
    const one = story.send(0, { acks });
    if (!overlapping) story.ok(one, first);
    const two = story.send(1, { acks });
    if (overlapping) story.ok(one, first);
    story.ok(two, second);
    return story;
  };

  test('what was sent later stands earlier', () => {
    expect(sent(-1, 5, 4).judge(order).violations).toEqual(['realtime-order-inversion']);
    expect(sent(-1, 5, 5).judge(order).violations).toEqual(['realtime-order-inversion']);
  });

  test('overlapping sends have no order, and acks=1 promises none', () => {
    expect(sent(-1, 4, 5).judge(order)).toEqual(clean);
    expect(sent(-1, 5, 4, true).judge(order)).toEqual(clean);
    expect(sent(1, 5, 4).judge(order)).toEqual(clean);
  });
});

describe('acks=0', () => {
  test('is worth nothing before anybody leads, and afterwards in a run without trouble it is', () => {
    const sent = (when: 'before' | 'after', replicas: string) => {
      const both = new Both();
      both.meanwhile((cluster) => {
        for (const broker of [1, 2, 3]) cluster.boot(broker);
        cluster.commit({ leader: 1, leaderEpoch: 0, isr: replicas, replicas, minimum: 1 });
        if (when === 'after') cluster.lead(1, 0, replicas, 0);
      });
      both.story.ok(both.story.send(0, { acks: 0 }), -1);
      if (when === 'before') both.meanwhile((cluster) => cluster.lead(1, 0, replicas, 0));
      return scanned(both, 0).judge(ackedWrites);
    };
    for (const replicas of ['1,2,3', '1']) {
      expect(sent('before', replicas)).toEqual({ violations: [], witnesses: ['acked-write-lost'] });
      expect(sent('after', replicas)).toEqual({ violations: ['acked-write-lost'], witnesses: [] });
    }
  });
});

describe('read-not-repeatable, dirty-read, hw-regression', () => {
  test('what was read is gone, or is another record', () => {
    const read = (end: number, other?: string) => {
      const both = acked();
      both.story.fetch(both.story.view(), 9);
      const values = Array.from({ length: end }, (_, n) => `producer#1/${n}`);
      both.story.scan(other === undefined ? values : [...values, other]);
      return both.judge(reads);
    };
    expect(read(10)).toEqual(clean);
    expect(read(9).violations).toEqual(['read-not-repeatable', 'hw-regression']);
    expect(read(9, 'producer#1/77').violations).toEqual(['read-not-repeatable']);
  });

  test('after an unclean election both are witnesses', () => {
    const both = acked();
    both.story.fetch(both.story.view(), 9);
    both.meanwhile((cluster) => {
      cluster.truncate(3, 9);
      cluster.commit({ leader: 3, leaderEpoch: 1, isr: '3', unclean: true });
    });
    expect(scanned(both, 9).judge(reads)).toEqual({
      violations: [],
      witnesses: ['read-not-repeatable', 'hw-regression'],
    });
  });

  test('retention may take it away', () => {
    const both = acked();
    both.story.fetch(both.story.view(), 0);
    both.story.event('log-start-moved', { logStartOffset: 1, reason: 'retention' });
    both.story.scan([null, ...Array.from({ length: 9 }, (_, n) => `producer#1/${n + 1}`)]);
    expect(both.judge(reads)).toEqual(clean);
  });

  test('a record that only the leader has was shown', () => {
    const shown = (replicas: readonly number[]) => {
      const both = acked().meanwhile((cluster) => cluster.appendAll(replicas, 10, 11));
      both.story.fetch(both.story.view(), 10);
      return scanned(both, 11).judge(reads);
    };
    expect(shown([1])).toEqual({ violations: ['dirty-read'], witnesses: [] });
    expect(shown([1, 2, 3])).toEqual(clean);
  });

  test('an append that failed may be in the file: what a recovery finds again may be read', () => {
    const shown = (found: number) => {
      const both = acked().meanwhile((cluster) => {
        cluster.fail([1, 2, 3], 10);
        for (const broker of [1, 2, 3]) cluster.recover(broker, found);
      });
      both.story.fetch(both.story.view(), 10);
      return scanned(both, 11).judge(reads);
    };
    expect(shown(11)).toEqual(clean);
    expect(shown(10)).toEqual({ violations: ['dirty-read'], witnesses: [] });
  });

  test('where nobody may lead any more, the deposed shows what the last members have, and nothing else', () => {
    const shown = (replicas: readonly number[]) => {
      const both = acked().meanwhile((cluster) => {
        cluster.commit({ leader: -1, leaderEpoch: 1, isr: '', eligible: '1,2,3' });
        cluster.appendAll(replicas, 10, 11);
      });
      both.story.fetch(both.story.view(), 10);
      return scanned(both, 11).judge(reads);
    };
    expect(shown([1, 2, 3])).toEqual(clean);
    expect(shown([1, 2])).toEqual({ violations: ['dirty-read'], witnesses: [] });
  });

  test('a leader that does not know that it is deposed may answer from what it has', () => {
    const asked = (knows: boolean) => {
      const both = acked();
      both.story.fetch(both.story.view(), 9);
      both.meanwhile((cluster) => {
        cluster.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
        cluster.lead(2, 1, '2,3', 10, 10);
        if (knows) cluster.follow(1, 2, 1, 10);
      });
      const place = { client: 'observer', session: 'observer#1', topic: 'orders', partition: 0 };
      const operation = both.story.history.watermark(place);
      operation.highWatermark = 8;
      both.story.history.end(operation, 'ok', null);
      return both.judge(reads);
    };
    expect(asked(false)).toEqual({ violations: [], witnesses: ['hw-regression'] });
    expect(asked(true).violations).toEqual(['hw-regression']);
  });

  test('a request for the end shows less than an earlier one, or than was read', () => {
    const asked = (first: number, second: number, overlapping = false) => {
      const story = new Story();
      const place = { client: 'observer', session: 'observer#1', topic: 'orders', partition: 0 };
      const one = story.history.watermark(place);
      one.highWatermark = first;
      const early = overlapping ? story.history.watermark(place) : undefined;
      story.history.end(one, 'ok', null);
      const two = early ?? story.history.watermark(place);
      two.highWatermark = second;
      story.history.end(two, 'ok', null);
      return story.judge(reads);
    };
    expect(asked(5, 4).violations).toEqual(['hw-regression']);
    expect(asked(5, 5)).toEqual(clean);
    expect(asked(5, 4, true)).toEqual(clean);
  });
});

describe('a gap, and an unknown outcome that is both', () => {
  test('a later record was acknowledged, an earlier one not given up, and it is nowhere', () => {
    const gap = (idempotent: boolean, givenUpFirst: boolean) => {
      const story = new Story();
      const one = story.send(0, { idempotent });
      const two = story.send(1, { idempotent });
      if (givenUpFirst) story.history.end(one, 'unknown', 'REQUEST_TIMED_OUT');
      story.ok(two, 0);
      story.scan([two]);
      return story.judge(producers);
    };
    expect(gap(true, false).violations).toEqual(['producer-order-inversion']);
    expect(gap(true, true)).toEqual(clean);
    expect(gap(false, false)).toEqual(clean);
  });

  test('one complete scan shows it below its end, another does not', () => {
    const shown = (second: readonly string[]) => {
      const story = new Story();
      story.ok(story.send(0), 0);
      story.history.end(story.send(1), 'unknown', 'REQUEST_TIMED_OUT');
      story.ok(story.send(2), 2);
      story.scan(['producer#1/0', 'producer#1/1', 'producer#1/2']);
      story.scan(second, 2);
      return story.judge(records);
    };
    expect(shown(['producer#1/0', 'producer#1/1', 'producer#1/2'])).toEqual(clean);
    expect(shown(['producer#1/0'])).toEqual(clean);
    expect(shown(['producer#1/0', 'producer#1/2']).violations).toEqual(['failed-write-visible']);
  });
});

describe('zombie-commit and double-assignment', () => {
  const commit = (story: Story, session: string, outcome: 'ok' | 'failed' = 'ok') => {
    const offsets = [{ topic: 'orders', partition: 0, offset: 1 }];
    const operation = story.history.commit({ client: 'consumer', session, group: 'billing', offsets });
    story.history.end(operation, outcome, outcome === 'ok' ? null : 'UNKNOWN_MEMBER_ID');
  };

  test('a superseded member gets its commit through', () => {
    const story = new Story();
    story.view('billing', 'a#1');
    story.view('billing', 'b#1');
    commit(story, 'a#1');
    expect(story.judge(groups).violations).toEqual(['zombie-commit']);
    commit(story, 'b#1');
    expect(story.judge(groups).violations).toEqual(['zombie-commit', 'double-assignment']);
  });

  test('it is refused, or the partition was revoked before, or came back', () => {
    const refused = new Story();
    refused.view('billing', 'a#1');
    refused.view('billing', 'b#1');
    commit(refused, 'a#1', 'failed');
    expect(refused.judge(groups)).toEqual(clean);
    const moved = new Story();
    const first = moved.view('billing', 'a#1');
    moved.history.endView(first, 'revoked');
    moved.view('billing', 'b#1');
    commit(moved, 'a#1');
    expect(moved.judge(groups)).toEqual(clean);
    moved.view('billing', 'a#1');
    commit(moved, 'a#1');
    expect(moved.judge(groups)).toEqual(clean);
  });
});

describe('replication-stuck, group-stuck, and stuck for a reason', () => {
  const later = { end: { step: 1_000, timeUs: 100_000_000 } };
  const waits = [{ node: 'producer', task: 'sender', waitingFor: 'answer to Produce' }];

  test('a living replica outside the ISR, a leader that does not lead, an end that is not committed', () => {
    const outside = acked().meanwhile((cluster) => cluster.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' }));
    expect(outside.judge(liveness, later).violations).toEqual(['replication-stuck']);
    const idle = acked().meanwhile((cluster) => cluster.commit({ leader: 2, leaderEpoch: 1, isr: '1,2,3' }));
    expect(idle.judge(liveness, later).violations).toEqual(['replication-stuck']);
    const behind = acked().meanwhile((cluster) => cluster.append(1, 10));
    expect(behind.judge(liveness, later).violations).toEqual(['replication-stuck']);
  });

  test('a cluster at rest, a broker that is down for good, and a run that is over early, are clean', () => {
    expect(acked().judge(liveness, later)).toEqual(clean);
    const down = acked().meanwhile((cluster) => {
      cluster.crash(3);
      cluster.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' });
    });
    expect(down.judge(liveness, later)).toEqual(clean);
    const early = acked().meanwhile((cluster) => cluster.commit({ leader: 1, leaderEpoch: 0, isr: '1,2' }));
    expect(early.judge(liveness)).toEqual(clean);
  });

  test('a send waits for a partition that nobody may lead', () => {
    const waiting = (eligibleLives: boolean) => {
      const both = acked().meanwhile((cluster) => {
        for (const broker of eligibleLives ? [1] : [1, 2]) cluster.crash(broker);
        cluster.commit({ leader: -1, leaderEpoch: 1, isr: '1', eligible: '2' });
      });
      both.story.send(10);
      return both.judge(liveness, { converged: false, pendingWaits: waits });
    };
    const stuck = ['client-stuck', 'client-stuck', 'replication-stuck'];
    expect(waiting(false)).toEqual({ violations: [], witnesses: stuck });
    expect(waiting(true)).toEqual({ violations: stuck, witnesses: [] });
  });

  test('a group that does not come to rest, when the time is over', () => {
    const group = (state: string, members: number, converged: boolean) => {
      const both = new Both().meanwhile((cluster) => {
        const of = { group: 'billing', coordinatorPartition: 0, coordinatorEpoch: 0 };
        cluster.event('broker-1', { kind: 'group-state', ...of, state, generation: 3, members });
      });
      return both.judge(liveness, { converged, pendingWaits: [] });
    };
    expect(group('PreparingRebalance', 2, false).violations).toEqual(['client-stuck', 'group-stuck']);
    expect(group('Stable', 2, false).violations).toEqual(['client-stuck']);
    expect(group('PreparingRebalance', 2, true)).toEqual(clean);
  });
});
