// What the active controller remembers of the brokers it hears from: when it last did, how far each is in the
// metadata log, who is on the way out. Nothing of it is in the metadata log. Whoever becomes the active controller
// begins with nothing: every unfenced broker then has one session's time to be heard of, and nobody has a valid
// session before that, so that a broker that was restarted during the failover may register at once. (Kafka counts
// this time as a valid session, so that a lone node that died waits for its own former life; what protects from that
// life are epochs, not the wait.)
//
// Times are monotonic milliseconds that the caller hands in.

interface Session {
  readonly epoch: number;
  heardAtMs: number;
  metadataOffset: number;
  /** All active brokers must have reached it before the broker may go; -1 while it is not on its way out. */
  shutdownOffset: number;
}

/** What commands may ask. */
export interface KnownSessions {
  /** Whether this life of the broker was heard of lately. */
  isValid(brokerId: number, epoch: number, nowMs: number): boolean;
  /** Offset in the metadata log that the broker said it has reached; -1 when it was not heard of. */
  metadataOffset(brokerId: number, epoch: number): number;
  /** -1 when the broker is not on its way out, as far as this controller knows. */
  shutdownOffset(brokerId: number, epoch: number): number;
}

export class BrokerSessions implements KnownSessions {
  readonly #timeoutMs: number;
  readonly #byId = new Map<number, Session>();
  #beganAtMs = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** This node becomes the active controller. */
  begin(nowMs: number): void {
    this.#byId.clear();
    this.#beganAtMs = nowMs;
  }

  /** A heartbeat came in, of the life that is registered; whether it can be granted anything does not matter here. */
  touch(brokerId: number, epoch: number, nowMs: number): void {
    const session = this.#sessionOf(brokerId, epoch);
    if (session !== undefined) session.heardAtMs = nowMs;
    else {
      const fresh = { epoch, heardAtMs: nowMs, metadataOffset: -1, shutdownOffset: -1 };
      this.#byId.set(brokerId, fresh);
    }
  }

  /** The broker has everything up to `metadataOffset`. */
  reached(brokerId: number, epoch: number, metadataOffset: number): void {
    const session = this.#sessionOf(brokerId, epoch);
    if (session !== undefined) session.metadataOffset = metadataOffset;
  }

  /** The broker is on its way out; the first offset counts, however often it asks. */
  leaves(brokerId: number, epoch: number, shutdownOffset: number): void {
    const session = this.#sessionOf(brokerId, epoch);
    if (session !== undefined && session.shutdownOffset < 0) session.shutdownOffset = shutdownOffset;
  }

  /** The broker was told to go: its next life need not wait (KAFKA-19047). */
  end(brokerId: number, epoch: number): void {
    if (this.#sessionOf(brokerId, epoch) !== undefined) this.#byId.delete(brokerId);
  }

  isValid(brokerId: number, epoch: number, nowMs: number): boolean {
    const session = this.#sessionOf(brokerId, epoch);
    return session !== undefined && nowMs - session.heardAtMs < this.#timeoutMs;
  }

  metadataOffset(brokerId: number, epoch: number): number {
    return this.#sessionOf(brokerId, epoch)?.metadataOffset ?? -1;
  }

  shutdownOffset(brokerId: number, epoch: number): number {
    return this.#sessionOf(brokerId, epoch)?.shutdownOffset ?? -1;
  }

  /** When an unfenced broker that is not heard of until then is to be fenced. */
  endsAtMs(brokerId: number, epoch: number): number {
    const heardAtMs = this.#sessionOf(brokerId, epoch)?.heardAtMs ?? this.#beganAtMs;
    return heardAtMs + this.#timeoutMs;
  }

  /** The one of `brokers` that was not heard of for longest, if its time is over. */
  expired(
    brokers: readonly { readonly id: number; readonly epoch: number }[],
    nowMs: number,
  ): number | undefined {
    let longest: { id: number; endsAtMs: number } | undefined;
    for (const { id, epoch } of brokers) {
      const endsAtMs = this.endsAtMs(id, epoch);
      if (endsAtMs > nowMs || (longest !== undefined && longest.endsAtMs <= endsAtMs)) continue;
      longest = { id, endsAtMs };
    }
    return longest?.id;
  }

  #sessionOf(brokerId: number, epoch: number): Session | undefined {
    const session = this.#byId.get(brokerId);
    return session?.epoch === epoch ? session : undefined;
  }
}
