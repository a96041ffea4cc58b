// A scenario from a seed: cluster, configuration, clients, faults and world, all drawn by name from the
// tables beside this file. What comes out is a text as a person would have written it, and only that text is
// run: a scenario that was written out is the scenario that ran.
//
// What is expected is that nothing is violated. What the drawn configuration permits to be lost, doubled or
// reordered is a witness, as everywhere; the tables say which combinations are left out because nobody judges
// them.

import { drawClients } from './clients.ts';
import { Drawer } from './draw.ts';
import {
  type Circumstances,
  type FaultRow,
  type FaultText,
  harmless,
  lossyRows,
  moments,
} from './fault-tables.ts';
import { brokerProperties, drawProperties, drawTopology, type Topology, topicProperties } from './tables.ts';

/** A new number whenever the same seed gives another scenario: campaigns of different generators are not merged. */
export const generatorVersion = 1;

/** The name under which all generated scenarios of a campaign are counted together. */
export const generatedName = 'campaign/generated';

export interface Generated {
  readonly name: string;
  readonly text: string;
}

/** The scenario of a seed, as the text of its file. */
export function generate(seed: string): Generated {
  const draw = new Drawer(seed);
  const topology = drawTopology(draw);
  const clients = drawClients(draw, topology);
  const circumstances = { topology, hasGroup: clients.hasGroup, manyInFlight: clients.manyInFlight };
  const scansAll = draw.chance('finalScan', 1, 4) && !clients.moves;
  const scenario = {
    story: storyOf(
      topology,
      clients.workloads.map(({ workload }) => workload),
    ),
    cluster: clusterOf(draw, topology, clients.unacknowledged),
    config: configOf(draw, topology),
    ...worldOf(draw),
    phases: phasesOf(draw, clients.workloads, circumstances),
    finalScan: scansAll ? 'every-replica' : 'leader',
    expect: { verdict: 'pass' },
    floor: { ackedWrites: 1 },
  };
  const head = [
    `// Drawn from the seed ${JSON.stringify(seed)} by the generator of campaigns, version ${generatorVersion}.`,
    '// Nobody had a story in mind. Run it under the same seed to see what the campaign saw.',
    '// Look for: whatever it finds.',
  ];
  return { name: generatedName, text: `${head.join('\n')}\n${JSON.stringify(scenario, null, 2)}\n` };
}

function storyOf({ brokers, controllers }: Topology, workloads: readonly string[]): string {
  const quorum =
    controllers === undefined ? 'alone' : controllers === 'combined' ? controllers : `${controllers} apart`;
  const work = [...new Set(workloads)].join(', ');
  return `Drawn: ${brokers} brokers, controllers ${quorum}, under ${work}: no promise of this configuration is broken.`;
}

function clusterOf(draw: Drawer, topology: Topology, unacknowledged: readonly string[]) {
  const { brokers, controllers, racks, topics } = topology;
  const plans = Object.entries(topics).map(([name, { partitions, replicationFactor, minInsyncReplicas }]) => {
    const { 'retention.bytes': retention, ...drawn } = drawProperties(
      draw,
      `topic ${name}`,
      topicProperties,
      topology,
    );
    const keeps = retention === undefined || unacknowledged.includes(name);
    const config = {
      'min.insync.replicas': minInsyncReplicas,
      ...drawn,
      ...(keeps ? {} : { 'retention.bytes': retention }),
    };
    return [name, { partitions, replicationFactor, config }] as const;
  });
  return {
    brokers,
    ...(controllers === undefined ? {} : { controllers }),
    ...(racks === undefined ? {} : { racks }),
    topics: Object.fromEntries(plans),
  };
}

function configOf(draw: Drawer, topology: Topology) {
  const minimum = draw.pick('config/min.insync.replicas', [1, 2]);
  return {
    // For the brokers' own topics, which have as many replicas as there are brokers, three at most.
    'min.insync.replicas': Math.min(minimum, topology.brokers),
    // By default a follower finds out about a connection that died in silence only after 30 s: for so long the high
    // watermark of a whole and healthy cluster may stand still, and readers take that for the end.
    'replica.socket.timeout.ms': 3_000,
    ...drawProperties(draw, 'config', brokerProperties, topology),
  };
}

/** The network, the clocks and the yields, when nothing is wrong with them. */
function worldOf(draw: Drawer) {
  const network = draw.weighted<object>('network', [
    { value: {}, weight: 3 },
    { value: { network: { leastLatencyUs: 50, meanExtraLatencyUs: 100 } } },
    { value: { network: { leastLatencyUs: 5_000, meanExtraLatencyUs: 10_000 } } },
    { value: { network: { cuts: '1/3' } } },
  ]);
  const clock = draw.weighted<object>('clock', [
    { value: {}, weight: 4 },
    { value: { clock: { offsetMs: -60_000 } } },
    { value: { clock: { driftPartsPerMillion: 500 } } },
  ]);
  const yields = draw.weighted<object>('yields', [
    { value: {}, weight: 1 },
    { value: { yields: { ratio: '1/20', delayUs: [10, 3_000] } } },
    { value: { yields: { ratio: '1/8', delayUs: [10, 20_000] } } },
  ]);
  return { ...network, ...clock, ...yields };
}

function phasesOf(draw: Drawer, workloads: readonly object[], circumstances: Circumstances) {
  const lengthOf = (phase: string) => draw.between(`${phase}/seconds`, 4, 12);
  const twice = draw.chance('second phase', 1, 3);
  const work = workloads.map((workload) => (twice ? { ...workload, through: 'again' } : workload));
  const first = {
    name: 'hurt',
    until: { virtualSeconds: lengthOf('hurt') },
    workloads: work,
    faults: faultsOf(draw, 'hurt', circumstances),
  };
  if (!twice) return [first];
  const again = faultsOf(draw, 'again', circumstances);
  return [first, { name: 'again', until: { virtualSeconds: lengthOf('again') }, faults: again }];
}

/** From one turn to the next, in seconds: from a storm to a breeze. */
const rhythms: readonly (readonly [number, number])[] = [
  [0.4, 1.5],
  [1, 4],
  [2, 6],
];

function faultsOf(draw: Drawer, phase: string, circumstances: Circumstances): object[] {
  const faults: object[] = [];
  const alphabet = alphabetOf(draw, `${phase}/harmless`, harmless, [1, 4], circumstances);
  if (alphabet.length > 0) {
    const every = draw.pick(`${phase}/every`, rhythms);
    faults.push({ every, ratio: draw.pick(`${phase}/ratio`, ['1/2', '3/4', '1/1']), oneOf: alphabet });
  }
  const isLossy = draw.chance(`${phase}/lossy`, 1, 2);
  const lossy = alphabetOf(draw, `${phase}/lossy`, lossyRows(circumstances), [1, 2], circumstances);
  if (isLossy && lossy.length > 0) faults.push({ every: [3, 8], ratio: '2/3', oneOf: lossy });
  if (draw.chance(`${phase}/moment`, 1, 3)) faults.push(momentOf(draw, `${phase}/moment`, circumstances));
  return faults;
}

/** Each row in or out, then how heavily it counts, whom it hits and how long. */
function alphabetOf(
  draw: Drawer,
  of: string,
  rows: readonly FaultRow[],
  [numerator, denominator]: readonly [number, number],
  circumstances: Circumstances,
): FaultText[] {
  const chosen: FaultText[] = [];
  for (const [index, row] of rows.entries()) {
    const { name, targets, lasts, parameters = {}, needs } = row;
    // The index tells rows of one kind apart; rows are only ever added at the end.
    const at = `${of}/${index} ${name}`;
    const isIn = draw.chance(at, numerator, denominator);
    const weight = draw.pick(`${at}/weight`, [1, 2, 5]);
    const target = draw.pick(
      `${at}/target`,
      targets.filter((one) => fits(one, circumstances)),
    );
    const shortened = draw.chance(`${at}/short`, 1, 3);
    if (!isIn || needs?.(circumstances) === false) continue;
    const lasting = lasts === undefined ? {} : { for: shortened ? [lasts[0], lasts[0] * 2] : lasts };
    chosen.push({ fault: name, target, ...parameters, weight, ...lasting });
  }
  return chosen;
}

function momentOf(draw: Drawer, of: string, circumstances: Circumstances): object {
  const possible = moments.filter(({ needs }) => needs?.(circumstances) !== false);
  const { event } = draw.pick(`${of}/event`, possible);
  const victims = circumstances.topology.brokers > 1 ? ['one', 'leader-of orders/0', 'controller'] : ['one'];
  return {
    fault: draw.pick(`${of}/fault`, ['crash', 'pause', 'restart']),
    target: draw.pick(`${of}/target`, victims),
    on: { event, nth: [1, draw.pick(`${of}/nth`, [3, 20])] },
    // Not every seed comes to that moment, and a run that does not is no worse for it.
    ratio: '9/10',
    for: [0.1, 3],
  };
}

/** A word that names nobody in this cluster would only waste the turn. */
function fits(target: string, { topology }: Circumstances): boolean {
  const { brokers, controllers, topics } = topology;
  const follows = (topics['orders']?.replicationFactor ?? 1) > 1;
  if (target.startsWith('follower-of')) return follows;
  if (target === 'minority') return brokers > 2;
  if (target === 'controller') return brokers > 1 || controllers !== undefined;
  return true;
}
