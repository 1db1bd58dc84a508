import { visible } from "../../dot/quote.js";

/** A table that holds every text once. */
export class Texts {
  readonly all: string[] = [""];
  readonly #positions = new Map([["", 0]]);

  /** Position of a text in the table. What cannot be seen, or turns the reading direction, is replaced. */
  of(text: string): number {
    const known = this.#positions.get(text);
    if (known !== undefined) return known;
    const at = this.all.push(visible(text)) - 1;
    this.#positions.set(text, at);
    return at;
  }
}
