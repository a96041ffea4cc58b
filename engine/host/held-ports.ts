// Ports that must be known before the nodes listen on them, as those of a quorum must: every node is told
// where the others will be. A port is held by listening on it, and let go just before its node takes it;
// what is left is a moment in which another process can be faster, and then that node says so.
//
// Ports without a wish are drawn below the range from which systems serve outgoing connections and `port 0`:
// a node that is down for a while finds its port again, for nobody gets it by chance.

import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { addressText } from './cluster-plan.ts';

const drawnFrom = 16_384;
const drawnBelow = 32_768;
/** So often a draw may hit a port that is taken, before the machine is said to have none. */
const missesMax = 200;

export class HeldPorts {
  readonly ports: readonly number[];
  readonly #servers: ReadonlyMap<number, Server>;

  private constructor(servers: ReadonlyMap<number, Server>) {
    this.#servers = servers;
    this.ports = [...servers.keys()];
  }

  /** Holds `count` ports from `first` on, or free ones when that is 0; the error names the port that is taken. */
  static async hold(host: string, first: number, count: number): Promise<Outcome<HeldPorts, string>> {
    const servers = new Map<number, Server>();
    let misses = 0;
    while (servers.size < count) {
      const port = first === 0 ? randomInt(drawnFrom, drawnBelow) : first + servers.size;
      const held = servers.has(port) ? failure('drawn before') : await listen(host, port);
      if (held.ok) {
        servers.set(port, held.value);
      } else if (first !== 0 || ++misses > missesMax) {
        for (const server of servers.values()) server.close();
        return failure(held.error);
      }
    }
    return success(new HeldPorts(servers));
  }

  /** Lets go of these, or of all. */
  release(ports: readonly (number | undefined)[] = this.ports): void {
    for (const port of ports) if (port !== undefined) this.#servers.get(port)?.close();
  }
}

function listen(host: string, port: number): Promise<Outcome<Server, string>> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(failure(`${addressText(host, port)}: ${error.message}`)));
    server.listen({ host, port, exclusive: true }, () => resolve(success(server)));
  });
}
