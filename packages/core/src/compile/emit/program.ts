import { scratchBytes } from "../../kernels/gemm/index.js";
import { ModuleBuilder } from "../../wasm/index.js";
import type { BlasProduct } from "../blas.js";
import type { Call, Program, Step } from "../ir.js";
import { checkLimits } from "../limits.js";
import { planArena, type Arena } from "../plan/arena.js";
import type { Target } from "../target.js";
import { CONTROL_BYTES } from "../threads/control.js";
import { hasNative, NativeProducts } from "./native-product.js";
import { partsOf } from "./parts.js";
import { specOf } from "./product-spec.js";
import { schedule, splitSteps, type Sharing } from "./schedule.js";
import { Ticks } from "./ticks.js";
import { ProgramWriter } from "./writer.js";

/** A program as WebAssembly: `run(worker, workers)` reads its inputs and leaves its outputs in the memory that it imports. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly arena: Arena;
  /** Pages of memory to provide. */
  readonly pages: number;
  /** What `env.host(index, step)` has to do. */
  readonly hosts: readonly Call[];
  /** What `env.product(kind, a, b, c)` has to do. */
  readonly natives: readonly BlasProduct[];
  /** How many functions the code has. */
  readonly functions: number;
  /** Set if workers on shared memory may run it together: into how many parts steps are cut, and how many steps. */
  readonly threads: { readonly count: number; readonly steps: number } | undefined;
}

const PAGE = 65536;

/** Beside the program and the engine. */
export interface EmitOptions {
  /** See `planArena`. */
  readonly guard?: number;
  /** Whether the memory may be larger than the program needs, and grow. */
  readonly grows?: boolean;
  /** How to share the work out among threads; `run` then runs on one or more of them. */
  readonly sharing?: Sharing | undefined;
  /** Whether the program, for one thread, tells `env.tick` what has run; see {@link Ticks}. */
  readonly ticks?: boolean;
}

/**
 * Writes a program for an engine.
 * @throws Unsupported when it is larger than engines take
 */
export function emitProgram(
  program: Program,
  target: Target,
  { guard = 0, grows = false, sharing, ticks = false }: EmitOptions = {},
): Emitted {
  const threads = sharing?.threads ?? 1;
  const scratch = mostScratch(program.steps, threads);
  const control = sharing === undefined ? 0 : CONTROL_BYTES;
  const arena = planArena(program, threads * scratch, guard, control);
  checkLimits({ memory: arena.bytes, functions: [] });
  const pages = Math.ceil(arena.bytes / PAGE);
  const module = new ModuleBuilder();
  module.importMemory({
    initial: pages,
    ...(!grows && { maximum: pages }),
    shared: sharing !== undefined,
  });
  const natives = hasNative(program.steps) ? new NativeProducts(module) : undefined;
  const writer = new ProgramWriter(module, arena, target, {
    natives,
    ticks: ticks ? new Ticks(module, program) : undefined,
  });
  let shared: Emitted["threads"];
  if (sharing === undefined) writer.run(program.steps);
  else {
    const items = schedule(program.steps, sharing);
    writer.runShared(items, threads, scratch);
    shared = { count: threads, steps: splitSteps(items) };
  }
  checkLimits({ memory: arena.bytes, functions: module.sizes });
  return {
    ...{ bytes: module.encode(), arena, pages, hosts: writer.hosts },
    natives: natives?.kinds ?? [],
    functions: module.functionCount,
    threads: shared,
  };
}

/** The scratch of one thread. */
function mostScratch(steps: readonly Step[], threads: number): number {
  const most = steps.reduce((sofar, step) => {
    if (step.kind === "repeat") return Math.max(sofar, mostScratch(step.steps, threads));
    if (step.kind !== "product" || step.native !== undefined) return sofar;
    const parts = threads > 1 ? partsOf(step, threads) : [];
    const products = [step, ...parts.filter((part) => part.kind === "product")];
    return Math.max(sofar, ...products.map((product) => scratchBytes(specOf(product))));
  }, 0);
  // Threads share no cache line.
  return threads > 1 ? 64 * Math.ceil(most / 64) : most;
}
