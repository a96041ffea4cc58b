// Topics that come into being because somebody asked for them: a client's Metadata request, or a coordinator that needs
// its own. They are made with the broker's defaults by an ordinary CreateTopics, as Kafka's AutoTopicCreationManager
// does it; topics that are there already stay as they are.

import type { Task } from '../base/task.ts';
import { topicInPassing } from '../core/internal-topics.ts';
import { createTopics } from '../protocol/apis/create-topics.ts';
import type { Runtime } from '../runtime.ts';
import type { ControllerChannel } from './controller-channel.ts';
import type { MetadataView } from './metadata-view.ts';

export class TopicsInPassing {
  readonly #runtime: Runtime;
  readonly #metadata: MetadataView;
  readonly #controllers: ControllerChannel;
  /** Being created: asking for one again while it is does not send another request. */
  readonly #creating = new Set<string>();

  constructor(runtime: Runtime, metadata: MetadataView, controllers: ControllerChannel) {
    this.#runtime = runtime;
    this.#metadata = metadata;
    this.#controllers = controllers;
  }

  /** Begins to create them, without waiting: whoever asked is told to come back. */
  begin(names: readonly string[]): void {
    const fresh = names.filter((name) => !this.#creating.has(name));
    if (fresh.length === 0) return;
    for (const name of fresh) this.#creating.add(name);
    this.#runtime.tasks.spawn('create topics in passing', this.#createAndForget(fresh));
  }

  /** Creates those that are not there; ends when the controller answered, whatever it said. */
  *create(names: readonly string[]): Task<void> {
    const { brokerConfig, image } = this.#metadata;
    const topics = names
      .filter((name) => image.topic(name) === undefined)
      .flatMap((name) => topicInPassing(brokerConfig, name) ?? []);
    if (topics.length === 0) return;
    const timeoutMs = brokerConfig.get('request.timeout.ms');
    yield* this.#controllers.request(createTopics, { topics, timeoutMs, validateOnly: false }, timeoutMs);
  }

  *#createAndForget(names: readonly string[]): Task<void> {
    yield* this.create(names);
    for (const name of names) this.#creating.delete(name);
  }
}
