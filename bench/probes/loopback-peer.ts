// The far side of the loopback probe: counts the bytes of requests, writes an answer for each whole one.
// Started as a worker; tells its port, and lives until it is terminated.

import net from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const { requestBytes, responseBytes } = workerData as { requestBytes: number; responseBytes: number };
const answer = new Uint8Array(responseBytes).fill(0x5a);

const server = net.createServer({ noDelay: true }, (socket) => {
  let bytes = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    const whole = Math.floor(bytes / requestBytes);
    bytes -= whole * requestBytes;
    for (let index = 0; index < whole; index++) socket.write(answer);
  });
  // The probe resets its connections when it has seen enough.
  socket.on('error', () => socket.destroy());
});

server.listen({ host: '127.0.0.1', port: 0 }, () => {
  parentPort?.postMessage((server.address() as net.AddressInfo).port);
});
