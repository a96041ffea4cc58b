// What makes a node a controller: the active controller (while this node leads the quorum), and a listener of its own
// for brokers and other controllers. A node that is alone needs no listener: its broker comes in from within.

import type { Outcome } from '../base/outcome.ts';
import { success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { Controller } from '../cluster/controller.ts';
import { ControllerDuties } from '../cluster/controller-duties.ts';
import type { MetadataView } from '../cluster/metadata-view.ts';
import { RaftEndpoints } from '../cluster/raft-endpoints.ts';
import type { RaftQuorum } from '../cluster/raft-quorum.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { Address } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { answerFrame, Dispatcher } from '../server/dispatch.ts';
import { controllerHandlers } from '../server/handlers.ts';
import { Server } from '../server/server.ts';
import type { ControllerServices } from '../server/services.ts';
import { connectionLimits } from './limits.ts';

export interface ControllerPartOptions {
  readonly config: BrokerConfig;
  readonly clusterId: string;
  readonly metadata: MetadataView;
  readonly quorum: RaftQuorum;
}

export class ControllerPart {
  readonly controller: Controller;
  readonly #duties: ControllerDuties;
  readonly #services: ControllerServices;
  readonly #dispatcher: Dispatcher;
  readonly #server: Server;

  constructor(runtime: Runtime, { config, clusterId, metadata, quorum }: ControllerPartOptions) {
    this.controller = new Controller(runtime, { view: metadata, quorum });
    this.#duties = new ControllerDuties(runtime, this.controller, config);
    this.#services = {
      runtime,
      config,
      clusterId,
      metadata,
      controller: this.controller,
      raft: new RaftEndpoints(runtime, quorum, config.controllerListener?.name ?? 'CONTROLLER'),
      handlers: controllerHandlers,
      answer: (frame, peer) => this.answer(frame, peer),
    };
    this.#dispatcher = new Dispatcher(this.#services);
    this.#server = new Server(runtime, connectionLimits(config));
  }

  /** Takes requests from now on, where the node has a listener for them. */
  *listen(): Task<Outcome<Address | undefined, string>> {
    const { controllerListener } = this.#services.config;
    if (controllerListener === undefined) return success(undefined);
    const { host, port } = controllerListener;
    const address = yield* this.#server.listen({ host: host === '' ? '0.0.0.0' : host, port });
    if (address.ok) this.#server.serve(this.#services);
    return address;
  }

  /** A request frame from this very node, or out of an Envelope. */
  answer(frame: Uint8Array, peer: string): Task<Uint8Array | undefined> {
    return answerFrame(this.#dispatcher, frame, peer);
  }

  /** Requests started so far, by the name of their API. */
  requestCounts(): Map<string, number> {
    return this.#server.requestCounts();
  }

  close(): void {
    this.#duties.stop();
    this.#server.close();
  }
}
