import { ArgumentError, checkList, scope, type Tensor, type Tree } from "@tapeloop/core";
import { checkCell, defineCell, type Cell } from "./cell.js";
import type { CellSizes } from "./sizes.js";

/** The parameters of each of several cells, in order. */
export type ParamsOf<Cells extends readonly Cell[]> = {
  readonly [K in keyof Cells]: Cells[K] extends Cell<infer P> ? P : never;
};

/** The states of each of several cells, in order. */
export type StatesOf<Cells extends readonly Cell[]> = {
  readonly [K in keyof Cells]: Cells[K] extends Cell<Tree, infer S> ? S : never;
};

/**
 * Cells on top of one another as one cell: layer k + 1 reads layer k's output. They may be of different kinds; all
 * have the same hidden size. Parameters and states are lists, one entry per layer; the scopes are `stacked/layer 0`
 * and so on. Throws ArgumentError for an empty list.
 */
export function stacked<const Cells extends readonly Cell[]>(
  layers: Cells,
): Cell<ParamsOf<Cells>, StatesOf<Cells>>;
export function stacked(layers: readonly Cell[]): Cell<readonly Tree[], readonly Tree[]> {
  checkList("stacked", "layers", layers, "a list of cells");
  for (const layer of layers) checkCell("stacked", layer);
  const last = layers.at(-1);
  if (last === undefined) throw new ArgumentError("stacked: got no layers, expected at least one");
  return defineCell<readonly Tree[], readonly Tree[]>("stacked", {
    params: (sizes, rng) => withSizes(layers, sizes).map(([cell, own]) => cell.init(own, rng)),
    state: (sizes, batch) => withSizes(layers, sizes).map(([cell, own]) => cell.state(own, batch)),
    step(params, states, x) {
      checkCount("parameters", params, layers);
      checkCount("states", states, layers);
      let output: Tensor = x;
      const next = layers.map((cell, k) => {
        const result = scope(`layer ${k}`, () => cell.step(params[k], states[k], output));
        output = result.output;
        return result.state;
      });
      return { state: next, output };
    },
    outputSize(sizes) {
      const [cell, own] = withSizes(layers, sizes).at(-1) ?? [last, sizes];
      return cell.outputSize(own);
    },
  });
}

/** Each layer with its sizes: its input is the output of the layer below. */
function withSizes(layers: readonly Cell[], sizes: CellSizes): (readonly [Cell, CellSizes])[] {
  let { input } = sizes;
  return layers.map((cell) => {
    const own = { ...sizes, input };
    input = cell.outputSize(own);
    return [cell, own] as const;
  });
}

function checkCount(what: string, got: readonly Tree[], layers: readonly Cell[]): void {
  if (Array.isArray(got) && got.length === layers.length) return;
  const count = Array.isArray(got) ? `a list of ${got.length}` : "no list";
  throw new ArgumentError(`stacked: got ${count} as ${what}, expected ${layers.length}, one per layer`);
}
