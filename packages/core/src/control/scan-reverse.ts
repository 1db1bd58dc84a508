import { add } from "../ops/arithmetic.js";
import { applyAll } from "../tape/apply.js";
import { replayNodes } from "../tape/record.js";
import { zerosLike } from "../tensor/create.js";
import { isFloat } from "../tensor/dtype.js";
import type { Tensor } from "../tensor/tensor.js";
import { decisiveCarries, varyingCarries } from "./activity.js";
import { at, indices, link } from "./lists.js";
import { linearize, type Linearization } from "./linearize.js";
import { scanFlat, scanOp, type ScanNode } from "./scan-op.js";

/**
 * The reverse rule: a scan in the opposite direction. Its carry is the cotangent of the carry together with one
 * running sum per captured tensor; its data are the residuals, the xs and the cotangents of the ys.
 */
export function reverseScan(cotangents: readonly (Tensor | undefined)[], node: ScanNode): readonly Tensor[] {
  const { inputs, wanted } = node;
  const { body, carry, xs, length, reverse, names } = node.attrs;
  const given = body.outputs.map((t, i) => isFloat(t.dtype) && cotangents[i] !== undefined);
  const asked = inputs.map((x, i) => isFloat(x.dtype) && wanted[i] === true);
  const [varies, matters] = [varyingCarries(body, carry, asked), decisiveCarries(body, carry, given)];
  const isCarried = (i: number): boolean => varies[i] === true && matters[i] === true;
  const ask = {
    given: given.map((isGiven, i) => (i < carry ? isCarried(i) : isGiven)),
    wanted: asked.map((isAsked, i) => (i < carry ? isCarried(i) : isAsked)),
  };
  const step = linearize(body, carry, carry + xs, ask);
  const residuals = savedResiduals(cotangents, node, step) ?? recomputeResiduals(node, step);

  const invariant = new Map<Tensor, Tensor>(step.captured);
  step.inputs.slice(carry + xs).forEach((t, i) => invariant.set(t, at(inputs, carry + xs + i)));
  const origin = originOf(step, node);
  replayNodes(step.hoisted, invariant, origin);

  const nameOf = (i: number): string => names[i] ?? inputs[i]?.label ?? "captured";
  const states = indices(inputs.length).filter((i) => i < carry && ask.wanted[i] === true);
  const sums = indices(inputs.length).filter(
    (i) => i >= carry + xs && ask.wanted[i] === true && step.gradients[i],
  );
  const rows = indices(inputs.length).filter(
    (i) => i >= carry && i < carry + xs && ask.wanted[i] === true && step.gradients[i],
  );
  const ys = indices(body.outputs.length).filter((i) => i >= carry && step.cotangents[i] !== undefined);

  const data = inputs.slice(carry, carry + xs);
  const dys = ys.map((i) => cotangents[i]).filter((t) => t !== undefined);
  const initial = [
    ...states.map((i) => cotangents[i] ?? zerosLike(at(inputs, i))),
    ...sums.map((i) => zerosLike(at(inputs, i))),
  ];
  const results = scanFlat(
    (carried, x) => {
      const values = new Map(invariant);
      states.forEach((i, k) => link(values, step.cotangents[i], carried[k]));
      step.residuals.forEach(({ tensor }, k) => link(values, tensor, x[k]));
      data.forEach((_, k) => link(values, step.inputs[carry + k], x[residuals.length + k]));
      ys.forEach((i, k) => link(values, step.cotangents[i], x[residuals.length + xs + k]));
      replayNodes(step.reverse, values, origin);
      const gradient = (i: number): Tensor | undefined => {
        const g = step.gradients[i];
        return g === undefined ? undefined : (values.get(g) ?? g);
      };
      return [
        ...states.map((i) => gradient(i) ?? zerosLike(at(inputs, i))),
        ...sums.map((i, k) => accumulate(carried[states.length + k], gradient(i))),
        ...rows.map((i) => gradient(i)).filter((t) => t !== undefined),
      ];
    },
    initial,
    [...residuals, ...data, ...dys],
    { length, reverse: !reverse, names: [...states, ...sums].map((i) => `d${nameOf(i)}`) },
  );
  const gradients: Tensor[] = [];
  [...states, ...sums, ...rows].forEach((i, k) => (gradients[i] = at(results, k)));
  return gradients;
}

/** From a step that was traced for this sweep to the same operation in the body that the tape shows. */
function originOf(step: Linearization, { attrs }: ScanNode): (t: Tensor) => Tensor {
  const shown = new Map<Tensor, Tensor>();
  step.forward.nodes.forEach((node, i) => {
    node.outputs.forEach((t, k) => link(shown, t, attrs.body.nodes[i]?.outputs[k]));
  });
  return (t) => shown.get(t) ?? t;
}

/** The residuals that the forward loop kept; `undefined` if it kept none, or if they have cotangents themselves. */
function savedResiduals(
  cotangents: readonly (Tensor | undefined)[],
  { attrs, outputs }: ScanNode,
  step: Linearization,
): Tensor[] | undefined {
  const { saved } = attrs;
  if (saved === undefined || cotangents.some((dy, i) => i >= saved.first && dy !== undefined))
    return undefined;
  const kept = step.residuals.map(({ key }) => outputs[saved.outputs.get(key) ?? -1]);
  const all = kept.filter((t) => t !== undefined);
  return all.length === kept.length ? all : undefined;
}

/** Runs the loop again for its residuals: when a tape that was not recorded for this is differentiated after all. */
function recomputeResiduals({ inputs, attrs }: ScanNode, step: Linearization): readonly Tensor[] {
  const { saved: _, ...settings } = attrs;
  const outputs = applyAll(scanOp, inputs, { ...settings, body: step.forward });
  const first = attrs.body.outputs.length;
  return outputs.slice(first, first + step.residuals.length);
}

function accumulate(sum: Tensor | undefined, part: Tensor | undefined): Tensor {
  const total = at([sum], 0);
  return part === undefined ? total : add(total, part);
}
