// The port-conformance suite against the simulated world: healthy, and as hostile as the contract allows.

import { present } from '../engine/index.ts';
import { portsConformance } from '../engine/testing/ports-conformance.ts';
import type { Life } from './node.ts';
import { label } from './scheduler.ts';
import { World, type WorldOptions } from './world.ts';

const patienceEnds = label('the check loses patience');

function conforming(options: Omit<WorldOptions, 'seed'>) {
  let count = 0;
  return () => {
    const world = new World({ ...options, seed: `conformance ${++count}` });
    const lives: Life[] = [];
    const program = (life: Life) => lives.push(life);
    const node = world.addNode({ name: 'broker-1', role: 'broker', program, wallErrorMsMax: 5000 });
    const peer = world.addNode({ name: 'client-1', role: 'client', program });
    const first = node.boot();
    const { ports: peerPorts } = peer.boot();
    return {
      ports: first.ports,
      peer: peerPorts,
      host: 'broker-1',
      advance(until: () => boolean, limitMs: number) {
        const endUs = node.clock.whenLocal(node.clock.localUs() + limitMs * 1000);
        world.act(endUs - world.nowUs, patienceEnds, () => {});
        world.run(() => until() || world.nowUs >= endUs);
        if (world.crash !== undefined) throw new Error(world.crash.stack);
      },
      die: () => node.crash('the check says so'),
      reborn: () => present(node.boot(), 'a life').ports,
      dispose() {},
    };
  };
}

portsConformance({ name: 'the simulator', create: conforming({}) });
portsConformance({
  name: 'the simulator with tiny pipes and many cuts',
  create: conforming({ network: { pipeBytes: 65_536, cuts: { numerator: 1, denominator: 2 } } }),
});
