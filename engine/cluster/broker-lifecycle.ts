// A broker's life as the controller sees it: registered once, with the epoch that this gives it; fenced until it says,
// in a heartbeat, that it wants to serve, and has caught up; heard of at every interval; and led out again by a
// controlled shutdown, in which the controller hands its leaderships to others first.
//
//   register --> fenced --(caught up, wants to serve)--> serving --(wants to shut down)--> may go
//
// A broker that the controller has fenced goes on as before: what it may still do is said by the metadata that it
// reads, and by the epochs in what others answer. Whoever replaced it (STALE_BROKER_EPOCH) has its place for good; as
// in Kafka it goes on asking, and an operator must end it.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import { supportedFeatures } from '../core/registration.ts';
import { ErrorCode, errorName } from '../errors.ts';
import { brokerHeartbeat } from '../protocol/apis/broker-heartbeat.ts';
import { brokerRegistration } from '../protocol/apis/broker-registration.ts';
import type { Runtime } from '../runtime.ts';
import type { ControllerChannel } from './controller-channel.ts';

export interface BrokerLifecycleOptions {
  /** Its requests must end well within a session. */
  readonly controllers: ControllerChannel;
  readonly brokerId: number;
  readonly clusterId: string;
  /** A new one for each life. */
  readonly incarnationId: string;
  readonly endPoint: { readonly name: string; readonly host: string; readonly port: number };
  readonly rack: string | null;
  readonly directoryId: string;
  /** The broker epoch of the life before, if that ended with a clean shutdown; else -1. */
  readonly previousBrokerEpoch: number;
  readonly heartbeatIntervalMs: number;
  /** After so long without an answer of a controller, a shutdown waits for it no longer. */
  readonly sessionTimeoutMs: number;
  /** Offset of the last metadata record that this broker has acted on. */
  metadataOffset(): number;
}

/** Refusals that no second try can change. */
const finalErrors: ReadonlySet<number> = new Set([
  ErrorCode.INCONSISTENT_CLUSTER_ID,
  ErrorCode.UNSUPPORTED_VERSION,
  ErrorCode.INVALID_REGISTRATION,
  ErrorCode.INVALID_REQUEST,
  ErrorCode.KAFKA_STORAGE_ERROR,
]);

export class BrokerLifecycle {
  readonly #runtime: Runtime;
  readonly #options: BrokerLifecycleOptions;
  /** Settles when the controller has unfenced this broker for the first time. */
  readonly #serving: Completion<void>;
  readonly #mayGo: Completion<void>;
  #brokerEpoch = -1;
  #wantsToServe = false;
  #wantsToGo = false;
  #stopped = false;
  #lastAnswerUs = 0;
  /** Settled to make the next heartbeat come at once. */
  #hurry: Completion<void>;

  constructor(runtime: Runtime, options: BrokerLifecycleOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#serving = runtime.tasks.completion('the controller unfences this broker');
    this.#mayGo = runtime.tasks.completion('the controller lets this broker go');
    this.#hurry = runtime.tasks.completion('the next heartbeat');
  }

  /** -1 before the broker is registered. */
  get brokerEpoch(): number {
    return this.#brokerEpoch;
  }

  /** Registers this life, however long that takes, and begins to be heard of. The error is a sentence for people. */
  *register(): Task<Outcome<undefined, string>> {
    const { brokerId, heartbeatIntervalMs } = this.#options;
    for (;;) {
      const answer = yield* this.#sendRegistration();
      if (this.#stopped) return failure(`broker ${brokerId} halted before it was registered`);
      if (answer.ok) {
        this.#brokerEpoch = answer.value;
        this.#lastAnswerUs = this.#runtime.clock.monotonicUs();
        this.#runtime.tasks.spawn('heartbeats', this.#beat());
        return success(undefined);
      }
      if (finalErrors.has(answer.error))
        return failure(`the controller does not take broker ${brokerId}: ${errorName(answer.error)}`);
      // Most often the life before, whose session is not over yet (DUPLICATE_BROKER_REGISTRATION).
      yield* this.#runtime.sleep(heartbeatIntervalMs, 'before the next try to register');
    }
  }

  /** Everything here is ready: asks to be unfenced, and waits until it is. */
  *serve(): Task<void> {
    this.#wantsToServe = true;
    this.#hurry.settle();
    yield* this.#serving.wait();
  }

  /**
   * Asks to go, and waits until the leaderships are with others; not longer than a session without any answer of a
   * controller, which has fenced this broker by then or is not there.
   */
  *shutDown(): Task<void> {
    this.#wantsToGo = true;
    this.#hurry.settle();
    while (!this.#mayGo.settled && !this.#isForgotten())
      yield* this.#runtime.within(this.#mayGo, this.#options.heartbeatIntervalMs);
    this.stop();
  }

  /** No more heartbeats. */
  stop(): void {
    this.#stopped = true;
    this.#hurry.settle();
  }

  *#sendRegistration(): Task<Outcome<number, number>> {
    const { controllers, endPoint, directoryId, heartbeatIntervalMs } = this.#options;
    const { brokerId, clusterId, incarnationId, rack, previousBrokerEpoch } = this.#options;
    const answer = yield* controllers.request(
      brokerRegistration,
      {
        brokerId,
        clusterId,
        incarnationId,
        listeners: [{ ...endPoint, securityProtocol: 0 }],
        features: supportedFeatures(),
        rack,
        logDirs: [directoryId],
        previousBrokerEpoch,
      },
      heartbeatIntervalMs,
    );
    if (!answer.ok) return answer;
    const { errorCode, brokerEpoch } = answer.value;
    return errorCode === ErrorCode.NONE ? success(brokerEpoch) : failure(errorCode);
  }

  *#beat(): Task<void> {
    let farewells = 0;
    while (!this.#stopped) {
      this.#hurry = this.#runtime.tasks.completion('the next heartbeat');
      const asked = { serve: this.#wantsToServe, go: this.#wantsToGo };
      const unfenced = yield* this.#sendHeartbeat();
      if (this.#stopped) return;
      // The first farewell is told to everybody; the second may already be granted.
      if (asked.go && ++farewells === 1) continue;
      // While it waits to be let in, or to go, it asks again quickly: what it lacks is a few records.
      const waits = asked.go || (asked.serve && !unfenced && !this.#serving.settled);
      const { heartbeatIntervalMs } = this.#options;
      const pauseMs = waits ? Math.min(heartbeatIntervalMs, impatientMs) : heartbeatIntervalMs;
      yield* this.#runtime.within(this.#hurry, pauseMs);
    }
  }

  *#sendHeartbeat(): Task<boolean> {
    const { controllers, brokerId, heartbeatIntervalMs } = this.#options;
    const answer = yield* controllers.request(
      brokerHeartbeat,
      {
        brokerId,
        brokerEpoch: this.#brokerEpoch,
        currentMetadataOffset: this.#options.metadataOffset(),
        wantFence: !this.#wantsToServe,
        wantShutDown: this.#wantsToGo,
        offlineLogDirs: [],
        cordonedLogDirs: [],
      },
      heartbeatIntervalMs,
    );
    yield* this.#runtime.yieldPoint('broker: heartbeat answered');
    if (!answer.ok) return false;
    this.#lastAnswerUs = this.#runtime.clock.monotonicUs();
    const { errorCode, isFenced, shouldShutDown } = answer.value;
    if (errorCode !== ErrorCode.NONE) return false;
    if (!isFenced && this.#wantsToServe) this.#serving.settle();
    if (shouldShutDown) this.#mayGo.settle();
    return !isFenced;
  }

  #isForgotten(): boolean {
    const silentMs = (this.#runtime.clock.monotonicUs() - this.#lastAnswerUs) / 1000;
    return silentMs > this.#options.sessionTimeoutMs;
  }
}

/** Between two heartbeats of a broker that waits for the answer to change. */
const impatientMs = 20;
