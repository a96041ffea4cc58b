// What one connection may cost a node, whoever is at its other end.

import type { BrokerConfig } from '../config/config.ts';
import type { ConnectionLimits } from '../server/connection.ts';

/** Frames of one connection that may wait behind the request in process. */
const framesWaitingMax = 100;
/** Produce requests of one connection in process at once. */
const pipelinedMax = 64;
/** Bytes of such requests: one larger request is taken, and then none beside it. */
const requestBytesMax = 16 * 1024 * 1024;

export function connectionLimits(config: BrokerConfig): ConnectionLimits {
  return {
    frameBytesMax: config.get('socket.request.max.bytes'),
    queuedBytesMax: config.get('odradek.queued.response.max.bytes'),
    idleMs: config.get('connections.max.idle.ms'),
    framesWaitingMax,
    pipelinedMax,
    requestBytesMax,
  };
}
