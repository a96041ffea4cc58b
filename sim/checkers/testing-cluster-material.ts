// A cluster and a history told by hand on one clock, for the tests of whoever judges both.

import { ClusterStory } from '../monitor/testing-cluster.ts';
import { Story } from './testing-material.ts';

/** The steps of the one are those of the other. */
export class Both {
  readonly cluster: ClusterStory = new ClusterStory();
  readonly story: Story = new Story();

  meanwhile(act: (cluster: ClusterStory) => void): this {
    this.cluster.step = this.story.history.now().step;
    act(this.cluster);
    while (this.story.history.now().step < this.cluster.step);
    return this;
  }

  judge(checker: Parameters<Story['judge']>[0], more: Parameters<Story['judge']>[1] = {}) {
    return this.story.judge(checker, { monitor: this.cluster.monitor, ...more });
  }

  material(more: Parameters<Story['material']>[0] = {}) {
    return this.story.material({ monitor: this.cluster.monitor, ...more });
  }
}

/** Ten acknowledged records, on all three replicas. */
export function acked(acks: -1 | 1 = -1, minimum = 2): Both {
  const both = new Both().meanwhile((cluster) => cluster.begun(minimum));
  const sends = Array.from({ length: 10 }, (_, n) => both.story.send(n, { acks }));
  both.meanwhile((cluster) => {
    cluster.appendAll([1, 2, 3], 0, 10);
    cluster.highWatermark(1, 10);
  });
  for (const send of sends) both.story.ok(send, send.n);
  return both;
}
