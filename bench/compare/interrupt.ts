// SIGINT and SIGTERM as a promise: the first ends what is going on and lets it be stored, the second ends the process.

export interface Interrupt {
  readonly promise: Promise<string>;
  /** Signals mean again what they meant before. */
  readonly leave: () => void;
}

export function interruptible(): Interrupt {
  let settle: (signal: string) => void = () => {};
  let already = false;
  const promise = new Promise<string>((resolve) => {
    settle = resolve;
  });
  const onSignal = (signal: NodeJS.Signals): void => {
    // Through the exit handlers, which kill the broker and remove its data.
    if (already) process.exit(signal === 'SIGINT' ? 130 : 143);
    already = true;
    settle(`interrupted by ${signal}`);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    promise,
    leave: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
