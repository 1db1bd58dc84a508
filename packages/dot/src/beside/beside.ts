import type { Tape, TapeNode, Tensor } from "@tapeloop/core";
import type { Canvas } from "../graph/canvas.js";
import { draftNode, type Draft } from "../graph/draft.js";
import { readerAt, valueOf, type Frame } from "../graph/frame.js";
import type { GraphNode } from "../graph/model.js";
import type { Place } from "../graph/place.js";
import type { Program } from "../graph/program.js";
import { shorten } from "../graph/text.js";
import { inFormulas, type Reader, type Value } from "../graph/values.js";
import { Cotangents } from "./cotangents.js";
import type { DrawnFormula, DrawnLoop, Formula, FormulaNode, Home, Sweep } from "./drawn.js";
import { leavesOf, numberOf, term, termsOf, type Expression, type Leaf } from "./expression.js";
import { isMerePlus, Names, plainName } from "./names.js";
import { expressionOf } from "./operations.js";
import { planOf, type Plan } from "./plan.js";
import { expressionValue, isWritten } from "./written.js";

/** Longest formula by which a value without a name is called in others, and longest formula of a node. */
const [SHORT, LONG] = [14, 60];

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
  readonly names = new Names();
  /** What the values of the program are called in formulas. */
  readonly #called = new Map<Tensor, string>();
  readonly #cotangents = new Cotangents();
  readonly #loops = new Map<Tensor, DrawnLoop>();
  /** By running sum: the parameter of which it is the gradient. */
  readonly #parameters = new Map<Tensor, Value>();
  /** By what a reverse step hands on: the state of which it is the gradient. */
  readonly #results = new Map<Tensor, Home>();
  /** By scope: the last operation in it. */
  readonly #last = new Map<Tape, ReadonlyMap<string, TapeNode>>();
  /** Operations that something stands beside. */
  readonly #accompanied = new Set<string>();
  readonly #nodes = new Map<Value, GraphNode>();
  /** Gradients that come into a step of a loop. */
  readonly #entered = new Set<Value>();
  /** By node: the cluster where it is. */
  readonly #clusters = new Map<string, Draft>();
  readonly #plans = new Map<Tape, Plan>();
  readonly #canvas: Canvas;

  constructor(canvas: Canvas) {
    this.#canvas = canvas;
  }

  /** Notes a tape that is about to be drawn; the first `results` of its outputs are what its program returns. */
  see(tape: Tape, results?: number): void {
    this.#cotangents.see(tape, results);
  }

  /** Notes an operation of the program itself; its values get names by which formulas call them. */
  note(frame: Frame, node: TapeNode, drawn: GraphNode, cluster: Draft): void {
    const operands = node.inputs.map((operand) => this.operand(frame, operand));
    node.outputs.forEach((t, i) => {
      this.#homes.set(t, { cluster, id: drawn.id, tape: frame.tape, scope: node.where.scope });
      const value = valueOf(frame, t);
      const name = t.label === undefined ? this.#called.get(t) : plainName(t.label);
      if (name !== undefined) {
        this.#called.set(t, name);
        if (t.label === undefined) this.names.showWhenUsed(value, name);
        frame.values.set(t, inFormulas(value, { symbol: name }));
        return;
      }
      const written = expressionOf(node, operands, i);
      const text = this.names.clear(written, SHORT);
      const scope = this.#scopeEndingWith(frame.tape, node);
      if (text !== undefined && node.op.name === "concat") this.#called.set(t, text);
      if (text !== undefined) frame.values.set(t, inFormulas(value, { written }));
      else if (scope !== "") frame.values.set(t, inFormulas(value, { symbol: plainName(scope) }));
    });
  }

  /** What a value without a name is called: by the scope of which it is the result. */
  #scopeEndingWith(tape: Tape, node: TapeNode): string {
    const { scope } = node.where;
    const last = this.#last.get(tape) ?? new Map(tape.nodes.map((each) => [each.where.scope, each]));
    this.#last.set(tape, last);
    return scope !== "" && last.get(scope) === node ? (scope.split("/").at(-1) ?? "") : "";
  }

  /** Notes a loop; `state` names the values that it carries on. */
  noteLoop(outputs: readonly Tensor[], loop: DrawnLoop): void {
    for (const t of outputs) this.#loops.set(t, loop);
  }

  /** Names what the steps of a loop hand on, before they are drawn. */
  nameStates({ body, carry, names }: Program): void {
    body.outputs.slice(0, carry).forEach((t, i) => {
      const name = names[i];
      if (name !== undefined && name !== "" && !body.inputs.includes(t))
        this.#called.set(t, `${plainName(name)}′`);
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
    const terms = node.inputs.filter((input) => input !== total).map((input) => this.operand(frame, input));
    if (total === undefined && isWritten(plan, node, terms)) {
      node.outputs.forEach((output, i) => {
        frame.values.set(output, expressionValue(expressionOf(node, terms, i)));
      });
      return;
    }
    const cotangents = this.#cotangents.withSums(plan.cotangentsOf(t));
    const isSum = plan.sums.has(node);
    const home =
      total === undefined
        ? ((isSum ? this.#results.get(t) : undefined) ?? this.#homeFor(isSum ? cotangents : [], node))
        : this.#homeOfTotal(frame, node, total);
    const called = cotangents.map((of) => this.#called.get(of)).findLast((name) => name !== undefined);
    const own = total?.label ?? t.label;
    const derived = called === undefined ? "" : `d${called}`;
    const formula = total === undefined ? expressionOf(node, terms) : term("prefix", terms, t.shape, "Σₜ");
    const rule =
      total === undefined ? node : frame.tape.producer(node.inputs.find((x) => x !== total) ?? t)?.node;
    const drawn = this.#drawFormula(frame, formula, {
      id: `${frame.prefix}n${node.index}`,
      tensor: t,
      name: own ?? derived,
      symbol: own === undefined ? derived : plainName(own),
      cluster: home?.cluster ?? frame.cluster,
      place,
      ...(home !== undefined && { beside: home.id }),
      tapeNode: node,
      isSum,
      scope: home?.scope ?? node.where.scope,
      isIncoming: (leaf) => !isSum && this.#isIncoming(frame, plan, rule, leaf),
      // Of what goes into a running sum the formula names everything but the cotangent.
      isConnected: (value) => total === undefined || this.#nodes.has(value),
    });
    if (home !== undefined) this.#accompanied.add(home.id);
    frame.values.set(t, drawn.value);
    for (const [i, output] of node.outputs.entries()) {
      if (output === t) continue;
      const { node: made, reader } = drawn;
      const value = this.#canvas.computed({ node: made, reader, output: i, tensor: output, label: "" });
      frame.values.set(output, value);
      this.#nodes.set(value, made);
    }
  }

  /** Draws what is only written elsewhere as a node of its own, because it is a result. */
  drawResult(frame: Frame, expression: Expression, tensor: Tensor, id: string): Value {
    const [first] = leavesOf(expression).map(({ value }) => this.#nodes.get(value)?.id ?? "");
    const place = { path: [], sweep: frame.outside.sweep, loop: "", step: undefined };
    const cluster = this.#clusters.get(first ?? "") ?? frame.cluster;
    const name = tensor.label ?? "";
    const symbol = plainName(name);
    const as = { id, tensor, name, symbol, cluster, place, isSum: false, scope: "" };
    return this.#drawFormula(frame, expression, as).value;
  }

  #drawFormula(frame: Frame, formula: Expression, as: FormulaNode): DrawnFormula {
    const reader = readerAt(frame, as.place, as.cluster);
    const write = this.names.writer(as.isIncoming);
    const isPlus = as.isSum && isMerePlus(termsOf(formula), this.names);
    const { text, names } = isPlus ? { text: "+", names: new Map<string, Leaf>() } : write(formula);
    // A name that means something else in the formula is not the result's.
    let { name, symbol } = as;
    for (; names.has(symbol); symbol += "′") name += "′";
    this.#canvas.position++;
    const { id, tensor, beside, tapeNode } = as;
    const node = draftNode({
      id,
      kind: "operation",
      operation: shorten(text, LONG),
      name,
      types: [tensor],
      derivative: true,
      isFormula: true,
      ...(tapeNode !== undefined && { tapeNode }),
      ...(beside !== undefined && { beside }),
    });
    this.#canvas.add(as.cluster, node);
    this.#clusters.set(id, as.cluster);
    for (const { value } of leavesOf(formula)) {
      if (as.isConnected?.(value) !== false) this.connect(value, node, reader);
    }
    const made = this.#canvas.computed({ node, output: 0, tensor, label: "", reader });
    const value = name === "" ? made : inFormulas(made, { symbol });
    this.#nodes.set(value, node);
    const result: Leaf = { kind: "value", value, tensor, shape: tensor.shape };
    this.formulas.set(id, { isSum: as.isSum, formula, scope: as.scope, name, result, names });
    return { node, value, reader };
  }

  /** Notes the node of a gradient that comes into a step of a loop. */
  noteEntry(value: Value, node: GraphNode): void {
    this.#nodes.set(value, node);
    this.#entered.add(value);
  }

  /** The node that a value in a formula comes from, if it is part of a reverse sweep. */
  nodeOf(value: Value): string | undefined {
    return this.#nodes.get(value)?.id;
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
      for (const { value: part } of leavesOf(value.expression)) this.connect(part, to, reader);
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
  operand(frame: Frame, tensor: Tensor): Expression {
    const value = valueOf(frame, tensor);
    if (value.expression !== undefined) return value.expression;
    if (value.number !== undefined) return numberOf(value.number);
    const { written } = value;
    return { kind: "value", value, tensor, shape: written?.shape ?? tensor.shape, written };
  }

  /** Whether a value is the gradient that comes into the rule of which a node is part. */
  #isIncoming(frame: Frame, plan: Plan, node: TapeNode | undefined, { value, tensor }: Leaf): boolean {
    const of = node?.where.derivative?.of;
    if (of === undefined || this.#cotangents.isDeep || !this.#nodes.has(value.inner ?? value)) return false;
    const isHere = frame.tape.producer(tensor) !== undefined || this.#entered.has(value);
    return isHere && plan.cotangentsOf(tensor).has(of);
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
