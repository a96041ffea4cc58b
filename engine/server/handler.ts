// What a handler is. One file per API in `handlers/`, each exporting one of these; `handlers.ts` lists them,
// and that list is what ApiVersions advertises. A handler runs in two stages without saying so: up to its
// first wait it runs in the order in which requests came in (offsets are given, commands are queued); what
// follows the wait is completion. Responses leave in request order whatever happens.

import type { Task } from '../base/task.ts';
import type { Api, RequestOf, ResponseOf } from '../protocol/schema.ts';
import type { ControllerServices, Services } from './services.ts';

/** Who asks, and in which version. */
export interface RequestContext<S = Services> {
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string;
  /** `host:port` of the client. */
  readonly peer: string;
  readonly services: S;
}

/** Instead of a response: send nothing (acks=0), or end the connection, because Kafka does and clients rely on it. */
export type Verdict<R> =
  | {
      readonly kind: 'respond';
      readonly response: R;
      /** Nobody holds a byte of the request any more: its buffer may be used again. */
      readonly requestIsFree?: boolean;
      /** Buffers of the pool that the response refers to: to be given back when it has left. */
      readonly lent?: readonly Uint8Array[];
    }
  | { readonly kind: 'silent'; readonly requestIsFree?: boolean }
  | { readonly kind: 'close'; readonly reason: string };

export interface Handler<A extends Api = Api, S = Services> {
  readonly api: A;
  /** The version range to advertise, where it is not the declared one. */
  readonly advertised: { first: number; last: number };
  /** The versions that are served; outside of it the connection is closed, as Kafka does. */
  readonly served: { first: number; last: number };
  /** True when such requests of one connection may overlap: the next one starts before this one is answered. */
  readonly pipelined: boolean;
  handle(request: RequestOf<A>, context: RequestContext<S>): Task<Verdict<ResponseOf<A>>>;
}

interface HandlerRow<A extends Api, S> {
  readonly api: A;
  readonly versions?: { first: number; last: number };
  readonly advertised?: { first: number; last: number };
  readonly pipelined?: boolean;
  handle(request: RequestOf<A>, context: RequestContext<S>): Task<Verdict<ResponseOf<A>>>;
}

/** Of a broker, for its clients. */
export function handler<A extends Api>(row: HandlerRow<A, Services>): Handler<A> {
  return complete(row);
}

/** Of a controller, for brokers, other controllers, and what brokers hand on from their clients. */
export function controllerHandler<A extends Api>(
  row: HandlerRow<A, ControllerServices>,
): Handler<A, ControllerServices> {
  return complete(row);
}

function complete<A extends Api, S>(row: HandlerRow<A, S>): Handler<A, S> {
  const { first, last } = row.api.versions;
  const served = row.versions ?? { first, last: row.api.latestUnstable ? last - 1 : last };
  return {
    api: row.api,
    advertised: row.advertised ?? served,
    served,
    pipelined: row.pipelined ?? false,
    handle: row.handle,
  };
}

export function respond<R>(
  response: R,
  buffers: { readonly requestIsFree?: boolean; readonly lent?: readonly Uint8Array[] } = {},
): Verdict<R> {
  return { kind: 'respond', response, ...buffers };
}

export function silent(requestIsFree: boolean): { readonly kind: 'silent'; readonly requestIsFree: boolean } {
  return { kind: 'silent', requestIsFree };
}

export function closeConnection(reason: string): { readonly kind: 'close'; readonly reason: string } {
  return { kind: 'close', reason };
}
