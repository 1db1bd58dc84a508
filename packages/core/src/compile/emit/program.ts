import { defineGemm, definePack, scratchBytes } from "../../kernels/gemm/index.js";
import {
  call,
  i32,
  ModuleBuilder,
  type FunctionBuilder,
  type FunctionRef,
  type Local,
  type Value,
} from "../../wasm/index.js";
import { sizeOf } from "../../tensor/shape.js";
import {
  elementBytes,
  resolve,
  type Call,
  type Loop,
  type Product,
  type Program,
  type Single,
  type Step,
  type View,
} from "../ir.js";
import { CONTROL_BYTES } from "../threads/control.js";
import { MAILBOX, planArena, type Arena } from "../plan/arena.js";
import { LIMITS, Unsupported } from "../limits.js";
import type { Target } from "../target.js";
import { defineBarrier } from "./barrier.js";
import { partsOf } from "./parts.js";
import { specOf } from "./product-spec.js";
import { schedule, splitSteps, type Item, type Sharing } from "./schedule.js";
import { defineSingle, singleKey } from "./single/index.js";
import { defineFused } from "./fused.js";
import { planFused, type FusedPlan } from "./fused-plan.js";

/** A program as WebAssembly: `run(worker, workers)` reads its inputs and leaves its outputs in the memory that it imports. */
export interface Emitted {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly arena: Arena;
  /** Pages of memory to provide. */
  readonly pages: number;
  /** What `env.host(index, step)` has to do. */
  readonly hosts: readonly Call[];
  /** How many functions the code has. */
  readonly functions: number;
  /** Set if workers on shared memory may run it together: into how many parts steps are cut, and how many steps. */
  readonly threads: { readonly count: number; readonly steps: number } | undefined;
}

const PAGE = 65536;

/**
 * @param target what the engine can do
 * @param guard see `planArena`
 * @param sharing how to share the work out among threads; `run` then runs on one or more of them
 */
export function emitProgram(program: Program, target: Target, guard = 0, sharing?: Sharing): Emitted {
  const threads = sharing?.threads ?? 1;
  const scratch = mostScratch(program.steps, threads);
  const control = sharing === undefined ? 0 : CONTROL_BYTES;
  const arena = planArena(program, threads * scratch, guard, control);
  if (arena.bytes > LIMITS.memory) {
    throw new Unsupported(
      `it needs ${arena.bytes} bytes of memory, more than the 4 GiB that WebAssembly addresses`,
    );
  }
  const pages = Math.ceil(arena.bytes / PAGE);
  const module = new ModuleBuilder();
  module.importMemory({ initial: pages, maximum: pages, shared: sharing !== undefined });
  const writer = new ProgramWriter(module, arena, target);
  let shared: Emitted["threads"];
  if (sharing === undefined) writer.run(program.steps);
  else {
    const items = schedule(program.steps, sharing);
    writer.runShared(items, threads, scratch);
    shared = { count: threads, steps: splitSteps(items) };
  }
  return {
    bytes: module.encode(),
    arena,
    pages,
    hosts: writer.hosts,
    functions: module.functionCount,
    threads: shared,
  };
}

/** The scratch of one thread. */
function mostScratch(steps: readonly Step[], threads: number): number {
  const most = steps.reduce((sofar, step) => {
    if (step.kind === "repeat") return Math.max(sofar, mostScratch(step.steps, threads));
    if (step.kind !== "product") return sofar;
    const parts = threads > 1 ? partsOf(step, threads) : [];
    const products = [step, ...parts.filter((part) => part.kind === "product")];
    return Math.max(sofar, ...products.map((product) => scratchBytes(specOf(product))));
  }, 0);
  // Threads share no cache line.
  return threads > 1 ? 64 * Math.ceil(most / 64) : most;
}

/** The time of a running loop, and how many runs it has made. */
interface Running {
  readonly time: Local<"i32">;
  readonly run: Local<"i32">;
}

class ProgramWriter {
  readonly hosts: Call[] = [];
  readonly #module: ModuleBuilder;
  readonly #arena: Arena;
  readonly #target: Target;
  readonly #host: FunctionRef;
  readonly #fused = new Map<string, FunctionRef>();
  readonly #singles = new Map<string, FunctionRef & { readonly result: "i32" }>();
  readonly #running = new Map<Loop, Running>();
  /** Where the running thread has its scratch. */
  #scratch: Value<"i32">;

  constructor(module: ModuleBuilder, arena: Arena, target: Target) {
    this.#module = module;
    this.#arena = arena;
    this.#target = target;
    this.#scratch = i32.const(arena.scratch);
    this.#host = module.importFunction("host", { params: ["i32", "i32"] });
  }

  run(steps: readonly Step[]): void {
    const main = this.#module.func("run", [], (f) => {
      this.#steps(f, steps);
    });
    this.#module.export("run", main);
  }

  /** As `run`, but for a worker that is one of several. */
  runShared(items: readonly Item[], threads: number, scratchBytes: number): void {
    const barrier = defineBarrier(this.#module, this.#arena.control);
    const main = this.#module.func("run", ["i32", "i32"], (f) => {
      const [worker, workers] = [f.param(0, "i32"), f.param(1, "i32")];
      const scratch = i32.add(i32.const(this.#arena.scratch), i32.mul(worker, i32.const(scratchBytes)));
      this.#scratch = f.keep(scratch);
      const begin = (w: Value<"i32">): Value<"i32"> => i32.div_u(i32.mul(w, i32.const(threads)), workers);
      const first = f.keep(begin(worker));
      const count = f.keep(i32.sub(begin(i32.add(worker, i32.const(1))), first));
      const write = (item: Item): void => {
        switch (item.kind) {
          case "barrier":
            f.call(barrier, [worker, workers]);
            return;
          case "alone":
            f.if(i32.eqz(worker), () => {
              this.#step(f, item.step);
            });
            return;
          case "parts":
            item.parts.forEach((part, i) => {
              f.if(i32.lt_u(i32.sub(i32.const(i), first), count), () => {
                if (part.kind === "loops") this.#fusedLoops(f, part.plan);
                else this.#step(f, part);
              });
            });
            return;
          case "repeat":
            this.#loop(f, item.loop, () => {
              item.items.forEach(write);
            });
        }
      };
      items.forEach(write);
    });
    this.#module.export("run", main);
  }

  #steps(f: FunctionBuilder, steps: readonly Step[]): void {
    for (const step of steps) this.#step(f, step);
  }

  #step(f: FunctionBuilder, step: Step): void {
    switch (step.kind) {
      case "fused":
        this.#fusedLoops(f, planFused(step));
        return;
      case "product":
        this.#product(f, step);
        return;
      case "pack":
        f.call(definePack(this.#module, specOf(step.product, this.#target.relaxed)), [
          this.#address(step.b),
          this.#address(step.to),
        ]);
        return;
      case "host":
        this.#call(f, step);
        return;
      case "single":
        this.#single(f, step);
        return;
      case "repeat":
        this.#loop(f, step.loop, () => {
          this.#steps(f, step.steps);
        });
    }
  }

  #fusedLoops(f: FunctionBuilder, plan: FusedPlan): void {
    f.call(
      this.#kernel(plan),
      plan.pointers.map(({ view }) => this.#address(view)),
    );
  }

  #loop(f: FunctionBuilder, loop: Loop, body: () => void): void {
    const { length, reverse } = loop;
    if (length === 0) return;
    const run = f.local("i32", i32.const(0));
    const time = reverse ? f.local("i32", i32.const(length - 1)) : run;
    this.#running.set(loop, { run, time });
    f.doWhile(
      () => {
        body();
        f.set(run, i32.add(run, i32.const(1)));
        if (reverse) f.set(time, i32.sub(time, i32.const(1)));
      },
      () => i32.lt_s(run, i32.const(length)),
    );
    this.#running.delete(loop);
  }

  /** Equal kernels are one function. */
  #kernel(plan: FusedPlan): FunctionRef {
    const key = keyOf(plan);
    let found = this.#fused.get(key);
    if (found === undefined) {
      const title = titleOf(plan);
      found = defineFused(this.#module, plan, title);
      this.#fused.set(key, found);
    }
    return found;
  }

  /** One product, or one for each index of the leading axes. */
  #product(f: FunctionBuilder, step: Product): void {
    const spec = specOf(step, this.#target.relaxed);
    const gemm = defineGemm(this.#module, spec);
    const operands = [step.a, step.packed ?? step.b, step.c, ...(step.initial ? [step.initial] : [])];
    const batch = step.c.shape.slice(0, -2);
    const scratch = this.#scratch;
    if (sizeOf(batch) === 1) {
      f.call(gemm, [...operands.map((view) => this.#address(view)), scratch]);
      return;
    }
    if (sizeOf(batch) === 0) return;
    const at = operands.map((view) => f.keep(this.#address(view)));
    const nest = (axis: number): void => {
      const size = batch[axis];
      if (size === undefined) {
        f.call(gemm, [...at, scratch]);
        return;
      }
      const left = f.keep(i32.const(size));
      f.doWhile(
        () => {
          nest(axis + 1);
          operands.forEach((view, i) => {
            const pointer = at[i];
            const bytes = elementBytes[view.buffer.dtype];
            // The inner axes leave a pointer behind their own end.
            const next = batch[axis + 1] ?? 0;
            const by =
              ((view.strides[axis] ?? 0) -
                next * (axis + 1 < batch.length ? (view.strides[axis + 1] ?? 0) : 0)) *
              bytes;
            if (pointer !== undefined && by !== 0) f.set(pointer, i32.add(pointer, i32.const(by)));
          });
          f.set(left, i32.sub(left, i32.const(1)));
        },
        () => left,
      );
    };
    nest(0);
  }

  #single(f: FunctionBuilder, step: Single): void {
    const key = singleKey(step);
    const code = this.#singles.get(key) ?? defineSingle(this.#module, step);
    this.#singles.set(key, code);
    const addresses = [...step.inputs, ...step.outputs].map((view) => this.#address(view));
    f.if(call(code, addresses), () => {
      this.#call(f, step);
    });
  }

  /** Leaves the addresses of its operands and results at the beginning of memory, and calls the host. */
  #call(f: FunctionBuilder, step: Call): void {
    const views = [...step.inputs.filter((input) => "buffer" in input), ...step.outputs];
    if (views.length * 4 > MAILBOX)
      throw new RangeError(`compile: ${step.op.name} has more than 256 operands`);
    views.forEach((view, i) => {
      f.run(i32.store({ base: i32.const(0), offset: 4 * i }, this.#address(view)));
    });
    const [innermost] = [...this.#running.values()].slice(-1);
    f.call(this.#host, [i32.const(this.hosts.push(step) - 1), innermost?.time ?? i32.const(-1)]);
  }

  /** Where a view begins, now. */
  #address(view: View): Value<"i32"> {
    const { buffer, offset, moves } = resolve(view);
    const bytes = elementBytes[buffer.dtype];
    if (buffer.address === undefined) throw new RangeError(`compile: ${buffer.name} has no address`);
    let address: Value<"i32"> = i32.const(buffer.address + offset * bytes);
    for (const { loop, stride, phase } of moves) {
      const running = this.#running.get(loop);
      if (running === undefined) throw new RangeError(`compile: ${buffer.name} is used outside of its loop`);
      const count =
        phase === undefined ? running.time : i32.and(i32.add(running.run, i32.const(phase)), i32.const(1));
      address = i32.add(address, i32.mul(count, i32.const(stride * bytes)));
    }
    return address;
  }
}

/** What makes two kernels the same code: everything but where their memory is. */
function keyOf({ sizes, lanes, isEmpty, pointers, members, stores, folds }: FusedPlan): string {
  return JSON.stringify([
    [sizes, lanes, isEmpty, stores],
    pointers.map(({ dtype, strides }) => [dtype, strides]),
    members.map((m) => m && [m.op, m.attrs, m.dtype, m.dtypes, m.operands.map(operandKey)]),
    folds.map((fold) => ({ ...fold, operand: operandKey(fold.operand) })),
  ]);
}

/** JSON has neither NaN nor −0. */
function operandKey(operand: FusedPlan["folds"][number]["operand"]): unknown {
  if (operand.kind !== "literal") return operand;
  const { value, dtype } = operand.literal;
  return [Object.is(value, -0) ? "-0" : String(value), dtype];
}

function titleOf({ members, folds }: FusedPlan): string {
  const ops = members.flatMap((member) => (member === undefined ? [] : [member.op]));
  return [...ops, ...folds.map(({ kind }) => kind)].slice(0, 6).join(" ");
}
