// A small, correct replication of one partition over three brokers under random crashes, power losses, late news and
// late ISR changes, which tells of itself as the engine does: the rules have to be silent about it, whatever happens.
// And the same with one thing done wrong, which they have to catch. For tests of the rules only.

import { ClusterStory } from './testing-cluster.ts';

/** What may be done wrong on purpose. */
export type Mistake =
  /** The high watermark ignores the ISR. */
  | 'eager-high-watermark'
  /** A follower joins the ISR before it has caught up. */
  | 'early-joiner'
  /** A follower cuts to its own high watermark when it starts again (before KIP-101). */
  | 'truncates-to-high-watermark'
  /** The controller keeps a broker that came back without all it had. */
  | 'forgives-unclean-shutdown';

interface Entry {
  readonly epoch: number;
  readonly crc: number;
}

/** What the controller has committed. */
interface Now {
  readonly leader: number;
  readonly epoch: number;
  readonly isr: readonly number[];
  readonly eligible: readonly number[];
  readonly partitionEpoch: number;
}

class ToyBroker {
  readonly id: number;
  up = true;
  log: Entry[] = [];
  durable = 0;
  highWatermark = 0;
  leads = false;
  epoch = -1;
  leader = -1;
  isr: readonly number[] = [];
  partitionEpoch = -1;
  brokerEpoch = 0;
  clean = true;
  /** As leader: how far each follower is, by fetches in this epoch. */
  readonly ends = new Map<number, number>();
  /** The broker epoch of the last fetch of each. */
  readonly lives = new Map<number, number>();
  proposal:
    | { isr: readonly number[]; partitionEpoch: number; epochs: ReadonlyMap<number, number> }
    | undefined;

  constructor(id: number) {
    this.id = id;
  }
}

export class ToyReplication {
  readonly story = new ClusterStory();
  readonly #below: (n: number) => number;
  readonly #mistake: Mistake | undefined;
  readonly #eligibleReplicas: boolean;
  readonly #brokers = [1, 2, 3].map((id) => new ToyBroker(id));
  readonly #registered = new Map<number, number>();
  readonly #fenced = new Set<number>();
  #now: Now = { leader: 1, epoch: 0, isr: [1, 2, 3], eligible: [], partitionEpoch: 0 };
  #crc = 0;

  constructor(below: (n: number) => number, eligibleReplicas: boolean, mistake?: Mistake) {
    this.#below = below;
    this.#eligibleReplicas = eligibleReplicas;
    this.#mistake = mistake;
    for (const broker of this.#brokers) {
      this.story.boot(broker.id, false);
      this.#register(broker);
    }
    this.#tell();
  }

  /** One random deed. */
  step(): void {
    const broker = this.#brokers[this.#below(3)] as ToyBroker;
    const deed = this.#below(100);
    if (deed < 3) this.#down(broker, this.#below(2) === 0);
    else if (deed < 12) this.#up(broker);
    else if (deed < 17) this.#fence(broker);
    else if (deed < 22) this.#flush(broker);
    else if (deed < 35) this.#learn(broker);
    else if (deed < 50) this.#produce(broker);
    else if (deed < 85) this.#fetch(broker);
    else if (deed < 93) this.#propose(broker);
    else this.#answer(broker);
  }

  // ---- the controller

  #tell(): void {
    const { leader, epoch, isr, eligible, partitionEpoch } = this.#now;
    const [members, more] = [isr.join(','), eligible.join(',')];
    this.story.commit({ leader, leaderEpoch: epoch, isr: members, eligible: more, partitionEpoch });
  }

  #register(broker: ToyBroker): void {
    broker.brokerEpoch = this.story.register(broker.id, broker.clean);
    this.#registered.set(broker.id, broker.brokerEpoch);
  }

  /** Takes a broker out of the ISR, as far as that may be, and elects another leader where it led. */
  #remove(id: number, unclean: boolean): void {
    const now = this.#now;
    const others = now.isr.filter((member) => member !== id);
    const stays = others.length === 0 && !this.#eligibleReplicas;
    const isr = stays ? now.isr : others;
    const elr = new Set(isr.length < 2 && this.#eligibleReplicas ? now.eligible : []);
    if (!stays && isr.length < 2 && this.#eligibleReplicas && now.isr.includes(id)) elr.add(id);
    if (unclean) elr.delete(id);
    let { leader, epoch } = now;
    if (leader === id) {
      leader = isr.find((member) => !this.#fenced.has(member) && member !== id) ?? -1;
      epoch++;
    }
    this.#set({ ...now, leader, epoch, isr, eligible: [...elr] });
  }

  #set(asked: Now): void {
    const before = this.#now;
    let next = asked;
    if (next.leader < 0) {
      const elected = [...next.isr, ...next.eligible].find((member) => !this.#fenced.has(member));
      if (elected !== undefined) {
        const isr = next.isr.includes(elected) ? next.isr : [elected];
        next = { ...next, leader: elected, epoch: next.epoch + 1, isr };
        next = { ...next, eligible: next.eligible.filter((member) => !isr.includes(member)) };
      }
    }
    if (JSON.stringify(next) === JSON.stringify(before)) return;
    this.#now = { ...next, isr: [...next.isr].sort(), partitionEpoch: before.partitionEpoch + 1 };
    this.#tell();
  }

  #fence(broker: ToyBroker): void {
    if (broker.up || this.#fenced.has(broker.id)) return;
    this.#fenced.add(broker.id);
    const brokerEpoch = this.#registered.get(broker.id) ?? 0;
    this.#remove(broker.id, false);
    this.story.event('controller', { kind: 'broker-fenced', brokerId: broker.id, brokerEpoch });
  }

  // ---- lives

  #down(broker: ToyBroker, power: boolean): void {
    if (!broker.up) return;
    broker.up = false;
    broker.leads = false;
    broker.proposal = undefined;
    if (!power) {
      this.story.crash(broker.id);
      return;
    }
    this.story.losePower(broker.id);
    const kept = broker.durable + this.#below(broker.log.length - broker.durable + 1);
    broker.clean = false;
    broker.log = broker.log.slice(0, kept);
    broker.durable = kept;
  }

  #up(broker: ToyBroker): void {
    if (broker.up) return;
    broker.up = true;
    this.story.boot(broker.id, false);
    this.story.recover(broker.id, broker.log.length);
    this.story.flush(broker.id, broker.durable);
    if (this.#mistake === 'truncates-to-high-watermark') this.#cut(broker, broker.highWatermark);
    broker.highWatermark = 0;
    broker.epoch = -1;
    broker.partitionEpoch = -1;
    this.#fenced.add(broker.id);
    const forgives = this.#mistake === 'forgives-unclean-shutdown';
    if (!forgives) this.#remove(broker.id, !broker.clean);
    this.#register(broker);
    broker.clean = true;
    this.#fenced.delete(broker.id);
    const { brokerEpoch } = broker;
    this.story.event('controller', { kind: 'broker-unfenced', brokerId: broker.id, brokerEpoch });
    this.#set(this.#now);
  }

  #flush(broker: ToyBroker): void {
    if (!broker.up) return;
    broker.durable = broker.log.length;
    this.story.flush(broker.id, broker.durable);
  }

  /** The broker reads the metadata log up to its end. */
  #learn(broker: ToyBroker): void {
    const { leader, epoch, isr, partitionEpoch } = this.#now;
    if (!broker.up || broker.partitionEpoch === partitionEpoch) return;
    if (broker.epoch !== epoch) broker.ends.clear();
    Object.assign(broker, {
      epoch,
      leader,
      isr,
      partitionEpoch,
      leads: leader === broker.id,
      proposal: undefined,
    });
    const { log, highWatermark } = broker;
    const facts = { topic: 'orders', partition: 0, topicId: 'id', leaderEpoch: epoch, partitionEpoch };
    const ends = { logStartOffset: 0, logEndOffset: log.length, highWatermark };
    const node = `broker-${broker.id}`;
    const lists = { isr: isr.join(','), replicas: '1,2,3' };
    if (broker.leads) this.story.event(node, { kind: 'leader-began', ...facts, ...lists, ...ends });
    else this.story.event(node, { kind: 'follower-began', ...facts, leader, ...ends });
    this.#advance(broker);
  }

  // ---- the log

  #append(broker: ToyBroker, entry: Entry): void {
    this.story.append(broker.id, broker.log.length, entry.epoch, entry.crc);
    broker.log.push(entry);
  }

  #cut(broker: ToyBroker, end: number): void {
    if (end >= broker.log.length) return;
    broker.log = broker.log.slice(0, end);
    broker.durable = Math.min(broker.durable, end);
    this.story.truncate(broker.id, end);
  }

  #produce(broker: ToyBroker): void {
    if (!broker.up || !broker.leads) return;
    this.#append(broker, { epoch: broker.epoch, crc: ++this.#crc });
    this.#advance(broker);
  }

  #fetch(follower: ToyBroker): void {
    const leader = this.#brokers.find(({ id }) => id === follower.leader);
    if (!follower.up || follower.leads || leader === undefined || !leader.up || !leader.leads) return;
    if (leader.epoch !== follower.epoch) return;
    const parted = follower.log.findIndex((entry, offset) => entry.crc !== leader.log[offset]?.crc);
    if (parted >= 0) this.#cut(follower, parted);
    this.story.fetched(leader.id, follower.id, follower.brokerEpoch, follower.log.length, leader.epoch);
    leader.ends.set(follower.id, follower.log.length);
    leader.lives.set(follower.id, follower.brokerEpoch);
    this.#advance(leader);
    const news = leader.log.slice(follower.log.length, follower.log.length + this.#below(3));
    for (const entry of news) this.#append(follower, entry);
    const mark = Math.min(leader.highWatermark, follower.log.length);
    if (mark <= follower.highWatermark) return;
    follower.highWatermark = mark;
    this.story.highWatermark(follower.id, mark, false, follower.epoch);
  }

  #advance(leader: ToyBroker): void {
    if (!leader.leads || leader.isr.length < 2) return;
    const waiting = new Set([...leader.isr, ...(leader.proposal?.isr ?? [])]);
    const eager = this.#mistake === 'eager-high-watermark';
    const ends = [...waiting].map((id) =>
      id === leader.id || eager ? leader.log.length : (leader.ends.get(id) ?? 0),
    );
    const mark = Math.min(...ends);
    if (mark <= leader.highWatermark) return;
    leader.highWatermark = mark;
    this.story.highWatermark(leader.id, mark, true, leader.epoch);
    if (leader.log[mark - 1]?.epoch === leader.epoch) this.story.answer(leader.id, mark - 1);
  }

  // ---- the ISR

  #propose(leader: ToyBroker): void {
    if (!leader.up || !leader.leads || leader.proposal !== undefined) return;
    const id = 1 + this.#below(3);
    if (id === leader.id) return;
    const epochStart = leader.log.findIndex((entry) => entry.epoch === leader.epoch);
    const least = Math.max(leader.highWatermark, epochStart < 0 ? leader.log.length : epochStart);
    const end = leader.ends.get(id);
    const joins = !leader.isr.includes(id) && end !== undefined && end >= least;
    const early = this.#mistake === 'early-joiner' && end !== undefined;
    const leaves = leader.isr.includes(id) && (end ?? 0) < leader.log.length;
    if (!joins && !early && !leaves) return;
    const isr = leaves ? leader.isr.filter((member) => member !== id) : [...leader.isr, id].sort();
    const epochs = new Map([[id, leader.lives.get(id) ?? -1]]);
    leader.proposal = { isr, partitionEpoch: leader.partitionEpoch, epochs };
    this.story.propose(leader.id, isr.join(','), leader.epoch, leader.partitionEpoch);
  }

  #answer(leader: ToyBroker): void {
    const { proposal } = leader;
    if (proposal === undefined) return;
    const now = this.#now;
    const stale = proposal.partitionEpoch !== now.partitionEpoch || leader.epoch !== now.epoch;
    const joiner = proposal.isr.find((member) => !now.isr.includes(member));
    const isUnfit =
      joiner !== undefined &&
      (this.#fenced.has(joiner) || this.#registered.get(joiner) !== proposal.epochs.get(joiner));
    // It was accepted, or overtaken: what has become of it the leader reads in the metadata log.
    if (stale) return;
    if (!isUnfit) {
      const { isr } = proposal;
      const left = now.isr.filter((member) => !isr.includes(member));
      const keeps = isr.length < 2 && this.#eligibleReplicas;
      const eligible = keeps ? [...now.eligible, ...left].filter((member) => !isr.includes(member)) : [];
      this.#set({ ...now, isr: [...isr], eligible });
      return;
    }
    leader.proposal = undefined;
    const facts = { leaderEpoch: leader.epoch, partitionEpoch: proposal.partitionEpoch, error: 1 };
    this.story.event(`broker-${leader.id}`, { kind: 'isr-refused', topic: 'orders', partition: 0, ...facts });
  }
}
