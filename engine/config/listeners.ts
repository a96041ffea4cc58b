// Reads `listeners` and `advertised.listeners`. A broker has one listener for clients and other brokers, a controller
// one for brokers and other controllers (`controller.listener.names` says which it is); both PLAINTEXT. Several of a
// kind, TLS and SASL are not built yet and refused.

import { failure, type Outcome, success } from '../base/outcome.ts';

export interface ListenerAddress {
  readonly name: string;
  /** Empty for all interfaces. */
  readonly host: string;
  /** 0 for whichever is free. */
  readonly port: number;
}

export interface ListenerSettings {
  readonly listeners: readonly string[];
  readonly advertised: readonly string[];
  readonly controllerNames: readonly string[];
  readonly protocols: readonly string[];
}

export interface NodeListeners {
  /** Undefined on a node that is no broker. */
  readonly clients: ListenerAddress | undefined;
  /** Undefined where nobody but this node goes to its controller, or it has none. */
  readonly controllers: ListenerAddress | undefined;
  /**
   * Undefined when the broker advertises the address that it listens on; with an empty host that is `localhost`,
   * where Kafka looks up the name of the machine.
   */
  readonly advertised: ListenerAddress | undefined;
}

/** Where a node listens, or what is wrong; each problem names its property. */
export function nodeListeners(
  settings: ListenerSettings,
  isBroker: boolean,
): Outcome<NodeListeners, string[]> {
  const problems: string[] = [];
  const protocols = protocolMap(settings.protocols, problems);
  const isController = ({ name }: ListenerAddress) => settings.controllerNames.includes(name);
  const listening = parseAll('listeners', settings.listeners, problems);
  const told = parseAll('advertised.listeners', settings.advertised, problems);
  if (problems.length > 0) return failure(problems);
  const controllers = listening.filter(isController);
  // A node that is only a controller may leave out what `listeners` says by default.
  const clients = isBroker ? listening.filter((one) => !isController(one)) : [];
  if (isBroker && clients.length !== 1)
    problems.push(`listeners must name exactly one listener for clients, not ${clients.length}`);
  if (controllers.length > 1)
    problems.push(`listeners must name at most one listener for controllers, not ${controllers.length}`);
  if (problems.length > 0) return failure(problems);
  const [listener] = clients;
  // As in Kafka the map need not speak of the controllers.
  for (const { name } of controllers) if (!protocols.has(name)) protocols.set(name, 'PLAINTEXT');
  for (const { name } of [...clients, ...controllers]) checkProtocol(name, protocols, problems);
  const advertised = told.filter((one) => !isController(one));
  if (listener !== undefined) checkAdvertised(listener, advertised, problems);
  return problems.length > 0
    ? failure(problems)
    : success({ clients: listener, controllers: controllers[0], advertised: advertised[0] });
}

function checkProtocol(listener: string, protocols: ReadonlyMap<string, string>, problems: string[]): void {
  const protocol = protocols.get(listener);
  if (protocol === 'PLAINTEXT') return;
  problems.push(
    protocol === undefined
      ? `listener.security.protocol.map says nothing of listener ${listener}`
      : `listener ${listener} asks for ${protocol}, and only PLAINTEXT is spoken`,
  );
}

function checkAdvertised(
  listener: ListenerAddress,
  advertised: readonly ListenerAddress[],
  problems: string[],
): void {
  for (const { name, host } of advertised) {
    if (name !== listener.name)
      problems.push(`advertised.listeners names ${name}, which is not in listeners`);
    else if (host === '0.0.0.0')
      problems.push('advertised.listeners cannot be 0.0.0.0: no client can go there');
  }
  if (advertised.length === 0 && listener.host === '0.0.0.0') {
    problems.push('listeners is 0.0.0.0: clients need an address to go to, in advertised.listeners');
  }
  if (advertised.length > 1) problems.push('advertised.listeners names a listener twice');
}

function parseAll(property: string, texts: readonly string[], problems: string[]): ListenerAddress[] {
  const parsed: ListenerAddress[] = [];
  for (const text of texts) {
    const address = parseListener(text);
    if (address === undefined) problems.push(`${property}: '${text}' is not NAME://host:port`);
    else parsed.push(address);
  }
  return parsed;
}

export function parseListener(text: string): ListenerAddress | undefined {
  const match = /^([A-Za-z0-9_-]+):\/\/(\[[0-9A-Fa-f:.%]+\]|[^:/[\]\s]*):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port > 65535) return undefined;
  const host = match[2] as string;
  return {
    name: (match[1] as string).toUpperCase(),
    host: host.startsWith('[') ? host.slice(1, -1) : host,
    port,
  };
}

function protocolMap(texts: readonly string[], problems: string[]): Map<string, string> {
  const protocols = new Map<string, string>();
  for (const text of texts) {
    const [name, protocol, ...rest] = text.split(':');
    if (name === undefined || protocol === undefined || rest.length > 0) {
      problems.push(`listener.security.protocol.map: '${text}' is not NAME:PROTOCOL`);
    } else {
      protocols.set(name.trim().toUpperCase(), protocol.trim().toUpperCase());
    }
  }
  return protocols;
}
