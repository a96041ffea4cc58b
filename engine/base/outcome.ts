// An outcome: a value, or an error that real code must expect. Ports answer with these and never throw.

export type Outcome<T, E> = Success<T> | Failure<E>;

export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Failure<E> {
  readonly ok: false;
  readonly error: E;
}

export function success<T>(value: T): Success<T> {
  return { ok: true, value };
}

export function failure<E>(error: E): Failure<E> {
  return { ok: false, error };
}

/** The success that carries nothing; shared, because completions on the hot path are many. */
export const done: Success<undefined> = { ok: true, value: undefined };
