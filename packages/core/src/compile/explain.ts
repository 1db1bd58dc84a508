import { formatWhere } from "../tape/where.js";
import { sizeOf } from "../tensor/shape.js";
import type { Tape, TapeNode } from "../tape/tape.js";
import { formatLoops, loopReports, type LoopReport } from "./explain-loops.js";
import {
  elementBytes,
  kernelsOf,
  resolve,
  type Kernel,
  type Program,
  type Single,
  type Step,
  type View,
} from "./ir.js";
import { nodesOf } from "./lower/origins.js";
import type { Arena } from "./plan/arena.js";
import { livesOf, viewsOf } from "./plan/lives.js";

/** What one pass did to the tape. */
export interface PassReport {
  readonly name: string;
  readonly does: string;
  /** Nodes of the tape and of all loop bodies. */
  readonly before: number;
  readonly after: number;
  /** The tape itself before and after, for `String` and `toDot`. */
  readonly tapes: { readonly before: Tape; readonly after: Tape };
}

/** One kernel of a program. */
export interface KernelReport {
  /**
   * `fused`: elementwise operations and sums in one pass over memory; `single`: one operation by itself; `host`: a
   * reference kernel in JavaScript.
   */
  readonly kind: "fused" | "product" | "pack" | "single" | "host";
  /** Whether a library outside of WebAssembly runs it: the one that `code.blas` names. */
  readonly native: boolean;
  readonly what: string;
  /** Scopes in which its operations were recorded. */
  readonly where: string;
  /** How often it runs in one call. */
  readonly runs: number;
  /** Arithmetic operations of one call; a transcendental function counts as one. */
  readonly flops: number;
  /** Bytes read and written in one call. */
  readonly bytes: number;
  /**
   * What it computes: nodes of the tape that the passes left (`passes.at(-1).tapes.after`), or of the bodies of its
   * loops. A node has several kernels if it takes several steps, such as a sum in float64 and its rounding, and none if
   * it computes nothing.
   */
  readonly nodes: readonly TapeNode[];
}

/** A stretch of a program's memory. */
export interface BufferReport {
  readonly name: string;
  /** Where it lies, in bytes from the beginning of memory. */
  readonly address: number;
  readonly bytes: number;
  /**
   * The first and the last of the program's kernels that need it. What several places use, one of them a loop, is
   * needed through all of the loop; an output, up to `kernels.length`, which is the end.
   */
  readonly first: number;
  readonly last: number;
}

/** What became of a function: a program for the machine, or the reference executor. */
export interface Explanation {
  readonly executor: "webassembly" | "reference";
  /** Why it is the reference executor. */
  readonly reason: string | undefined;
  readonly passes: readonly PassReport[];
  readonly kernels: readonly KernelReport[];
  /** What could not leave loops, and why. */
  readonly loops: readonly LoopReport[];
  readonly flops: number;
  readonly bytes: number;
  /**
   * Bytes of machine-independent code, how many functions it has, whether matrix products use relaxed multiply-add,
   * which rounds once where the plain one rounds twice, and the WebAssembly module itself. `blas` is the library that
   * makes matrix products, if one does.
   */
  readonly code: {
    readonly bytes: number;
    readonly functions: number;
    readonly relaxed: boolean;
    readonly blas: string | undefined;
    readonly wasm: Uint8Array;
  };
  /**
   * In bytes: all memory; the inputs' and constants' part; the most that other values need at once. And the buffers of
   * those other values, by address: two that share bytes are never needed at the same time.
   */
  readonly memory: {
    readonly total: number;
    readonly lasting: number;
    readonly live: number;
    readonly buffers: readonly BufferReport[];
  };
  readonly threads: Threads;
  toString(): string;
}

/** On how many threads a program runs. */
export interface Threads {
  /** For how many it is made, and how many of them have started by now, the one that calls included. */
  readonly count: number;
  readonly started: number;
  /** How many of its kernels are cut into parts for them. */
  readonly split: number;
  /** Why it is just one, if more were asked for. */
  readonly reason: string | undefined;
}

export function countNodes({ nodes }: Tape): number {
  return nodes.reduce(
    (count, { attrs }) =>
      count + 1 + ("body" in attrs && isTapeLike(attrs.body) ? countNodes(attrs.body) : 0),
    0,
  );
}

function isTapeLike(value: unknown): value is Tape {
  return typeof value === "object" && value !== null && "nodes" in value && "captures" in value;
}

/** All kernels of a program with what they cost. */
export function kernelReports(program: Program): KernelReport[] {
  return kernelsOf(program).map(({ step, runs }) => ({
    ...describeStep(step),
    kind: step.kind,
    native: step.kind === "product" && step.native !== undefined,
    runs,
    flops: runs * flopsOf(step),
    bytes: runs * bytesOf(step),
    nodes: nodesOf(step),
  }));
}

/** The buffers that share the program's arena, by address. */
function bufferReports(program: Program): BufferReport[] {
  /** Which kernel runs at a position of the program; where a loop ends, the last one in it. */
  const kernelAt: number[] = [];
  let kernels = 0;
  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === "repeat") walk(step.steps);
      else kernels++;
      kernelAt.push(Math.max(kernels - 1, 0));
    }
  };
  walk(program.steps);
  const found = livesOf(program).map(({ buffer, start, end }) => ({
    name: buffer.name,
    address: buffer.address ?? 0,
    bytes: buffer.elements * elementBytes[buffer.dtype],
    first: kernelAt[start] ?? kernels,
    last: kernelAt[end] ?? kernels,
  }));
  return found.sort((a, b) => a.address - b.address || a.first - b.first);
}

function describeStep(step: Kernel): { what: string; where: string } {
  switch (step.kind) {
    case "fused": {
      const ops = [...step.members.map(({ op }) => op), ...step.folds.map(({ kind }) => kind)];
      const places = step.members.flatMap(({ where }) => (where === undefined ? [] : [formatWhere(where)]));
      return { what: `${ops.join(" ")} over [${step.shape.join(", ")}]`, where: unique(places).join(", ") };
    }
    case "product": {
      const batch = step.c.shape.slice(0, -2);
      const lead = batch.length === 0 ? "" : `[${batch.join(", ")}] times `;
      const [a, b] = [step.a, step.b].map(({ shape }) => `[${shape.slice(-2).join(", ")}]`);
      const sum = step.initial === undefined ? "" : " + sum";
      const place = step.where === undefined ? "" : formatWhere(step.where);
      return { what: `${lead}${a ?? ""}·${b ?? ""}${sum}`, where: place };
    }
    case "pack":
      return { what: `${step.b.buffer.name} [${step.b.shape.join(", ")}] packed for a loop`, where: "" };
    case "single":
    case "host":
      return { what: step.op.name, where: formatWhere(step.where) };
  }
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)].filter((item) => item !== "");
}

function flopsOf(step: Kernel): number {
  if (step.kind === "product") return 2 * sizeOf(step.c.shape) * (step.a.shape.at(-1) ?? 0);
  if (step.kind === "single") return sumsOf(step);
  if (step.kind !== "fused") return 0;
  const work = step.members.filter(({ op }) => op !== "identity").length + step.folds.length;
  return work * sizeOf(step.shape);
}

/** Elements that are added up. */
function sumsOf({ op: { name }, inputs }: Single): number {
  if (!["takeGrad", "scatterAdd", "cumsum", "overlapAdd"].includes(name)) return 0;
  return sizeOf((name === "scatterAdd" ? inputs[2] : inputs[0])?.shape ?? []);
}

function bytesOf(step: Kernel): number {
  return viewsOf(step).reduce((sum, view) => sum + touched(view), 0);
}

/** Bytes of the elements that a view shows, each counted once. */
function touched(view: View): number {
  const { shape, strides } = view;
  const distinct = shape.filter((_, axis) => strides[axis] !== 0);
  return sizeOf(distinct) * elementBytes[resolve(view).buffer.dtype];
}

/** The explanation of a program that is WebAssembly. */
export function explainProgram(
  program: Program,
  tape: Tape,
  passes: readonly PassReport[],
  arena: Arena,
  code: Explanation["code"],
  threads: Threads,
): Explanation {
  const kernels = kernelReports(program);
  const sum = (key: "flops" | "bytes"): number => kernels.reduce((total, kernel) => total + kernel[key], 0);
  return withText({
    executor: "webassembly",
    reason: undefined,
    passes,
    kernels,
    loops: loopReports(tape),
    flops: sum("flops"),
    bytes: sum("bytes"),
    code,
    memory: {
      total: arena.bytes,
      lasting: arena.lasting,
      live: arena.live,
      buffers: bufferReports(program),
    },
    threads,
  });
}

/** The explanation of a function that runs on the reference executor. */
export function explainReference(reason: string, passes: readonly PassReport[]): Explanation {
  return withText({
    executor: "reference",
    reason,
    passes,
    kernels: [],
    loops: [],
    flops: 0,
    bytes: 0,
    code: { bytes: 0, functions: 0, relaxed: false, blas: undefined, wasm: new Uint8Array() },
    memory: { total: 0, lasting: 0, live: 0, buffers: [] },
    threads: { count: 1, started: 1, split: 0, reason: undefined },
  });
}

function withText(explanation: Omit<Explanation, "toString">): Explanation {
  return { ...explanation, toString: () => format(explanation) };
}

function format({
  executor,
  reason,
  passes,
  kernels,
  loops,
  flops,
  bytes,
  code,
  memory,
  threads,
}: Omit<Explanation, "toString">): string {
  const changed = passes.filter(({ before, after }) => before !== after);
  const lines = [
    executor === "reference"
      ? `runs on the reference executor: ${reason ?? ""}`
      : `WebAssembly${code.relaxed ? " with relaxed SIMD" : ""}${code.blas === undefined ? "" : `, matrix products by ${code.blas}`}: ${code.functions} functions, ${quantity(code.bytes, "B")}; ${quantity(memory.total, "B")} of memory, ` +
        `of which ${quantity(memory.lasting, "B")} for inputs and constants (other values need ${quantity(memory.live, "B")} at once)`,
    ...changed.map(({ name, does, before, after }) => `  ${name}: ${before} → ${after} nodes (${does})`),
  ];
  if (executor === "reference") return lines.join("\n");
  const rows = kernels.map(
    ({ kind, native, what, where, runs, flops: f }) =>
      `  ${String(runs).padStart(6)} × ${kind.padEnd(7)} ${quantity(f, "FLOP").padStart(11)}  ${what}${native ? ", native" : ""}${where === "" ? "" : `  in ${where}`}`,
  );
  return [
    ...lines,
    ...formatLoops(loops).map((line) => `  ${line}`),
    ...threadLines(threads, kernels.length),
    `one call: ${quantity(flops, "FLOP")}, ${quantity(bytes, "B")} read and written`,
    ...rows,
  ].join("\n");
}

function threadLines({ count, started, split, reason }: Threads, kernels: number): string[] {
  if (reason !== undefined) return [`one thread: ${reason}`];
  if (count === 1) return [];
  return [`${count} threads, ${started} of them started: ${split} of ${kernels} kernels are cut into parts`];
}

function quantity(value: number, unit: string): string {
  const steps = ["", "k", "M", "G", "T"];
  let [amount, step] = [value, 0];
  while (amount >= 1000 && step < steps.length - 1) [amount, step] = [amount / 1000, step + 1];
  return `${step === 0 ? amount : amount.toPrecision(3)} ${steps[step] ?? ""}${unit}`;
}
