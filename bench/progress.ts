// What is going on, on standard error: one line that is written over on a terminal, one line for each step
// elsewhere.

export class Progress {
  readonly #terminal = process.stderr.isTTY === true;
  #name = '';
  #open = false;

  workload(name: string): void {
    this.#name = name;
  }

  /** The beginning of something that takes a while. */
  step(text: string): void {
    this.#line(text);
    if (!this.#terminal) process.stderr.write('\n');
    this.#open = this.#terminal;
  }

  /** How far it is; terminals only, lest a log file gets a line for each second. */
  detail(text: string): void {
    if (!this.#terminal) return;
    this.#line(text);
    this.#open = true;
  }

  end(): void {
    if (this.#open) process.stderr.write('\n');
    this.#open = false;
  }

  #line(text: string): void {
    const start = this.#terminal ? '\r\u001b[K' : '';
    process.stderr.write(`${start}${this.#name === '' ? '' : `${this.#name}: `}${text}`);
  }
}
