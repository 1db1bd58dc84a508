import type { Beside } from "./beside.js";
import type { Formula, Sweep } from "./drawn.js";
import {
  leavesOf,
  negative,
  numberOf,
  plus,
  product,
  term,
  termsOf,
  type Expression,
  type Leaf,
  type Term,
} from "./expression.js";
import type { Written } from "./names.js";
import { exactly } from "./operations.js";
import { shorten } from "../graph/text.js";

/** What is known of the ways of the gradient back through one loop. */
export interface Course {
  /** The scope in which a node is; empty outside of all. */
  gateOf(id: string): string;
  /** The last scopes on the ways of one state's gradient to a node. */
  lastGates(state: string, id: string): ReadonlySet<string>;
  /** Whether ways begin at a node. */
  isBeginning(state: string, id: string): boolean;
  isOnOneWay(id: string): boolean;
}

/** Longest formula of the legend, in characters. */
const LONG = 240;
/** A formula of more values than this is defined once, if several others need it. */
const SHORT = 4;
/** Most definitions. */
const MANY = 24;
/** How far back a sum is looked for that several ways go through. */
const DEEP = 200;
/** No formula with more values than this is written. */
const HUGE = 400;

/** The formulas of the ways of one loop: those to one state add up to its gradient. */
export class WayFormulas {
  /** By `name of the state|scope`. */
  readonly byKey = new Map<string, Expression>();
  readonly #beside: Beside;
  readonly #course: Course;
  /** How often each node is read by formulas of ways. */
  readonly #uses = new Map<string, number>();
  readonly #written = new Map<string, Expression>();
  #depth = 0;
  readonly #sizes = new Map<Expression, number>();
  /** The legend is read as a whole: in it a name stands for one value. */
  readonly #write: (expression: Expression) => Written;

  constructor(beside: Beside, sweep: Sweep, course: Course) {
    this.#beside = beside;
    this.#course = course;
    this.#write = beside.names.writer();
    for (const { name, result } of sweep.states) {
      const known = new Map<string, ReadonlyMap<string, Expression>>();
      for (const [gate, part] of this.#apart(name, result, known)) {
        const key = `${name}|${gate}`;
        const before = this.byKey.get(key);
        this.byKey.set(key, before === undefined ? part : plus(before, part, part.shape));
      }
    }
    this.#count();
    // In the order of the program, so that none waits for a long row of others.
    for (const [id, { result }] of beside.formulas) if (this.#uses.has(id)) this.#writtenOut(result);
  }

  /** What each name in the formulas that were written stands for. */
  get names(): ReadonlyMap<string, Leaf> {
    return this.#write(numberOf("0")).names;
  }

  textOf(key: string): string {
    const found = this.byKey.get(key);
    return found === undefined ? "" : this.#textOf(this.#writtenOut(found));
  }

  /** `dc′ = dc + …` for each gradient that the formulas of ways refer to. */
  definitions(): string[] {
    const lines = this.#defined().map(({ result, formula }) => {
      const name = this.#write(result).text;
      return `${name} = ${this.#textOf(this.#writtenOut(formula))}`;
    });
    return lines.length <= MANY ? lines : [...lines.slice(0, MANY), "…"];
  }

  /** What is defined, each after what it is defined with. */
  #defined(): Formula[] {
    const found = new Set<Formula>();
    const todo = [...this.byKey.values()];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      for (const leaf of leavesOf(this.#writtenOut(next))) {
        const [, formula] = this.#formulaOf(leaf);
        if (formula === undefined || found.has(formula)) continue;
        found.add(formula);
        todo.push(formula.formula);
      }
    }
    return [...this.#beside.formulas.values()].filter((formula) => found.has(formula));
  }

  /** A formula with others put in for gradients that need no name. */
  #writtenOut(expression: Expression): Expression {
    if (expression.kind !== "value") {
      const operands = expression.operands.map((x) => this.#writtenOut(x));
      return operands.every((x, i) => x === expression.operands[i])
        ? expression
        : { ...expression, operands };
    }
    const [id, found] = this.#formulaOf(expression);
    if (found === undefined || (found.name !== "" && !this.#course.isOnOneWay(id))) return expression;
    const inner = this.#written.get(id) ?? exactly(this.#writtenOut(found.formula), expression.shape);
    this.#written.set(id, inner);
    const size = this.#sizeOf(inner);
    return size <= SHORT || ((this.#uses.get(id) ?? 0) < 2 && size <= HUGE) ? inner : expression;
  }

  #textOf(expression: Expression): string {
    return shorten(this.#write(expression).text, LONG);
  }

  /** How many values a formula reads, each as often as it is written. */
  #sizeOf(expression: Expression): number {
    if (expression.kind === "value") return 1;
    const known = this.#sizes.get(expression);
    if (known !== undefined) return known;
    const size = expression.operands.reduce((sum, x) => sum + this.#sizeOf(x), 0);
    this.#sizes.set(expression, size);
    return size;
  }

  /** Counts how often formulas of ways refer to each node, each formula looked at once. */
  #count(): void {
    const todo = [...this.byKey.values()];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      for (const leaf of valuesIn(next)) {
        const [id, found] = this.#formulaOf(leaf);
        if (found === undefined) continue;
        const uses = this.#uses.get(id) ?? 0;
        this.#uses.set(id, uses + 1);
        if (uses === 0) todo.push(found.formula);
      }
    }
  }

  #formulaOf({ value }: Leaf): [string, Formula | undefined] {
    const id = this.#beside.nodeOf(value) ?? "";
    const found = this.#beside.formulas.get(id);
    return [id, found?.result.value === value ? found : undefined];
  }

  /** A gradient as a sum of parts, by the last scope on the way of each. */
  #apart(
    state: string,
    expression: Expression,
    known: Map<string, ReadonlyMap<string, Expression>>,
  ): ReadonlyMap<string, Expression> {
    const parts = new Map<string, Expression>();
    const add = (gate: string, part: Expression): void => {
      const before = parts.get(gate);
      parts.set(gate, before === undefined ? part : plus(before, part, part.shape));
    };
    for (const part of termsOf(expression)) {
      const gates = this.#gatesOf(state, part);
      const [gate = "", ...others] = gates;
      const found = others.length === 0 ? undefined : this.#distributed(state, part, known);
      if (found === undefined) add(gate, part);
      else for (const [each, inner] of found) add(each, inner);
    }
    return parts;
  }

  /** What is linear in a sum is a sum itself; `undefined` if it is not plain how. */
  #distributed(
    state: string,
    part: Expression,
    known: Map<string, ReadonlyMap<string, Expression>>,
  ): ReadonlyMap<string, Expression> | undefined {
    if (part.kind === "value") {
      const [id, found] = this.#formulaOf(part);
      if (found === undefined || this.#depth > DEEP) return undefined;
      this.#depth++;
      const parts = known.get(id) ?? this.#apart(state, found.formula, known);
      this.#depth--;
      known.set(id, parts);
      return new Map([...parts].map(([gate, inner]) => [gate, exactly(inner, part.shape)]));
    }
    const carrying = part.operands.filter((x) => this.#gatesOf(state, x).size > 0);
    const [only, ...others] = carrying;
    if (only === undefined || others.length > 0 || !isLinear(part, only)) return undefined;
    const parts = this.#apart(state, only, known);
    const whole = (inner: Expression): Expression =>
      rebuilt(
        part,
        part.operands.map((x) => (x === only ? inner : x)),
      );
    return new Map([...parts].map(([gate, inner]) => [gate, whole(inner)]));
  }

  /** The last scopes on the ways that a formula continues. */
  #gatesOf(state: string, expression: Expression): ReadonlySet<string> {
    const gates = leavesOf(expression).flatMap((leaf) => {
      const id = this.#beside.nodeOf(leaf.value);
      if (id === undefined) return [];
      const last = this.#course.lastGates(state, id);
      if (last.size === 0) return [];
      if (this.#course.isBeginning(state, id)) return [""];
      const own = this.#course.gateOf(id);
      return own === "" ? [...last] : [own];
    });
    return new Set(gates);
  }
}

/** The same operation on other operands. */
function rebuilt(whole: Term, operands: readonly Expression[]): Expression {
  const [a, b] = operands;
  if (whole.kind === "negative" && a !== undefined) return negative(a);
  if (whole.kind === "product" && a !== undefined && b !== undefined) return product(a, b, whole.shape);
  return term(whole.kind, operands, whole.shape, whole.text);
}

/** Whether a formula is linear in one of its operands. */
function isLinear(whole: Expression, operand: Expression): boolean {
  if (whole.kind === "value") return false;
  switch (whole.kind) {
    case "negative":
    case "product":
    case "dot":
    case "prefix":
    case "index":
      return true;
    case "quotient":
      return whole.operands[0] === operand;
    case "postfix":
      return whole.text === "ᵀ";
    case "function":
      return /^(reshape|permute|broadcast)\|/.test(whole.text);
    default:
      return false;
  }
}

/** The values in a formula, each as often as it is there. */
function valuesIn(expression: Expression): Leaf[] {
  return expression.kind === "value" ? [expression] : expression.operands.flatMap(valuesIn);
}
