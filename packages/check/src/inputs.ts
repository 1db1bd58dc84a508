/** Arguments of some function; the empty tuple lets TypeScript infer tuples from literals. */
export type AnyInputs = readonly [] | readonly unknown[];

/**
 * The arguments of the function to check: a tuple like its own, or an array whose length TypeScript does not know, such as
 * `const inputs = [x, y]`, whose elements are then all that can be compared.
 */
export type InputsFor<Args extends readonly unknown[], Given extends AnyInputs> =
  | Readonly<Args>
  | (number extends Given["length"] ? (Given extends readonly Args[number][] ? Given : never) : never);
