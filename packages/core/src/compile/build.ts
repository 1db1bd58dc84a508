import { runBody } from "../control/body.js";
import { TraceError } from "../errors.js";
import { originOf, tensorsWithin, trace } from "../tape/record.js";
import { mapTensors } from "../tensor/tree.js";
import type { Tensor, TensorType } from "../tensor/tensor.js";
import type { Blas } from "./blas.js";
import { hasNative } from "./emit/native-product.js";
import { emitProgram, type Emitted } from "./emit/program.js";
import { GRAIN, sharedWork, type Sharing } from "./emit/schedule.js";
import {
  countNodes,
  explainProgram,
  explainReference,
  type Explanation,
  type PassReport,
} from "./explain.js";
import { instantiate, type Instance, type OutputType } from "./instance.js";
import { Unsupported } from "./limits.js";
import { lower } from "./lower/lower.js";
import { withNativeProducts } from "./lower/native-products.js";
import { optimize } from "./passes/index.js";
import { measured, profileProgram, profileReference, type ProfileOptions } from "./profile/profile.js";
import type { Profile } from "./profile/report.js";
import { thisEngine, type Target } from "./target.js";
import { patienceFor, type Crew } from "./threads/crew.js";
import { threadSupport, type Support } from "./threads/support.js";
import type { Program } from "./ir.js";
import type { Origin, Tape } from "../tape/tape.js";

/** A function made ready for arguments of one kind. */
export interface Built<R> {
  readonly types: readonly TensorType[];
  /** Made when it is asked for first. */
  readonly explain: () => Explanation;
  run(tensors: readonly Tensor[]): R;
  /** Makes a program that is measured, and measures it. */
  profile(tensors: readonly Tensor[], options: ProfileOptions): Profile;
  /** Those who run it together, if it has threads. */
  readonly crew: Crew | undefined;
}

/** How a program is to be made. */
export interface BuildOptions {
  readonly threads?: number;
  /** See {@link Sharing}. */
  readonly grain?: number;
  /** A library for the matrix products that are worth a call to it. */
  readonly blas?: Blas | undefined;
  /** See `gather`. */
  readonly patience?: number | undefined;
}

type Settings = Pick<BuildOptions, "blas" | "patience"> & { readonly sharing: Sharing };

/** Traces a function, optimizes the tape, and makes a program of it. */
export function build<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  args: Args,
  { threads = 1, grain = GRAIN, blas, patience }: BuildOptions = {},
): Built<R> {
  const types: (TensorType & { readonly label: string | undefined })[] = [];
  const origins: Origin[] = [];
  mapTensors(args, (t, path) => {
    const origin = originOf(path);
    const name = t.label ?? origin.path;
    types.push({ shape: t.shape, dtype: t.dtype, label: name === "" ? undefined : name });
    origins.push(origin);
    return t;
  });
  const outcome: { result?: R } = {};
  const traced = trace((tensors) => {
    let next = 0;
    const result = fn(...mapTensors(args, (t) => tensors[next++] ?? t));
    if (result instanceof Promise) {
      // Whatever becomes of it, this error is the one to tell.
      result.catch(() => undefined);
      throw new TraceError("compile: got an async function, expected one that returns its result at once");
    }
    outcome.result = result;
    return tensorsWithin(result);
  }, types);
  origins.forEach((origin, i) => {
    const input = traced.inputs[i];
    if (input !== undefined) traced.origins.set(input, origin);
  });
  const rebuild = (tensors: readonly Tensor[]): R => {
    let next = 0;
    return mapTensors(resultOf(outcome), (t) => tensors[next++] ?? t);
  };
  const passes: PassReport[] = [];
  const tape = optimize(traced, ({ name, does }, before, after) => {
    passes.push({
      name,
      does,
      before: countNodes(before),
      after: countNodes(after),
      tapes: { before, after },
    });
  });
  const captured = [...traced.captures.keys()];
  const settings = { sharing: { threads, grain }, blas, patience };
  const made = executable(tape, types.length, captured, traced.outputs, passes, settings);
  return {
    types,
    explain: once(made.explain),
    run: (tensors) => rebuild(made.call(tensors)),
    profile: (tensors, how) => made.profile(tensors, how),
    get crew() {
      return made.crew;
    },
  };
}

function executable(
  tape: Tape,
  count: number,
  captured: readonly Tensor[],
  outputs: readonly OutputType[],
  passes: readonly PassReport[],
  settings: Settings,
): Pick<Built<unknown>, "explain" | "profile" | "crew"> & {
  readonly call: (tensors: readonly Tensor[]) => Tensor[];
} {
  const { blas } = settings;
  const given = new Map<Tensor, Tensor>();
  captured.forEach((outer, i) => {
    const inner = tape.inputs[count + i];
    if (inner !== undefined) given.set(inner, outer);
  });
  const lowered = (): Program => {
    const program = lower(tape, given);
    return blas === undefined ? program : withNativeProducts(program, blas);
  };
  try {
    const program = lowered();
    const target = thisEngine();
    const { instance, emitted, reason } = instanceOf(program, target, outputs, settings);
    const threads = {
      count: instance.crew?.size ?? 1,
      split: emitted.threads?.steps ?? 0,
      reason,
      get started() {
        return instance.crew?.ready() ?? 1;
      },
    };
    const { bytes: wasm, functions } = emitted;
    const code = {
      ...{ bytes: wasm.length, functions, wasm, relaxed: target.relaxed },
      blas: emitted.natives.length > 0 ? blas?.name : undefined,
    };
    return {
      explain: () => explainProgram(program, tape, passes, emitted.arena, code, threads),
      call: (tensors) => instance.call(tensors),
      profile(tensors, options) {
        // Lowered anew: the plan of its memory is another one.
        const own = lowered();
        return profileProgram(own, tape, measured(own, outputs, blas), tensors, options);
      },
      get crew() {
        return instance.crew;
      },
    };
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    const call = (tensors: readonly Tensor[]): Tensor[] => runBody(tape, [...tensors, ...captured]);
    return {
      explain: () => explainReference(error.message, passes),
      call,
      profile: (tensors, options) => profileReference(error.message, tape, () => call(tensors), options),
      crew: undefined,
    };
  }
}

/** The program in memory, for threads if it is asked for and possible; if not, on one thread, with the reason. */
function instanceOf(
  program: Program,
  target: Target,
  outputs: readonly OutputType[],
  { sharing, blas, patience }: Settings,
): { readonly instance: Instance; readonly emitted: Emitted; readonly reason: string | undefined } {
  const { support, reason } = supportFor(program, sharing);
  const attempt = (by?: Support): { readonly instance: Instance; readonly emitted: Emitted } => {
    const emitted = emitProgram(program, target, { sharing: by && sharing });
    const wait = patience ?? patienceFor(sharedWork(program.steps, sharing));
    const options = { blas, support: by, patience: wait };
    return { emitted, instance: instantiate(program, emitted, outputs, options) };
  };
  if (support === undefined) return { ...attempt(), reason };
  try {
    return { ...attempt(support), reason };
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    return { ...attempt(), reason: error.message };
  }
}

/** What the threads of a program rest on; nothing, and why, if it runs on one. */
function supportFor(program: Program, sharing: Sharing): { support?: Support; reason?: string } {
  if (sharing.threads === 1) return {};
  const support = threadSupport();
  if ("reason" in support) return support;
  if (hasNative(program.steps)) return { reason: "a library on one thread makes its matrix products" };
  // Work of a tenth of a millisecond: waking somebody for less takes as long as it saves.
  return sharedWork(program.steps, sharing) < 32 * sharing.grain
    ? { reason: "there is too little to share out" }
    : { support };
}

function once<T>(make: () => T): () => T {
  const made: { value?: T } = {};
  return () => ("value" in made ? made.value : (made.value = make()));
}

function resultOf<R>(made: { result?: R }): R {
  if (!("result" in made)) throw new TraceError("compile: the function was never called");
  return made.result;
}
