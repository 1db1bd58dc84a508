import {
  affine,
  checkpoint,
  compile,
  concat,
  grad,
  label,
  matmul,
  scan,
  softmax,
  square,
  sum,
  tanh,
  vjp,
  zeros,
  type PassReport,
  type Tape,
  type TapeNode,
  type Tensor,
} from "@tapeloop/core";
import { toDot } from "@tapeloop/dot";
import { lstm, type LstmParams, type LstmState } from "@tapeloop/nn";
import { bodyOf, cut, nameSaved } from "./cut.js";
import { lstmStep } from "./lstm.js";

/*
 * What the compiler's passes do to a tape: the pictures of docs/how-compiling-works.md. Most are cut-outs of the
 * gradient of an LSTM over six steps of two sequences; the others are of programs so small that they fit whole.
 */

const named = (name: string, shape: readonly number[]): Tensor => label(zeros(shape), name);

/** The tape before and after the first pass of that name. */
function tapesOf(passes: readonly PassReport[], name: string): PassReport["tapes"] {
  const pass = passes.find((each) => each.name === name);
  if (pass === undefined) throw new Error(`there is no pass ${name}`);
  return pass.tapes;
}

/** The tape when all passes are done. */
function finished(passes: readonly PassReport[]): Tape {
  const last = passes.at(-1);
  if (last === undefined) throw new Error("there are no passes");
  return last.tapes.after;
}

/** L = Σ h² after the last step. */
function lstmLoss(p: LstmParams, xs: Tensor): Tensor {
  const start = { h: zeros([2, 4]), c: zeros([2, 4]) };
  const [{ h }] = scan((s: LstmState, x: Tensor) => [lstmStep(p, s, x), null], start, xs);
  return label(sum(square(h)), "L");
}

function lstmPasses(): readonly PassReport[] {
  const gradient = compile((p: LstmParams, xs: Tensor) => grad(lstmLoss)(p, xs));
  return gradient.explain(lstm.init({ input: 3, hidden: 4 }, 1), named("x", [6, 2, 3])).passes;
}

/** The bodies of the LSTM's loops before and after a pass: 0 is the loop itself, 1 its reverse. */
function lstmBodies(pass: string, loop: 0 | 1): PassReport["tapes"] {
  const { before, after } = tapesOf(lstmPasses(), pass);
  return { before: bodyOf(nameSaved(before), loop), after: bodyOf(nameSaved(after), loop) };
}

/** A cell of one gate, h′ = tanh([h; x]·w + b), over six steps. */
function gate(w: Tensor, b: Tensor, xs: Tensor): Tensor {
  const step = (h: Tensor, x: Tensor) =>
    [label(tanh(affine(label(concat([h, x]), "[h; x]"), w, b)), "h′"), null] as const;
  return scan(step, named("h", [2, 4]), xs)[0];
}

const gateArgs = [named("w", [7, 4]), named("b", [4]), named("x", [6, 2, 3])] as const;
const gatePasses = (): readonly PassReport[] => compile(gate).explain(...gateArgs).passes;

function gateGradientPasses(): readonly PassReport[] {
  const loss = ({ w, b }: { w: Tensor; b: Tensor }, xs: Tensor): Tensor => sum(square(gate(w, b, xs)));
  return compile((w: Tensor, b: Tensor, xs: Tensor) => grad(loss)({ w, b }, xs)).explain(...gateArgs).passes;
}

/** dL/dw of y = tanh(x·w), whose values are computed again for it. */
function checkpointTapes(): PassReport["tapes"] {
  const gradient = (x: Tensor, w: Tensor, dy: Tensor): Tensor => {
    const cell = checkpoint((v: Tensor) => label(tanh(matmul(x, v)), "y"));
    return label(vjp(cell, w)[1](dy)[0], "dw");
  };
  const args = [named("x", [2, 3]), named("w", [3, 4]), named("dy", [2, 4])] as const;
  return tapesOf(compile(gradient).explain(...args).passes, "inline");
}

function softmaxTapes(): PassReport["tapes"] {
  const p = (x: Tensor): Tensor => label(softmax(x), "p");
  return tapesOf(compile(p).explain(named("x", [2, 5])).passes, "decompose");
}

const all = (): boolean => true;
const isOf = (...ops: readonly string[]) => {
  return ({ op }: TapeNode): boolean => ops.includes(op.name);
};
const isSwept = ({ where }: TapeNode): boolean => where.derivative !== undefined;
/** The part of the reverse step that is about the forget gate. */
const ofForget = ({ where, inputs }: TapeNode): boolean =>
  where.scope === "forget" || inputs.some(({ label: name }) => name === "dwf" || name === "dbf");
/** [h; x]ᵀ·dz of every gate. */
const ofWeights = (node: TapeNode): boolean =>
  isOf("permute")(node) || (isOf("matmul")(node) && node.outputs[0]?.shape[0] === 7);
/** Σ dz·wᵀ over the gates, and what is taken of it. */
const ofState = (node: TapeNode): boolean => {
  const [y] = node.outputs;
  const isProduct = isOf("matmul")(node) && y?.shape[0] === 2;
  const isSum = isOf("add")(node) && isSwept(node) && node.where.scope !== "";
  return isProduct || isSum || isOf("slice")(node);
};
const dzs = ["dzo", "dzc", "dzi", "dzf"];
const TB = { rankdir: "TB" } as const;
const sums = { inputs: ["h′"], outputs: ["dh"] };
const weights = { inputs: dzs, outputs: dzs.map((dz) => dz.replace("dz", "Δw")) };
const state = { inputs: dzs, outputs: ["dh"] };

/** The diagrams by file name. */
export const passDiagrams: Readonly<Record<string, () => string>> = {
  "pass-forward": () => toDot(cut(lstmBodies("inline", 0).before, all, { outputs: ["tanh c′"] })),
  "pass-reverse": () =>
    toDot(
      cut(lstmBodies("inline", 1).before, ofForget, {
        inputs: ["df", "from o, c̃, i"],
        outputs: ["d[h; x]", "dwf′", "dbf′"],
      }),
    ),
  "pass-inline-before": () => toDot(cut(checkpointTapes().before, all)),
  "pass-inline-after": () => toDot(cut(checkpointTapes().after, all)),
  "pass-decompose-before": () => toDot(softmaxTapes().before),
  "pass-decompose-after": () => toDot(softmaxTapes().after),
  "pass-simplify-before": () => toDot(cut(lstmBodies("simplify", 1).before, ofState, state), TB),
  "pass-simplify-after": () => toDot(cut(lstmBodies("dce", 1).after, ofState, state), TB),
  "pass-cse-before": () => toDot(cut(lstmBodies("cse", 1).before, ofWeights, weights), TB),
  "pass-cse-after": () => toDot(cut(lstmBodies("cse", 1).after, ofWeights, weights), TB),
  "pass-dce-before": () =>
    toDot(cut(tapesOf(lstmPasses(), "dce").before, isOf("square", "sum", "mul"), sums)),
  "pass-dce-after": () => toDot(cut(tapesOf(lstmPasses(), "dce").after, isOf("square", "sum", "mul"), sums)),
  "pass-hoist-before": () => toDot(cut(tapesOf(gatePasses(), "hoist").before, all)),
  "pass-hoist-after": () => toDot(cut(finished(gatePasses()), all), TB),
  "pass-stack-before": () =>
    toDot(
      cut(nameSaved(tapesOf(gateGradientPasses(), "stack").before), isSwept, {
        inputs: ["last h", "zeros", "zeros", "[h; x]", "h′"],
      }),
    ),
  "pass-stack-after": () =>
    toDot(
      cut(nameSaved(finished(gateGradientPasses())), isSwept, {
        inputs: ["last h", "w[0:4]", "h′", "x"],
        outputs: ["dw", "db"],
      }),
    ),
  "pass-finished": () => toDot(cut(bodyOf(finished(lstmPasses()), 0), all, { outputs: ["tanh c′"] })),
};
