import type { Tape, TapeNode, Tensor } from "@tapeloop/core";
import type { Canvas } from "../graph/canvas.js";
import { draftNode, type Draft } from "../graph/draft.js";
import { readerAt, valueOf, type Frame } from "../graph/frame.js";
import type { GraphNode } from "../graph/model.js";
import type { Place } from "../graph/place.js";
import type { Program } from "../graph/program.js";
import { shorten } from "../graph/text.js";
import { withSymbol, type Reader, type Value } from "../graph/values.js";
import { atom, expressionOf, sumOf, symbolsOf, textOf, type Expression } from "./expression.js";
import { isRearranging, planOf, type Plan } from "./plan.js";

/** A loop that was drawn, beside whose steps those of its reverse sweep will stand. */
export interface DrawnLoop {
  readonly program: Program;
  readonly inner: Frame;
  /** What a step sees of each of the loop's data. */
  readonly rows: ReadonlyMap<Value, Value>;
}

/** Where an operation stands. */
export interface Home {
  readonly cluster: Draft;
  readonly id: string;
  readonly tape: Tape;
  readonly scope: string;
}

/** What a node of a reverse sweep computes. */
export interface Formula {
  readonly formula: Expression;
  /** The scope of what is differentiated. */
  readonly scope: string;
  readonly name: string;
  /** Whether it adds up what several readers of a value contribute to its gradient. */
  readonly isSum: boolean;
}

/** The gradient's way back through a loop. */
export interface Sweep {
  /** The loop's own operations. */
  readonly body: Tape;
  /** What is carried: its name, the node where it comes in, and that from which it goes on to the step before. */
  readonly states: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/** Longest formula by which a value without a name is called in others. */
const SHORT = 14;

/**
 * Draws the operations of reverse sweeps beside those that they differentiate. What one rule computes is written as
 * one formula, as far as nobody else reads its parts.
 */
export class Beside {
  /** What reverse sweeps compute, by node, in order. */
  readonly formulas = new Map<string, Formula>();
  /** The reverse sweeps of loops. */
  readonly sweeps: Sweep[] = [];
  /** By value: where the operation stands that made it. */
  readonly #homes = new Map<Tensor, Home>();
  readonly #names = new Map<Tensor, string>();
  readonly #loops = new Map<Tensor, DrawnLoop>();
  /** By running sum: the parameter of which it is the gradient. */
  readonly #parameters = new Map<Tensor, Value>();
  /** By what a reverse step hands on: the state of which it is the gradient. */
  readonly #results = new Map<Tensor, Home>();
  /** By scope: the last operation in it. */
  readonly #last = new Map<Tape, ReadonlyMap<string, TapeNode>>();
  /** Operations that something stands beside. */
  readonly #accompanied = new Set<string>();
  readonly #nodes = new Map<Value, string>();
  readonly #plans = new Map<Tape, Plan>();
  readonly #canvas: Canvas;

  constructor(canvas: Canvas) {
    this.#canvas = canvas;
  }

  /** Notes an operation of the program itself; its values get names by which formulas call them. */
  note(frame: Frame, node: TapeNode, drawn: GraphNode, cluster: Draft): void {
    node.outputs.forEach((t, i) => {
      this.#homes.set(t, { cluster, id: drawn.id, tape: frame.tape, scope: node.where.scope });
      const name = t.label ?? this.#names.get(t);
      const operands = node.inputs.map((operand) => this.#operand(frame, operand));
      const formula = expressionOf(node, operands, i);
      const text = formula.level === 4 ? textOf(formula) : `(${textOf(formula)})`;
      const isClear = text.length <= SHORT && !/[·y]/.test(text);
      const symbol = name ?? (isClear ? text : this.#scopeEndingWith(frame.tape, node));
      if (name !== undefined || (node.op.name === "concat" && isClear)) this.#names.set(t, symbol);
      frame.values.set(t, withSymbol(valueOf(frame, t), symbol));
    });
  }

  /** What a value without a name is called: by the scope of which it is the result. */
  #scopeEndingWith(tape: Tape, node: TapeNode): string {
    const { scope } = node.where;
    const last = this.#last.get(tape) ?? new Map(tape.nodes.map((each) => [each.where.scope, each]));
    this.#last.set(tape, last);
    return scope !== "" && last.get(scope) === node ? (scope.split("/").at(-1) ?? "y") : "y";
  }

  /** Notes a loop; `state` names the values that it carries on. */
  noteLoop(outputs: readonly Tensor[], loop: DrawnLoop): void {
    for (const t of outputs) this.#loops.set(t, loop);
  }

  /** Names what the steps of a loop hand on, before they are drawn. */
  nameStates({ body, carry, names }: Program): void {
    body.outputs.slice(0, carry).forEach((t, i) => {
      const name = names[i];
      if (name !== undefined && name !== "" && !body.inputs.includes(t)) this.#names.set(t, `${name}′`);
    });
  }

  /** The loop that handed on or stacked a value. */
  loopOf(t: Tensor): DrawnLoop | undefined {
    return this.#loops.get(t);
  }

  /** The loop of which a node is the reverse sweep. */
  reversed(node: TapeNode, program: Program): DrawnLoop | undefined {
    const of = node.where.derivative?.of;
    const loop = of && this.#loops.get(of);
    const isReverse = loop?.program.length === program.length && loop.program.reverse !== program.reverse;
    return isReverse ? loop : undefined;
  }

  /** Draws an operation of a reverse sweep, or keeps it to be written into the one that reads it. */
  draw(frame: Frame, node: TapeNode, place: Place, carry: number): void {
    const plan = this.#planOf(frame.tape, carry);
    const [t] = node.outputs;
    if (t === undefined) return;
    const total = plan.totals.get(node);
    const terms = node.inputs.filter((input) => input !== total).map((input) => this.#operand(frame, input));
    const formula = total !== undefined ? sumOf(terms) : expressionOf(node, terms);
    if (plan.inlined.has(node) || isRearranging(node)) {
      node.outputs.forEach((output, i) => {
        const part = node.outputs.length === 1 ? formula : expressionOf(node, terms, i);
        frame.values.set(output, expressionValue(part));
      });
      return;
    }
    const cotangents = this.#cotangentsOf(plan, t);
    const home =
      total === undefined
        ? ((plan.sums.has(node) ? this.#results.get(t) : undefined) ??
          this.#homeFor(plan.sums.has(node) ? cotangents : [], node))
        : this.#homeOfTotal(frame, node, total);
    const named = cotangents.map((of) => this.#names.get(of)).findLast((name) => name !== undefined);
    const cluster = home?.cluster ?? frame.cluster;
    const reader = readerAt(frame, place, cluster);
    this.#canvas.position++;
    const drawn = draftNode({
      id: `${frame.prefix}n${node.index}`,
      kind: "operation",
      operation: shorten(total === undefined ? labelOf(formula) : `Σₜ ${textOf(formula)}`, 60),
      name: total?.label ?? t.label ?? (named === undefined ? "" : `d${named}`),
      types: [t],
      derivative: true,
      isFormula: true,
      tapeNode: node,
      ...(home !== undefined && { beside: home.id }),
    });
    this.#canvas.add(cluster, drawn);
    if (home !== undefined) this.#accompanied.add(home.id);
    for (const { value } of symbolsOf(formula)) {
      // Of what goes into a running sum the formula names everything but the cotangent.
      if (total === undefined || this.#nodes.has(value)) this.connect(value, drawn, reader);
    }
    node.outputs.forEach((output, i) => {
      const own = this.#canvas.computed({ node: drawn, output: i, tensor: output, label: "", reader });
      const value = withSymbol(own, named === undefined ? "δ" : `d${named}`);
      frame.values.set(output, value);
      this.#nodes.set(value, drawn.id);
    });
    this.formulas.set(drawn.id, {
      isSum: plan.sums.has(node),
      formula,
      scope: home?.scope ?? node.where.scope,
      name: drawn.name,
    });
  }

  /** The node that a value in a formula comes from, if it is part of a reverse sweep. */
  nodeOf(value: Value): string | undefined {
    return this.#nodes.get(value);
  }

  /** Puts the sum that a reverse step hands on beside the state of which it is the gradient. */
  placeResult(t: Tensor, home: Home): void {
    this.#results.set(t, home);
  }

  /** Puts a running sum beside the parameter of which it is the gradient. */
  placeTotal(state: Tensor, parameter: Value | undefined): void {
    if (parameter !== undefined) this.#parameters.set(state, parameter);
  }

  /** The running sums of a loop's body. */
  totalsOf(body: Tape, carry: number): ReadonlySet<Tensor> {
    return new Set(this.#planOf(body, carry).totals.values());
  }

  /** Where the operation that made a value stands. */
  homeOf(t: Tensor | undefined): Home | undefined {
    return t && this.#homes.get(t);
  }

  /** Draws edges to a node from the values in what it reads. */
  connect(value: Value, to: GraphNode, reader: Reader): void {
    // The formula names parameters; edges from them would say nothing more.
    if (value.role === "parameter" || value.number !== undefined) return;
    if (value.expression !== undefined) {
      for (const { value: part } of symbolsOf(value.expression)) this.connect(part, to, reader);
      return;
    }
    const { type: _, ...edge } = this.#canvas.edgeFrom(value, to, reader);
    this.#canvas.edges.push({ ...edge, label: "", isFree: true });
  }

  #planOf(tape: Tape, carry: number): Plan {
    const plan = this.#plans.get(tape) ?? planOf(tape, carry);
    this.#plans.set(tape, plan);
    return plan;
  }

  /** A value as it is written in a formula. */
  #operand(frame: Frame, t: Tensor): Expression {
    const value = valueOf(frame, t);
    if (value.expression !== undefined) return value.expression;
    if (value.number !== undefined) return atom(value.number);
    return atom({ value, text: value.symbol ?? (value.name || "·") });
  }

  /** What a value is the cotangent of; also what is only added up on the way, for that passes it on as it is. */
  #cotangentsOf(plan: Plan, t: Tensor): Tensor[] {
    const found = new Set(plan.cotangentsOf(t));
    const [first] = found;
    const tape = first && this.#homes.get(first)?.tape;
    for (const { op, inputs, outputs } of tape?.nodes ?? []) {
      if (op.name === "add" && inputs.some((input) => found.has(input)))
        for (const out of outputs) found.add(out);
    }
    return [...found];
  }

  /** A running sum stands beside the operation with the parameter, or if there is no room beside the parameter. */
  #homeOfTotal(frame: Frame, node: TapeNode, total: Tensor): Home | undefined {
    const { tape } = frame;
    const term = node.inputs.find((t) => t !== total);
    const home = this.#homeFor([], (term && tape.producer(term)?.node) ?? node);
    const shown = this.#parameters.get(total)?.shownAt?.();
    if (shown === undefined || (home !== undefined && !this.#accompanied.has(home.id))) return home;
    return { cluster: shown.cluster, id: shown.node.id, tape, scope: "" };
  }

  #homeFor(cotangents: readonly Tensor[], node: TapeNode): Home | undefined {
    const of = node.where.derivative?.of;
    const home = cotangents.map((t) => this.#homes.get(t)).findLast((found) => found !== undefined);
    return home ?? (of && this.#homes.get(of));
  }
}

/** A formula as the label of its node; a sum of nameless terms is a mere plus, and one of many equal ones is shortened. */
function labelOf(formula: Expression): string {
  const text = textOf(formula);
  if (/^δ( \+ δ)+$/.test(text)) return "+";
  return text.replace(/^([^()+−]+)(?: \+ \1){3,}$/, "$1 + … + $1");
}

/** A value that is not drawn, but written out where it is read. */
function expressionValue(expression: Expression): Value {
  const symbols = symbolsOf(expression);
  const [first] = symbols;
  return {
    name: textOf(expression),
    expression,
    ...(first === undefined && { number: textOf(expression) }),
    read: (reader) => first?.value.read(reader) ?? { number: textOf(expression) },
  };
}
