// A broker under questioning, over a raw socket: every question is a request of any version of any declared API, with
// defaults for all that is not said; every answer is kept as one line of text in which what must differ between two
// brokers (ids, hosts, times, sentences) is left out. Two brokers are compared by these lines.

import { connect, type Socket } from 'node:net';
import { errorName } from '../../errors.ts';
import { Reader, Writer } from '../../protocol/bytes.ts';
import { decodeResponse, encodeRequest } from '../../protocol/codec.ts';
import { FrameAssembler, frame, readResponseHeader, writeRequestHeader } from '../../protocol/frame.ts';
import type { Api } from '../../protocol/schema.ts';
import { filled } from '../filled-request.ts';

export type Values = Record<string, unknown>;

export interface VersionsServed {
  readonly first: number;
  readonly last: number;
}

/** How long a broker may think before "no answer" is its answer. */
const answerTimeoutMs = 5000;
const frameBytesMax = 100 * 1024 * 1024;

/** Never compared: what is drawn, counted or worded differently by every broker. */
const untelling = new Set([
  'throttleTimeMs',
  'errorMessage',
  'batchIndexErrorMessage',
  'topicId',
  'clusterId',
  'host',
  'port',
  'nodeEndpoints',
  'sessionId',
  'producerId',
  'memberId',
  'leader',
  'clientHost',
  'documentation',
]);

export class Witness {
  readonly host: string;
  readonly port: number;
  /** Told apart from earlier runs against the same broker; cut out of the answers. */
  readonly run: string;
  /** What was asked, to what was answered. */
  readonly answers = new Map<string, string>();
  /** By key; empty until the broker has been asked. */
  readonly served = new Map<number, VersionsServed>();
  /** Asked aside, and without an answer so far. */
  readonly awaited = new Set<string>();
  readonly #asides: Promise<void>[] = [];
  #socket: Socket | undefined;
  #correlationId = 0;

  constructor(hostPort: string, run: string) {
    const colon = hostPort.lastIndexOf(':');
    this.host = hostPort.slice(0, colon);
    this.port = Number(hostPort.slice(colon + 1));
    this.run = run;
  }

  /** A name that no earlier run has used. */
  name(of: string): string {
    return `${of}-${this.run}`;
  }

  /** Asks, and keeps the answer as a line under `question`. */
  async tell(question: string, api: Api, version: number, values: Values): Promise<unknown> {
    const answer = await this.ask(api, version, values);
    this.keep(`${api.name} v${version}: ${question}`, answer);
    return answer;
  }

  /** As `tell`, of a question to which an answer may never come: on a connection of its own, while others go on. */
  tellAside(question: string, api: Api, version: number, values: Values): void {
    const aside = new Witness(`${this.host}:${this.port}`, this.run);
    const whole = `${api.name} v${version}: ${question}`;
    this.awaited.add(whole);
    const told = aside.ask(api, version, values).then((answer) => {
      aside.close();
      this.awaited.delete(whole);
      this.keep(whole, answer);
    });
    this.#asides.push(told);
  }

  /** Settles when everything that was told aside is kept. */
  async allTold(): Promise<void> {
    await Promise.all(this.#asides);
  }

  keep(question: string, answer: unknown): void {
    const line = typeof answer === 'string' ? answer : JSON.stringify(telling(answer));
    this.answers.set(question, line.replaceAll(`-${this.run}`, ''));
  }

  /** The decoded answer, or a sentence where there is none. */
  async ask(api: Api, version: number, values: Values): Promise<unknown> {
    return await this.send(api, version, filled(api.request, values, version));
  }

  /** As `ask`; the body is encoded in `version`, the header may claim another. */
  async send(api: Api, version: number, body: Values, claimedVersion = version): Promise<unknown> {
    const writer = new Writer();
    const correlationId = ++this.#correlationId;
    writeRequestHeader(api, { version, correlationId, clientId: 'differential' }, writer);
    encodeRequest(api, version, body as never, writer);
    const bytes = concatenated(frame(writer.finish()));
    new DataView(bytes.buffer).setInt16(6, claimedVersion);
    const answer = await this.#exchange(bytes);
    if (typeof answer === 'string') return answer;
    const reader = new Reader(answer, 0);
    // A version of ApiVersions that a broker does not know is answered in version 0.
    const answered = claimedVersion === version ? version : 0;
    if (readResponseHeader(api, answered, reader) !== correlationId) return 'another request was answered';
    const decoded = decodeResponse(api, answered, reader);
    return decoded.ok ? decoded.value : `undecodable: ${decoded.error}`;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #exchange(request: Uint8Array): Promise<Uint8Array | string> {
    return new Promise((resolve) => {
      const socket = this.#socket ?? connect(this.port, this.host);
      this.#socket = socket;
      const frames = new FrameAssembler(frameBytesMax);
      const settle = (answer: Uint8Array | string) => {
        clearTimeout(timeout);
        socket.removeAllListeners();
        // After a refusal the socket may still report an error that nobody waits for.
        socket.on('error', () => {});
        if (typeof answer === 'string') this.close();
        resolve(answer);
      };
      const timeout = setTimeout(() => settle('no answer'), answerTimeoutMs);
      socket.on('data', (chunk) => {
        const pushed = frames.push(chunk);
        if (!pushed.ok) return settle(pushed.error);
        const [first] = pushed.value;
        if (first !== undefined) settle(first);
      });
      socket.on('error', (error) => settle(`connection failed: ${error.message}`));
      socket.on('close', () => settle('connection closed'));
      socket.write(request);
    });
  }
}

/** Waits until it holds, but not for ever: that it does not is then seen in the answers. */
export async function within(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500 && !(await holds()); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

/** Properties by name: Kafka gives them in the order of a hash. Everything else as it came. */
function sorted(answers: readonly unknown[]): readonly unknown[] {
  const named = answers as readonly { name: string; configSource?: number }[];
  if (named[0]?.configSource === undefined) return answers;
  return [...named].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The answer without what two brokers never share: errors by name, bytes by their length. */
function telling(answer: unknown): unknown {
  if (answer instanceof Uint8Array) return `${answer.length} bytes`;
  if (Array.isArray(answer)) return sorted(answer).map(telling);
  if (answer === null || typeof answer !== 'object') return answer;
  const told: Values = {};
  for (const [name, value] of Object.entries(answer)) {
    if (untelling.has(name)) continue;
    told[name] = /errorCode$/i.test(name) && typeof value === 'number' ? errorName(value) : telling(value);
  }
  return told;
}
