// Where logs start: how far back a death may take it, and what becomes of an acknowledged deletion.

import { describe, expect, test } from 'vitest';
import type { Effect } from '../material.ts';
import { judge } from '../verdict.ts';
import { consumers } from './consumers.ts';
import { logStarts } from './log-starts.ts';
import { Both } from './testing-cluster-material.ts';
import { clean } from './testing-material.ts';

const intervalMs = 1_000;
const interval = 'log.flush.start.offset.checkpoint.interval.ms';
const configuration = {
  broker: { [interval]: String(intervalMs) },
  topics: {},
  electsUncleanly: true,
};

const wentBack = { violations: ['log-start-regression'], witnesses: [] };
const lawfully = { violations: [], witnesses: ['log-start-regression'] };

/** Ten records on three brokers that serve; broker 1 leads. */
function begun(): Both {
  return new Both().meanwhile((cluster) => {
    cluster.begun();
    for (const broker of [1, 2, 3]) {
      cluster.serve(broker);
      cluster.recover(broker, 0);
    }
    cluster.appendAll([1, 2, 3], 0, 10);
    for (const broker of [1, 2, 3]) cluster.highWatermark(broker, 10, broker === 1);
  });
}

/** A fault strikes now; what it does to the cluster is told behind it. */
function struck(both: Both, fault: string, damage: Effect['damage'], more: Partial<Effect> = {}): Both {
  both.story.effect(fault, damage, { ...more });
  return both;
}

function crashed(both: Both, target = 'broker-1'): Both {
  const broker = Number(target.slice(-1));
  return struck(both, 'crash', 'harmless', { target, ended: null }).meanwhile((cluster) => {
    cluster.crash(broker);
    cluster.boot(broker);
  });
}

function verdict(both: Both) {
  return both.judge(logStarts, { configuration });
}

/** The evidence of the first witness. */
function permission(both: Both) {
  const judgement = judge(logStarts, both.material({ configuration }));
  return judgement.witnesses[0]?.evidence;
}

describe('a log start over a clean stop', () => {
  const stopped = (found: number) =>
    begun().meanwhile((cluster) => {
      cluster.startAt([1], 5);
      cluster.stop(1);
      cluster.boot(1);
      cluster.recover(1, 10, found);
    });

  test('is where it was', () => {
    expect(verdict(stopped(5))).toEqual(clean);
    expect(verdict(stopped(4))).toEqual(wentBack);
  });

  test('is where it was after the life that followed was killed before it opened the log', () => {
    const both = begun().meanwhile((cluster) => {
      cluster.startAt([1], 5);
      cluster.stop(1);
      cluster.boot(1);
    });
    crashed(both).meanwhile((cluster) => cluster.recover(1, 10, 4));
    expect(verdict(both)).toEqual(wentBack);
  });

  test('may be lost with a disk that rots, but not with the files of a partition, nor long after a wipe', () => {
    const rotten = (more: Partial<Effect>, fault = 'bit-rot') => {
      const both = struck(begun(), fault, 'anything-lost', { ended: null, ...more });
      return both.meanwhile((cluster) => {
        cluster.startAt([1], 5);
        cluster.stop(1);
        cluster.boot(1);
        cluster.recover(1, 10, 0);
      });
    };
    expect(verdict(rotten({}))).toEqual(lawfully);
    expect(permission(rotten({}))).toMatchObject({ fault: 'bit-rot', faultTarget: 'broker-1' });
    expect(verdict(rotten({ partition: 'orders-0' }))).toEqual(wentBack);
    expect(verdict(rotten({ target: 'broker-2' }))).toEqual(wentBack);
    expect(verdict(rotten({}, 'wipe'))).toEqual(wentBack);
  });
});

describe('a log start over a crash', () => {
  const found = (offset: number, act: (both: Both) => void = () => {}) => {
    const both = begun().meanwhile((cluster) => cluster.startAt([1], 5));
    act(both);
    return crashed(both).meanwhile((cluster) => cluster.recover(1, 10, offset));
  };

  test('goes back by what no checkpoint had yet; the witness names the crash and the interval', () => {
    expect(verdict(found(5))).toEqual(clean);
    expect(verdict(found(0))).toEqual(lawfully);
    expect(permission(found(0))).toMatchObject({
      fault: 'crash',
      faultTarget: 'broker-1',
      setting: `${interval}=${intervalMs}`,
    });
  });

  test('does not go back by what had the time to be written down', () => {
    const waited = (offset: number) =>
      found(offset, (both) => {
        both.meanwhile((cluster) => {
          cluster.wait(4);
          cluster.startAt([1], 7);
        });
      });
    expect(verdict(waited(5))).toEqual(lawfully);
    expect(verdict(waited(4))).toEqual(wentBack);
  });

  test('does, where the broker was held up meanwhile', () => {
    const held = (fault: string, target = 'broker-1') =>
      found(0, (both) => {
        struck(both, fault, 'harmless', { target });
        both.meanwhile((cluster) => cluster.wait(10));
      });
    expect(verdict(held('pause'))).toEqual(lawfully);
    expect(verdict(held('disk-stuck'))).toEqual(lawfully);
    expect(verdict(held('pause', 'broker-2'))).toEqual(wentBack);
    expect(verdict(held('network-cut'))).toEqual(wentBack);
  });

  test('has the time from the moment on in which the broker served', () => {
    const both = crashed(begun()).meanwhile((cluster) => {
      cluster.recover(1, 10, 0);
      cluster.startAt([1], 5);
      cluster.wait(10);
      cluster.serve(1);
    });
    crashed(both).meanwhile((cluster) => cluster.recover(1, 10, 0));
    expect(verdict(both)).toEqual(lawfully);
  });

  test('does not bring a segment back that was put away', () => {
    const putAway = (offset: number) =>
      found(offset, (both) => {
        both.meanwhile((cluster) => cluster.deleteSegment(1, 2));
      });
    expect(verdict(putAway(3))).toEqual(lawfully);
    expect(verdict(putAway(2))).toEqual(wentBack);
  });

  test('is what the files said, and they say it again; but names go with the power', () => {
    const again = (lose: (both: Both) => void) => {
      const both = found(5);
      lose(both);
      return both.meanwhile((cluster) => cluster.recover(1, 10, 3));
    };
    expect(verdict(again((both) => crashed(both)))).toEqual(wentBack);
    const power = again((both) => {
      struck(both, 'power-loss', 'unsynced-lost', { ended: null });
      both.meanwhile((cluster) => {
        cluster.losePower(1);
        cluster.boot(1);
      });
    });
    expect(verdict(power)).toEqual(lawfully);
    expect(permission(power)).toMatchObject({ fault: 'power-loss' });
  });

  test('is durable once a power loss has left it', () => {
    const both = struck(begun(), 'power-loss', 'unsynced-lost').meanwhile((cluster) => {
      cluster.startAt([1], 5);
      cluster.losePower(1);
      cluster.boot(1);
      cluster.recover(1, 10, 4);
      cluster.losePower(1);
      cluster.boot(1);
      cluster.recover(1, 10, 3);
    });
    expect(verdict(both)).toEqual({
      violations: ['log-start-regression'],
      witnesses: ['log-start-regression'],
    });
  });

  test('of a log that died while all of it was thrown away is that of an empty log', () => {
    const thrownAway = (logEndOffset: number) => {
      const both = found(5).meanwhile((cluster) => cluster.serve(1));
      return crashed(both).meanwhile((cluster) => cluster.recover(1, logEndOffset, 0));
    };
    expect(verdict(thrownAway(0))).toEqual(lawfully);
    expect(verdict(thrownAway(10))).toEqual(wentBack);
  });

  test('of a log that began anew below its start is known to a checkpoint alone', () => {
    const anew = (began: boolean) => {
      const both = found(5).meanwhile((cluster) => {
        if (began) cluster.truncate(1, 3);
      });
      return crashed(both).meanwhile((cluster) => cluster.recover(1, 10, 3));
    };
    expect(verdict(anew(true))).toEqual(lawfully);
    expect(verdict(anew(false))).toEqual(wentBack);
  });

  test('that no fault explains is not lawful', () => {
    const both = begun().meanwhile((cluster) => {
      cluster.startAt([1], 5);
      cluster.crash(1);
      cluster.boot(1);
      cluster.recover(1, 10, 0);
    });
    expect(verdict(both)).toEqual(wentBack);
  });
});

describe('a log start within a life', () => {
  test('does not go back, said or unsaid', () => {
    const both = begun().meanwhile((cluster) => {
      cluster.startAt([1], 5);
      cluster.startAt([1], 4, 'leader');
    });
    expect(verdict(both)).toEqual(wentBack);
    const unsaid = begun().meanwhile((cluster) => {
      cluster.startAt([1], 5);
      cluster.recover(1, 10, 4);
    });
    expect(verdict(unsaid)).toEqual(wentBack);
  });

  test('goes back with the end of a log, where the records were lawfully lost', () => {
    const cut = (unclean: boolean) => {
      const both = begun().meanwhile((cluster) => {
        cluster.startAt([1], 8);
        cluster.truncate(3, 6);
      });
      struck(both, 'network-isolate', 'harmless');
      return both.meanwhile((cluster) => {
        cluster.commit({ leader: 3, leaderEpoch: 1, isr: '3', unclean });
        cluster.startAt([1], 6, 'truncation');
      });
    };
    expect(verdict(cut(true))).toEqual(lawfully);
    expect(verdict(cut(false))).toEqual(wentBack);
  });

  test('begins anew with a log that was thrown away, and with an empty disk', () => {
    const both = begun().meanwhile((cluster) => {
      cluster.startAt([1, 2], 5);
      cluster.deleteLog(1);
      cluster.recover(1, 0);
      cluster.wipe(2);
      cluster.boot(2);
      cluster.recover(2, 0);
    });
    expect(verdict(both)).toEqual(clean);
  });
});

describe('an acknowledged deletion', () => {
  const lost = { violations: ['acked-delete-lost'], witnesses: [] };

  /** All three have deleted, and the leader has said so. */
  function deleted(brokers: readonly number[] = [1, 2, 3]): Both {
    return begun().meanwhile((cluster) => {
      cluster.startAt(brokers, 5);
      cluster.deleted(1, 5);
    });
  }

  function failedOver(both: Both, broker = 2): Both {
    crashed(both);
    return both.meanwhile((cluster) => {
      cluster.commit({ leader: broker, leaderEpoch: 1, isr: '2,3' });
      cluster.lead(broker, 1, '2,3', 10, 10);
    });
  }

  test('stays, whoever leads', () => {
    expect(verdict(failedOver(deleted()))).toEqual(clean);
  });

  test('goes with the crash of whoever leads next, and with nothing else', () => {
    const reborn = (crash: boolean) => {
      const both = deleted();
      if (crash) crashed(both, 'broker-2');
      return failedOver(both.meanwhile((cluster) => cluster.recover(2, 10, 0)));
    };
    expect(verdict(reborn(true))).toEqual({
      violations: [],
      witnesses: ['log-start-regression', 'acked-delete-lost'],
    });
    expect(verdict(reborn(false)).violations).toEqual(['log-start-regression', 'acked-delete-lost']);
  });

  test('is made good by the next answer of a leader', () => {
    const both = crashed(deleted(), 'broker-2').meanwhile((cluster) => {
      cluster.recover(2, 10, 0);
      cluster.startAt([2], 5, 'leader');
    });
    expect(verdict(failedOver(both))).toEqual(lawfully);
  });

  test('is not known to whoever was away, nor to whoever was emptied', () => {
    const away = failedOver(deleted([1, 3]));
    expect(verdict(away)).toEqual({ violations: [], witnesses: ['acked-delete-lost'] });
    expect(permission(away)).toMatchObject({ fault: 'crash', faultTarget: 'broker-1' });
    const emptied = struck(deleted(), 'wipe', 'anything-lost', { target: 'broker-2' }).meanwhile(
      (cluster) => {
        cluster.wipe(2);
        cluster.boot(2);
        cluster.recover(2, 0);
      },
    );
    expect(verdict(failedOver(emptied))).toEqual({ violations: [], witnesses: ['acked-delete-lost'] });
    expect(permission(emptied)).toMatchObject({ fault: 'wipe', faultTarget: 'broker-2' });
    expect(permission(emptied)?.['because']).toContain('its disk was emptied');
  });

  test('that was lost lawfully and made good is not lost lawfully once more', () => {
    const both = crashed(deleted(), 'broker-2').meanwhile((cluster) => {
      cluster.recover(2, 10, 0);
      cluster.startAt([2], 5, 'leader');
      cluster.startAt([2], 0, 'leader');
    });
    expect(verdict(failedOver(both)).violations).toEqual(['log-start-regression', 'acked-delete-lost']);
  });

  test('is none when the answer was an error', () => {
    const refused = begun().meanwhile((cluster) => {
      cluster.startAt([1], 5);
      cluster.deleted(1, 5, 7);
    });
    expect(verdict(failedOver(refused))).toEqual(clean);
  });

  test('is told as lost once, and then the log starts where it starts', () => {
    const both = failedOver(deleted([1, 3])).meanwhile((cluster) => cluster.lead(2, 1, '2', 10, 10));
    both.story.scan(Array.from({ length: 10 }, (_, n) => `producer#1/${n}`));
    expect(verdict(both).witnesses).toEqual(['acked-delete-lost']);
    expect(verdict(both).violations).toEqual([]);
  });

  test('binds no leader that was deposed already', () => {
    const both = deleted().meanwhile((cluster) => {
      cluster.commit({ leader: 3, leaderEpoch: 2, isr: '3' });
      cluster.lead(3, 2, '3', 10, 10);
    });
    crashed(both, 'broker-2').meanwhile((cluster) => {
      cluster.recover(2, 10, 0);
      cluster.lead(2, 1, '2', 10, 10);
    });
    expect(verdict(both)).toEqual(lawfully);
  });

  test('is what a leader tells its clients, too', () => {
    const both = deleted();
    both.story.scan(Array.from({ length: 10 }, (_, n) => `producer#1/${n}`));
    expect(verdict(both)).toEqual(lost);
    const fine = begun();
    fine.story.scan(Array.from({ length: 10 }, (_, n) => `producer#1/${n}`));
    expect(verdict(fine)).toEqual(clean);
  });
});

describe('a reader that loses its place', () => {
  /** Read up to 4 at broker 1, whose log then begins at `deleted`; then broker 2 leads, whose log begins at 3. */
  function reading(
    deleted: number,
    next: readonly number[],
    more: { group?: boolean; late?: boolean } = {},
  ): Both {
    const both = begun();
    both.story.acked(10);
    const view = both.story.view(more.group === true ? 'billing' : null);
    for (let offset = 0; offset < 5; offset++) both.story.fetch(view, offset);
    const failOver = () => {
      crashed(both).meanwhile((cluster) => {
        cluster.startAt([2], 3);
        cluster.commit({ leader: 2, leaderEpoch: 1, isr: '2,3' });
        cluster.lead(2, 1, '2,3', 10, 10);
      });
    };
    if (more.late === true) failOver();
    both.meanwhile((cluster) => cluster.startAt([1], deleted));
    if (more.late !== true) failOver();
    for (const offset of next) both.story.fetch(view, offset);
    both.story.scan(Array.from({ length: 10 }, (_, n) => `producer#1/${n}`));
    return both;
  }

  const judged = (both: Both) => both.judge(consumers, { configuration });
  const rewind = 'consumer-rewind';
  const skip = 'consumer-skip';

  test('may be sent back to where the log of the next leader begins, and no further', () => {
    expect(judged(reading(8, [3]))).toEqual({ violations: [], witnesses: [rewind] });
    const witness = judge(consumers, reading(8, [3]).material({ configuration })).witnesses[0];
    expect(witness?.evidence).toMatchObject({ fault: 'crash', faultTarget: 'broker-1' });
    expect(witness?.prose).toContain('broker-1 led with a log that began at 8, and broker-2');
    expect(judged(reading(8, [2])).witnesses).toEqual([]);
    expect(judged(reading(8, [2])).violations).toContain(rewind);
  });

  test('did not lose it where its offset was still there, nor by who leads no more', () => {
    expect(judged(reading(5, [3])).violations).toEqual([rewind]);
    expect(judged(reading(8, [3], { late: true })).violations).toEqual([rewind]);
    const twice = judged(reading(8, [3, 4, 5, 6, 3]));
    expect(twice).toEqual({ violations: [rewind], witnesses: [rewind] });
  });

  test('may leave out what was deleted when it passed, and is there again; no more than that', () => {
    expect(judged(reading(8, [8, 9]))).toEqual({ violations: [], witnesses: [skip] });
    expect(judged(reading(8, [9])).violations).toEqual([skip]);
    expect(judged(reading(5, [8])).violations).toEqual([skip]);
  });

  test('permits its group to do the same', () => {
    const place = { topic: 'orders', partition: 0, offset: 5 };
    const owed = (deleted: number) =>
      reading(deleted, [], { group: true })
        .material({ configuration })
        .groups.skips('commit-after', 'billing', place);
    expect(owed(8)).toMatchObject({ is: 'may', because: { fault: { kind: 'crash', target: 'broker-1' } } });
    expect(owed(3).is).toBe('never');
  });
});

test('the rules are told as well', () => {
  const both = begun().meanwhile((cluster) => {
    cluster.startAt([1], 5);
    cluster.ask(1, 1);
    cluster.give(1, 1, 3);
  });
  expect(verdict(both)).toEqual({ violations: ['deleted-record-served'], witnesses: [] });
});
