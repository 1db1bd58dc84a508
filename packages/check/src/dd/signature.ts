/**
 * A fingerprint of the smooth pieces on which a run of a program lay: which side each relu, comparison, maximum, …
 * took. Two runs with different signatures have a kink between them. 53 bits, from two hashes with different
 * multipliers, so that different runs with the same fingerprint are not to be expected.
 */
export class Signature {
  #a = 0x811c9dc5;
  #b = 0x9747b28c;
  #ties = 0;

  /** The next piece: a whole number. */
  add(piece: number): void {
    this.#a = Math.imul(this.#a ^ (piece | 0), 0x01000193);
    this.#b = Math.imul((this.#b << 13) | (this.#b >>> 19), 5) ^ Math.imul(piece | 0, 0xcc9e2d51);
  }

  /** Says that an element lies exactly on a boundary. */
  tie(): void {
    this.#ties++;
  }

  /** How many elements lay exactly on a boundary. */
  get ties(): number {
    return this.#ties;
  }

  get hash(): number {
    return (this.#a >>> 0) * 2 ** 21 + (this.#b >>> 11);
  }
}
