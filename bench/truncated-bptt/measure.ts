import { abs, grad, max, sub, treeLeaves, type Tensor } from "@tapeloop/core";
import { gradcheck, type GradcheckOptions } from "@tapeloop/check";
import { createLoss, createModel, MODELS, type Params } from "./model.js";

/** How one checker did on the forty models of one length. */
export interface Score {
  /** Mutants that did not pass. */
  readonly caught: number;
  /** Right models that did not pass. */
  readonly falseAlarms: number;
}

/** A column of the table. */
export interface Column {
  readonly name: string;
  score(steps: number): Score;
}

/** The columns of this library. */
export const columns: readonly Column[] = [
  { name: "Tapeloop", score: scoreWith({}) },
  { name: 'Tapeloop, `precision: "dd"`', score: scoreWith({ precision: "dd" }) },
];

function scoreWith(options: GradcheckOptions): (steps: number) => Score {
  return (steps) => {
    const models = Array.from({ length: MODELS }, (_, seed) => createModel(seed));
    const failing = (cut: boolean): number =>
      models.filter((model) => !gradcheck(createLoss(model, steps, cut), [model.params], options).pass)
        .length;
    return { caught: failing(true), falseAlarms: failing(false) };
  };
}

/** The largest error of each mutant's gradient, relative to the largest entry of the right one. */
export function errors(steps: number): number[] {
  return Array.from({ length: MODELS }, (_, seed) => {
    const model = createModel(seed);
    const gradient = (cut: boolean): Tensor[] => {
      const tree: Params = grad(createLoss(model, steps, cut))(model.params);
      return treeLeaves(tree).map(({ tensor }) => tensor);
    };
    const [right, wrong] = [gradient(false), gradient(true)];
    const largest = (tensors: readonly Tensor[]): number =>
      Math.max(...tensors.map((t) => max(abs(t)).item()));
    return largest(right.map((g, i) => sub(g, wrong[i] ?? g))) / largest(right);
  });
}
