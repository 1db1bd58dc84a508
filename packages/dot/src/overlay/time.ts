import { ArgumentError, isTape, shown, type TapeNode, type TensorType } from "@tapeloop/core";
import { programOf } from "../graph/program.js";
import { duration, percent } from "./number-text.js";
import type { Overlay } from "./overlay.js";

/** What is needed of a profile: `compiled.profile(args)` is one. */
export interface TimedProgram {
  /** All of a call. */
  readonly milliseconds: number;
  /** The part of it that is no kernel's. */
  readonly around: number;
  /** Set if the program has no kernels, because it runs on the reference executor: why. */
  readonly reason?: string | undefined;
  readonly kernels: readonly TimedKernel[];
}

/** A kernel, and how long it takes. */
export interface TimedKernel {
  /** All its runs in a call together. */
  readonly milliseconds: number;
  /** How many those are. */
  readonly runs: number;
  /** What it computes. */
  readonly nodes: readonly TapeNode[];
}

/** All kernels of one node. */
interface Share {
  readonly kernels: number[];
  milliseconds: number;
  /** How often the node runs. */
  runs: number;
}

/**
 * Where the time of a compiled program goes, on the tape that it is made of:
 *
 *     const profile = compiled.profile(args);
 *     toDot(profile.tape, { overlay: timeOverlay(profile) });
 *
 * Each operation shows the number of its kernel, that kernel's time in one call (all steps of a loop together; where
 * steps are drawn one by one, one step's), and its part of the whole. Operations with the same number are one kernel: the
 * time is that of all of them, for nobody can tell them apart. An operation that takes several kernels shows the sum.
 * What has no mark takes no time, such as a view. The darker, the larger the part.
 *
 * @throws ArgumentError unless it is given a profile
 */
export function timeOverlay(profile: TimedProgram): Overlay {
  if (!isProfile(profile)) {
    throw new ArgumentError(`timeOverlay: got ${shown(profile)}, expected compiled.profile(args)`);
  }
  const { milliseconds: all, kernels } = profile;
  const shares = new Map<TensorType, Share>();
  let largest = 0;
  for (const [k, { nodes, milliseconds, runs }] of kernels.entries()) {
    for (const node of nodes.filter(isOperation)) {
      const [t] = node.outputs;
      if (t === undefined) continue;
      const share = shares.get(t) ?? { kernels: [], milliseconds: 0, runs: 1 };
      share.kernels.push(k);
      share.milliseconds += milliseconds;
      share.runs = Math.max(share.runs, runs);
      shares.set(t, share);
      largest = Math.max(largest, share.milliseconds);
    }
  }
  return {
    isOfOperations: true,
    legend: legendOf(profile),
    markOf(value, step) {
      const share = shares.get(value);
      if (share === undefined) return undefined;
      const time = share.milliseconds / (step === undefined ? 1 : share.runs);
      return {
        text: `${share.kernels.map((k) => `k${k}`).join(", ")}: ${duration(time)} · ${percent(time, all)}`,
        strength: largest > 0 ? share.milliseconds / largest : 0,
        tone: "amount",
      };
    },
  };
}

function legendOf({ milliseconds, around, reason, kernels }: TimedProgram): string[] {
  if (reason !== undefined)
    return [`${duration(milliseconds)} a call on the reference executor, which has no kernels: ${reason}`];
  const between = kernels
    .filter(({ nodes }) => !nodes.some(isOperation))
    .reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  return [
    `${duration(milliseconds)} a call: ${percent(around, milliseconds)} for arguments and results` +
      (between > 0 ? `, ${percent(between, milliseconds)} for what loops start with` : ""),
    "operations with the same number are one kernel, which takes that time; darker: a larger part of a call",
  ];
}

/** Loops are drawn as what is in them. */
function isOperation(node: TapeNode): boolean {
  return programOf(node) === undefined;
}

function isProfile(value: unknown): boolean {
  return (
    has(value, "milliseconds", isNumber) &&
    has(value, "around", isNumber) &&
    has(value, "kernels", (list) => Array.isArray(list) && list.every(isKernel))
  );
}

function isKernel(value: unknown): boolean {
  return (
    has(value, "milliseconds", isNumber) &&
    has(value, "runs", isNumber) &&
    has(value, "nodes", (list) => Array.isArray(list) && list.every(isNode))
  );
}

function isNode(value: unknown): boolean {
  return has(value, "outputs", Array.isArray) && has(value, "attrs", isObject);
}

function has(value: unknown, name: string, is: (property: unknown) => boolean): boolean {
  return isObject(value) && !isTape(value) && is(Reflect.get(value, name));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}
