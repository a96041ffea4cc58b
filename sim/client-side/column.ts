// A list of numbers that grows, eight bytes each: histories have millions of them, and none of them is an
// object.

export class Column {
  #cells = new Float64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#cells.length) {
      const grown = new Float64Array(this.#cells.length * 2);
      grown.set(this.#cells);
      this.#cells = grown;
    }
    this.#cells[this.#length++] = value;
  }

  at(place: number): number {
    return this.#cells[place] as number;
  }
}
