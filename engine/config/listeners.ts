// Reads `listeners` and `advertised.listeners`. One listener for clients, PLAINTEXT; listeners of the
// controller are recognised by `controller.listener.names` and not opened. Several listeners, TLS and SASL
// are not built yet and refused.

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

export interface ClientListener {
  readonly listener: ListenerAddress;
  /**
   * Undefined when the broker advertises the address that it listens on; with an empty host that is `localhost`,
   * where Kafka looks up the name of the machine.
   */
  readonly advertised: ListenerAddress | undefined;
}

/** The one listener for clients, or what is wrong; each problem names its property. */
export function clientListener(settings: ListenerSettings): Outcome<ClientListener, string[]> {
  const problems: string[] = [];
  const protocols = protocolMap(settings.protocols, problems);
  const listening = parseAll('listeners', settings.listeners, settings.controllerNames, problems);
  const advertised = parseAll(
    'advertised.listeners',
    settings.advertised,
    settings.controllerNames,
    problems,
  );
  if (problems.length > 0) return failure(problems);
  const [listener] = listening;
  if (listener === undefined || listening.length > 1) {
    problems.push(`listeners must name exactly one listener for clients, not ${listening.length}`);
    return failure(problems);
  }
  const protocol = protocols.get(listener.name);
  if (protocol !== 'PLAINTEXT') {
    problems.push(
      protocol === undefined
        ? `listener.security.protocol.map says nothing of listener ${listener.name}`
        : `listener ${listener.name} asks for ${protocol}, and only PLAINTEXT is spoken`,
    );
  }
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
  return problems.length > 0 ? failure(problems) : success({ listener, advertised: advertised[0] });
}

function parseAll(
  property: string,
  texts: readonly string[],
  controllerNames: readonly string[],
  problems: string[],
): ListenerAddress[] {
  const parsed: ListenerAddress[] = [];
  for (const text of texts) {
    const address = parseListener(text);
    if (address === undefined) problems.push(`${property}: '${text}' is not NAME://host:port`);
    else if (!controllerNames.includes(address.name)) parsed.push(address);
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
