import { addOp, divOp, mulOp, negOp, subOp } from "../../ops/arithmetic.js";
import { castOp } from "../../ops/cast.js";
import { whereOp } from "../../ops/compare.js";
import { concatOp } from "../../ops/join.js";
import { broadcastToOp, permuteOp, reshapeOp } from "../../ops/movement.js";
import { sumOp } from "../../ops/reduce.js";
import { flipOp, padOp, sliceOp } from "../../ops/slice.js";
import type { Attributes, Op } from "../../tape/op.js";
import type { Tape, TapeNode } from "../../tape/tape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { numberOf } from "../uniform.js";
import type { Pass } from "./pass.js";
import { Draft } from "./rewrite/draft.js";
import { isElementwise } from "./rewrite/elementwise.js";
import { isScan, partsOf, type ScanTapeNode } from "./rewrite/scans.js";
import * as arithmetic from "./simplify/arithmetic.js";
import * as movement from "./simplify/movement.js";
import { narrow } from "./simplify/narrow.js";
import { Maker, type Pending, type Rule } from "./simplify/simplifier.js";
import { sliceRule } from "./simplify/slices.js";

/**
 * Small rules, each of which gives the same numbers to the last bit: what moves nothing or adds nothing goes, two
 * movements in a row become one, constants are computed now, and of a value that is only read in slices just those
 * slices are computed. Nodes that this leaves unused are for `dce` to remove.
 */
export const simplify: Pass = {
  name: "simplify",
  does: "removes what changes nothing, folds constants, computes no more of a value than is read",
  run: (tape) => simplifyTape(narrow(tape), constantsOf(tape)),
};

const rules = new Map<object, Rule[]>();

function on<A extends Attributes>(op: Op<A>, ...list: readonly Rule<A>[]): void {
  const known = rules.get(op) ?? [];
  rules.set(op, known);
  for (const rule of list) {
    known.push((node, make) => (isPending(op, node) ? rule(node, make) : undefined));
  }
}

function isPending<A extends Attributes>(op: Op<A>, node: Pending): node is Pending<A> {
  const applied: object = node.op;
  return applied === op;
}

for (const op of [reshapeOp, permuteOp, broadcastToOp, flipOp, sliceOp]) on(op, movement.moveConstantRule);
on(reshapeOp, movement.reshapeRule);
on(permuteOp, movement.permuteRule);
on(broadcastToOp, movement.broadcastRule);
on(flipOp, movement.flipRule);
on(padOp, movement.padRule);
on(concatOp, movement.concatRule);
on(sliceOp, sliceRule);
on(addOp, arithmetic.addRule);
on(subOp, arithmetic.subRule);
on(mulOp, arithmetic.mulRule);
on(divOp, arithmetic.divRule);
on(negOp, arithmetic.negRule);
on(castOp, arithmetic.castRule);
on(whereOp, arithmetic.whereRule);
on(sumOp, arithmetic.sumRule);

const none: readonly Rule[] = [];
/** What {@link rulesFor} found. */
const all = new Map<object, readonly Rule[]>();
const forElementwise: readonly Rule[] = [arithmetic.foldRule, arithmetic.stretchRule];

function rulesFor(op: Op): readonly Rule[] {
  const known = all.get(op);
  if (known !== undefined) return known;
  const own = rules.get(op) ?? none;
  const found = isElementwise(op) ? [...own, ...forElementwise] : own;
  all.set(op, found);
  return found;
}

/** Captured tensors whose elements are all alike, with their values: they may as well be numbers in the program. */
function constantsOf(tape: Tape): Map<Tensor, number> {
  const found = new Map<Tensor, number>();
  const used = new Set([...tape.nodes.flatMap((node) => node.inputs), ...tape.outputs]);
  for (const [outer, inner] of tape.captures) {
    const value = outer.isAbstract || !used.has(inner) ? undefined : numberOf(outer);
    if (value !== undefined) found.set(inner, value);
  }
  return found;
}

/** @param constants inputs of the tape whose elements all have one value */
function simplifyTape(tape: Tape, constants: ReadonlyMap<Tensor, number>): Tape {
  const draft = new Draft(tape);
  const make = new Maker(draft, rulesFor);
  for (const [t, value] of constants) draft.rename(t, make.fill(value, t, NOWHERE));
  for (const node of tape.nodes) {
    if (isScan(node)) keepScan(draft, make, node);
    else if (!replaced(draft, make, node)) draft.keep(node);
  }
  return draft.finish(tape.outputs);
}

const NOWHERE = { scope: "", step: undefined, loopScope: "", derivative: undefined };

function replaced(draft: Draft, make: Maker, node: TapeNode): boolean {
  const [output] = node.outputs;
  if (output === undefined || node.outputs.length > 1) return false;
  const { op, attrs, where } = node;
  const simpler = make.simplified({ op, inputs: draft.all(node.inputs), attrs, where, output });
  if (simpler === undefined) return false;
  draft.rename(output, simpler);
  return true;
}

/** A loop with a simpler body, which is told which of its captures are constants. */
function keepScan(draft: Draft, make: Maker, node: ScanTapeNode): void {
  const constants = new Map<Tensor, number>();
  for (const { outer, inner } of partsOf(node).captured) {
    const value = make.constant(draft.of(outer));
    if (value !== undefined) constants.set(inner, value);
  }
  const { saved: _, ...attrs } = node.attrs;
  draft.keep(node, { ...attrs, body: simplifyTape(narrow(node.attrs.body), constants) });
}
