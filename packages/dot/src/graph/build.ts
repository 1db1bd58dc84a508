import { findRepeats } from "../repeat/find.js";
import type { Tape, TapeNode, Tensor } from "@tapeloop/core";
import { Beside } from "../beside/beside.js";
import { pathsOf, type Paths } from "../beside/paths.js";
import { isSwept } from "../beside/plan.js";
import { drawReverse } from "../beside/reverse-loop.js";
import { Canvas } from "./canvas.js";
import { draftNode, type Draft } from "./draft.js";
import { valueOf, type Frame } from "./frame.js";
import { drawLoop } from "./loop.js";
import type { Graph } from "./model.js";
import { drawOperation } from "./operation.js";
import { placer, type Place, type Segment } from "./place.js";
import { programOf } from "./program.js";
import { drawRepeat, numberRepetitions } from "./repeat.js";
import { rolesOf } from "./roles.js";
import { drawSteps } from "./steps.js";
import { alsoNamed, type Reader, type Value } from "./values.js";

/** What the graph of a tape depends on besides the tape. */
export interface BuildOptions {
  /** Arguments of the recorded function that hold parameters; see {@link rolesOf}. */
  readonly params?: number | readonly number[] | undefined;
  /** How many steps of a loop are drawn; `false` draws its body once. */
  readonly unrolled: number | boolean;
  /** Whether reverse sweeps stand beside what they differentiate, instead of in clusters of their own. */
  readonly isBeside: boolean;
}

/** The graph of a tape and of the loops on it. */
export function buildGraph(tape: Tape, options: BuildOptions): Graph {
  return buildAll(tape, options).graph;
}

/** A graph, and the formulas in it as data. */
export interface Built {
  readonly graph: Graph;
  readonly beside: Beside | undefined;
  readonly paths: Paths | undefined;
}

export function buildAll(tape: Tape, options: BuildOptions): Built {
  const canvas = new Canvas();
  const { root } = canvas;
  const values = new Map<Tensor, Value>();
  const outside = { scope: "", sweep: "" };
  const frame: Frame = { canvas, tape, prefix: "", body: "", cluster: root, outside, values };
  let index = 0;
  for (const [t, { kind, name }] of rolesOf(tape, options.params)) {
    values.set(t, canvas.shared(root, draftNode({ id: `i${index++}`, kind, name, types: [t] })));
  }
  const beside = options.isBeside ? new Beside(canvas) : undefined;
  drawTape(frame, options, beside);
  tape.outputs.forEach((t, i) => {
    const made = valueOf(frame, t);
    const { expression } = made;
    // What is only written where it is read has a node of its own if it is a result.
    const value =
      beside === undefined || expression === undefined || expression.kind === "number"
        ? made
        : beside.drawResult(frame, expression, t, `e${i}`);
    const name = t.label ?? (value.name || (tape.outputs.length === 1 ? "output" : `output ${i}`));
    const place = { sweep: "", loop: "", step: undefined };
    if (options.isBeside && markOutput(canvas, value, name, { cluster: root, place, position: 0, body: "" }))
      return;
    const output = canvas.add(root, draftNode({ id: `o${i}`, kind: "output", name, types: [t] }));
    // Nothing follows an output, so it stands beside whatever it is an output of: no edge to it is long.
    const reader: Reader = { cluster: root, place, position: 0, body: "" };
    const { type: _, ...edge } = canvas.edgeFrom(value, output, reader);
    canvas.edges.push({ ...edge, kind: "data" });
  });
  const paths = beside && pathsOf(beside, canvas.edges);
  return { graph: canvas.finish(paths), beside, paths };
}

/** Marks the node that a gradient comes from as an output; not if it is an output already, or computes no gradient. */
function markOutput(canvas: Canvas, value: Value, name: string, reader: Reader): boolean {
  const feed = value.read(reader);
  const node = "number" in feed ? undefined : canvas.node(feed.from);
  if (node?.kind !== "operation" || !node.derivative || node.isOutput === true) return false;
  node.isOutput = true;
  node.name = alsoNamed(node, name);
  return true;
}

/** Draws the operations of a tape whose inputs have values. */
function drawTape(frame: Frame, options: BuildOptions, beside: Beside | undefined): void {
  const { unrolled } = options;
  const draw = (inner: Frame): void => drawTape(inner, options, beside);
  beside?.see(frame.tape, frame.results);
  const clusterOf = opener(frame);
  const place = placer(frame.outside);
  const places = new Map(frame.tape.nodes.map((node) => [node, place(node)]));
  const placeOf = (node: TapeNode): Place => places.get(node) ?? place(node);
  const found =
    unrolled === true || beside !== undefined
      ? undefined
      : findRepeats(frame.tape, kindsOn(frame.tape, options));
  const repeats = unrolled === false ? found : undefined;
  if (found !== undefined && unrolled !== false) numberRepetitions(places, found);
  for (const node of frame.tape.nodes) {
    const repeat = repeats?.beginning.get(node);
    if (repeat !== undefined) drawRepeat(frame, repeat, { placeOf, clusterOf });
    if (repeats?.covered.has(node) === true) continue;
    const [first] = node.inputs;
    if (node.op.name === "identity" && first !== undefined) {
      // How a nested derivative gets arguments of its own: no computation, so not drawn.
      for (const t of node.outputs) frame.values.set(t, valueOf(frame, first));
      continue;
    }
    const at = placeOf(node);
    const programNode = programOf(node);
    if (beside !== undefined && isSwept(node)) {
      const loop = programNode && beside.reversed(node, programNode);
      if (programNode === undefined) beside.draw(frame, node, at, frame.carry ?? 0);
      else if (loop !== undefined) {
        drawReverse(
          beside,
          frame,
          { node, program: programNode, place: at, parent: frame.cluster },
          loop,
          draw,
        );
      }
      if (programNode === undefined || loop !== undefined) continue;
    }
    const parent = clusterOf(at.path);
    const program = programOf(node);
    if (program === undefined) {
      const drawn = drawOperation(frame, node, at, parent);
      beside?.note(frame, node, drawn, parent);
    } else if (beside === undefined && unrolled !== false && program.isLoop && program.length > 0) {
      drawSteps(frame, { node, program, place: at, parent }, unrolled, draw);
    } else {
      if (program.isLoop) beside?.nameStates(program);
      const loop = drawLoop(frame, { node, program, place: at, parent }, draw);
      beside?.noteLoop(node.outputs, loop);
    }
  }
}

/** What a value is, for those that may stand for each other: inputs of one role, constants, results of one operation. */
function kindsOn(tape: Tape, { params }: BuildOptions): (t: Tensor) => string {
  const roles = rolesOf(tape, params);
  return (t) => roles.get(t)?.kind ?? tape.producer(t)?.node.op.name ?? "constant";
}

/** Finds the cluster of a path, and opens it unless the path before led there. */
function opener({ canvas, cluster }: Frame): (path: readonly Segment[]) => Draft {
  let open: { readonly segment: Segment; readonly cluster: Draft }[] = [];
  return (path) => {
    const same = path.findIndex((segment, depth) => !sameSegment(segment, open[depth]?.segment));
    open = open.slice(0, same < 0 ? path.length : same);
    for (const segment of path.slice(open.length)) {
      const parent = open.at(-1)?.cluster ?? cluster;
      open.push({ segment, cluster: segment.cluster ?? canvas.cluster(segment, parent) });
    }
    return open.at(-1)?.cluster ?? cluster;
  };
}

function sameSegment(a: Segment, b: Segment | undefined): boolean {
  return a.kind === b?.kind && a.title === b.title && a.cluster === b.cluster;
}
