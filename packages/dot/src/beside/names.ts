import type { Value } from "../graph/values.js";
import { leavesOf, type Expression, type Leaf } from "./expression.js";
import { subscript } from "./operations.js";
import { print } from "./print.js";

/** A formula as it is written. */
export interface Written {
  readonly text: string;
  /** What each name in it stands for. */
  readonly names: ReadonlyMap<string, Leaf>;
}

/** Writes formulas in which a name stands for one value. */
export type Writer = (expression: Expression) => Written;

/** Names of values in formulas: in one formula, a name stands for one value. */
export class Names {
  /** By value: its number among those without a name. */
  readonly #numbered = new Map<Value, string>();
  /** Names that nodes do not show yet. */
  readonly #unseen = new Map<Value, string>();

  /** Has the node of a value show its name, once a formula refers to it. */
  showWhenUsed(value: Value, name: string): void {
    this.#unseen.set(value, name);
  }

  /**
   * For a formula, or several that are read together.
   *
   * @param isIncoming whether a value is the gradient that comes in, where δ stands for it
   */
  writer(isIncoming?: (leaf: Leaf) => boolean): Writer {
    const names = new Map<string, Leaf>();
    const known = new Map<Value, string>();
    const nameOf = (leaf: Leaf): string => {
      const { value } = leaf;
      const before = known.get(value);
      if (before !== undefined) return before;
      const own = this.nameOf(value);
      const wanted = own ?? (isIncoming?.(leaf) === true ? "δ" : undefined);
      const name = wanted !== undefined && !names.has(wanted) ? wanted : this.#numberOf(value);
      known.set(value, name);
      names.set(name, leaf);
      const unseen = this.#unseen.get(value);
      if (unseen !== undefined && name === own) value.rename?.(unseen);
      this.#unseen.delete(value);
      return name;
    };
    return (expression) => ({ text: print(expression, nameOf), names });
  }

  /** The name of a value; `undefined` if it has none of its own. */
  nameOf(value: Value): string | undefined {
    if (value.symbol !== undefined) return value.symbol;
    if (value.name !== "") return plainName(value.name);
    if (value.inner === undefined) return this.#numbered.get(value);
    const inner = this.nameOf(value.inner) ?? this.#numberOf(value.inner);
    return value.isStacked === true ? `${inner}[:]` : inner;
  }

  /** A short formula for a forward value without a name, if it can be read at a glance. */
  clear(expression: Expression, longest: number): string | undefined {
    if (hasProduct(expression)) return undefined;
    const names = new Map<string, Value>();
    const unclear: string[] = [];
    const text = print(expression, ({ value }) => {
      const name = this.nameOf(value) ?? "";
      if (name === "" || this.#numbered.has(value) || (names.get(name) ?? value) !== value)
        unclear.push(name);
      names.set(name, value);
      return name;
    });
    return unclear.length === 0 && text.length <= longest ? text : undefined;
  }

  #numberOf(value: Value): string {
    const known = this.#numbered.get(value);
    if (known !== undefined) return known;
    const name = `y${subscript(this.#numbered.size + 1)}`;
    this.#numbered.set(value, name);
    value.rename?.(name);
    return name;
  }
}

/** A sum of values that are nothing but summands, one of them without a name: a mere plus, with an edge from each. */
export function isMerePlus(terms: readonly Expression[], names: Names): boolean {
  const values = terms.flatMap((part) =>
    part.kind === "value" && part.written === undefined ? [part.value] : [],
  );
  return (
    values.length === terms.length &&
    terms.length > 1 &&
    new Set(values).size === terms.length &&
    values.some((value) => names.nameOf(value) === undefined)
  );
}

/** A name as it stands in formulas: in quotation marks if it could be read as anything else. */
export function plainName(name: string): string {
  const joined = /^\[(.*)\]$/su.exec(name)?.[1]?.split("; ") ?? [name];
  return joined.every(isPlain) ? name : `"${name}"`;
}

function isPlain(name: string): boolean {
  const words = /^[\p{L}_][\p{L}\p{M}\p{N}_′']*([./][\p{L}_][\p{L}\p{M}\p{N}_′']*|\[\w+\])*$/u;
  return words.test(name) && !/[ᵀ²³Σδ]|^y[₀-₉]+$/u.test(name);
}

function hasProduct(expression: Expression): boolean {
  if (expression.kind === "value") return expression.written !== undefined && hasProduct(expression.written);
  const isProduct = expression.kind === "dot" && leavesOf(expression).length > 1;
  return isProduct || expression.operands.some(hasProduct);
}
