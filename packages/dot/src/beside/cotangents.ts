import type { Tape, TapeNode, Tensor } from "@tapeloop/core";

/** How the values of forward tapes are read, to tell what a cotangent is the cotangent of. */
export class Cotangents {
  readonly #makers = new Map<Tensor, TapeNode>();
  /** By value: the operations that read it, one for each time that they do; `undefined` for its being a result. */
  readonly #readers = new Map<Tensor, (TapeNode | undefined)[]>();
  readonly #seen = new Set<Tape>();

  /** Whether something here is a derivative of a derivative, whose rules read cotangents as values. */
  isDeep = false;

  /** Notes what is on a tape, whose first `results` outputs are those that its program returns. */
  see(tape: Tape, results = tape.outputs.length): void {
    if (this.#seen.has(tape)) return;
    this.#seen.add(tape);
    const read = (t: Tensor, reader: TapeNode | undefined): void => {
      const known = this.#readers.get(t);
      if (known === undefined) this.#readers.set(t, [reader]);
      else known.push(reader);
    };
    for (const node of tape.nodes) {
      for (const t of node.outputs) this.#makers.set(t, node);
      const of = node.where.derivative?.of;
      if (of !== undefined && this.#makers.get(of)?.where.derivative !== undefined) this.isDeep = true;
      // What the sweep reads of the forward pass is no part of that.
      if (node.where.derivative === undefined) for (const t of node.inputs) read(t, node);
    }
    for (const t of tape.outputs.slice(0, results)) read(t, undefined);
  }

  /**
   * All values that have the cotangent of the given ones. An addition passes it on as it is, so it is that of the sum too,
   * if nothing else reads the summand.
   */
  withSums(values: ReadonlySet<Tensor>): Tensor[] {
    if (this.isDeep) return [];
    // A cotangent of one of several results is not that of the first.
    const found = new Set([...values].filter((t) => (this.#makers.get(t)?.outputs.length ?? 1) === 1));
    for (const t of found) {
      const [reader, ...others] = this.#readers.get(t) ?? [];
      const [sum] = reader?.outputs ?? [];
      if (reader?.op.name !== "add" || others.length > 0 || sum === undefined) continue;
      if (sum.shape.join() === t.shape.join()) found.add(sum);
    }
    return [...found];
  }
}
