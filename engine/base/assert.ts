// Assertions: always on, in both lives. A failed assertion is a bug of ours, never an operating error:
// wire errors are values from `errors.ts`, a port's failure is an `Outcome`, and there is nothing in between.

/** Thrown by a failed assertion. The host exits with code 70, the simulator ends the run as a crash of the engine. */
export class AssertionFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AssertionFailure';
  }
}

/** Demands that `condition` holds; `message` says what must stay true, not what went wrong. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** Gives back `value` after demanding that it is there. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AssertionFailure(`${what} must be present`);
  return value;
}

/** Marks a branch that the types prove impossible. */
export function unreachable(value: never, what: string): never {
  throw new AssertionFailure(`${what}: impossible value ${String(value)}`);
}
