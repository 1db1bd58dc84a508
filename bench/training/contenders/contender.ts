import type { Problem } from "../problem.js";

/** A model that is ready to be trained, in one library. */
export interface Contender {
  /** One training step (loss, all gradients, SGD): moves the parameters and gives the loss before the move. */
  step(): number | Promise<number>;
  /** The loss alone. */
  forward(): number | Promise<number>;
  /** The parameters as they are now, by the names of the problem. */
  params(): Readonly<Record<string, ArrayLike<number>>>;
}

export type Create = (problem: Problem) => Contender | Promise<Contender>;

/** The entry of a record that must have it. */
export function named<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = record[name];
  if (value === undefined) throw new Error(`no ${name} among ${Object.keys(record).join(", ")}`);
  return value;
}

/** The element of an array that must have it. */
export function at<T>(array: readonly T[], index: number): T {
  const value = array.at(index);
  if (value === undefined) throw new Error(`no element ${index} of ${array.length}`);
  return value;
}
