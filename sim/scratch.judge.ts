import { World } from './world.ts';
import { label } from './scheduler.ts';
import { Broker, Producer } from '../engine/index.ts';
const t0 = performance.now();
const world = new World({ seed: process.argv[2] ?? '1' });
const props = new Map([['node.id','1'],['listeners','PLAINTEXT://broker-1:9092'],['log.dirs','data'],['offsets.topic.num.partitions','1']]);
let okc = 0, bad: string[] = [];
world.addNode({ name:'broker-1', role:'broker', program: (life) => void life.runtime.tasks.spawn('broker', (function*(){
  const b = yield* Broker.start(life.runtime, { properties: props });
  if (!b.ok) { life.halt(b.error.join(';')); return; }
  const r = yield* b.value.halted.wait(); life.halt(r);
})()) });
world.addNode({ name:'p', role:'client', program: (life) => void life.runtime.tasks.spawn('p', (function*(){
  const p = new Producer(life.runtime, { bootstrapServers: [{host:'broker-1',port:9092}], clientId: 'p', requestTimeoutMs: 3000, deliveryTimeoutMs: 60000 });
  for (let n = 0; n < 1000; n++) { p.send({ topic: 'orders', partition: 0, key: null, value: new TextEncoder().encode('v' + n) }).onSettled((o: any) => { if (o.kind==='ok') okc++; else bad.push(o.error); }); yield* life.runtime.sleep(10); }
  yield* p.flush();
})()) });
world.node('broker-1').boot(); world.node('p').boot();
world.act(3e6, label('x'), () => { world.node('broker-1').crash('x'); });
world.act(4e6, label('x'), () => { world.node('broker-1').boot(); });
const stop = world.run(60e6);
console.log(stop, world.crash, world.scheduler.step, okc, bad.slice(0,5), world.fingerprint(), performance.now()-t0);
console.log(Object.fromEntries(world.recorder.counts()));
console.log(world.pending());
