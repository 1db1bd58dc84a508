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
import type { BlasProduct } from "../blas.js";
import { MAILBOX, planArena, type Arena } from "../plan/arena.js";
import { checkLimits } from "../limits.js";
import type { Target } from "../target.js";
import { hasNative, NativeProducts } from "./native-product.js";
import { specOf } from "./product-spec.js";
import { defineSingle, singleKey } from "./single/index.js";
import { defineFused } from "./fused.js";
import { planFused, type FusedPlan } from "./fused-plan.js";

/** A program as WebAssembly: `run()` reads its inputs and leaves its outputs in the memory that it imports. */
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
}

const PAGE = 65536;

/**
 * @param target what the engine can do
 * @param guard see `planArena`
 * @param grows whether the memory may be larger than the program needs, and grow
 */
export function emitProgram(program: Program, target: Target, guard = 0, grows = false): Emitted {
  const arena = planArena(program, mostScratch(program.steps), guard);
  checkLimits({ memory: arena.bytes, functions: [] });
  const pages = Math.ceil(arena.bytes / PAGE);
  const module = new ModuleBuilder();
  module.importMemory({ initial: pages, ...(!grows && { maximum: pages }) });
  const natives = hasNative(program.steps) ? new NativeProducts(module) : undefined;
  const writer = new ProgramWriter(module, arena, target, natives);
  writer.run(program.steps);
  checkLimits({ memory: arena.bytes, functions: module.sizes });
  return {
    ...{ bytes: module.encode(), arena, pages, hosts: writer.hosts },
    natives: natives?.kinds ?? [],
    functions: module.functionCount,
  };
}

function mostScratch(steps: readonly Step[]): number {
  return steps.reduce((most, step) => {
    if (step.kind === "repeat") return Math.max(most, mostScratch(step.steps));
    return step.kind === "product" && step.native === undefined
      ? Math.max(most, scratchBytes(specOf(step)))
      : most;
  }, 0);
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
  readonly #natives: NativeProducts | undefined;
  readonly #fused = new Map<string, FunctionRef>();
  readonly #singles = new Map<string, FunctionRef & { readonly result: "i32" }>();
  readonly #running = new Map<Loop, Running>();

  constructor(module: ModuleBuilder, arena: Arena, target: Target, natives: NativeProducts | undefined) {
    this.#natives = natives;
    this.#module = module;
    this.#arena = arena;
    this.#target = target;
    this.#host = module.importFunction("host", { params: ["i32", "i32"] });
  }

  run(steps: readonly Step[]): void {
    const main = this.#module.func("run", [], (f) => {
      this.#steps(f, steps);
    });
    this.#module.export("run", main);
  }

  #steps(f: FunctionBuilder, steps: readonly Step[]): void {
    for (const step of steps) this.#step(f, step);
  }

  #step(f: FunctionBuilder, step: Step): void {
    switch (step.kind) {
      case "fused": {
        const plan = planFused(step);
        f.call(
          this.#kernel(plan),
          plan.pointers.map(({ view }) => this.#address(view)),
        );
        return;
      }
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
    const multiply = this.#multiply(step);
    const operands = [step.a, step.packed ?? step.b, step.c, ...(step.initial ? [step.initial] : [])];
    const batch = step.c.shape.slice(0, -2);
    if (sizeOf(batch) === 0) return;
    if (sizeOf(batch) === 1) {
      multiply(
        f,
        operands.map((view) => this.#address(view)),
      );
      return;
    }
    const at = operands.map((view) => f.keep(this.#address(view)));
    const nest = (axis: number): void => {
      const size = batch[axis];
      if (size === undefined) {
        multiply(f, at);
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

  /** What makes one product of the matrices at [a, b, c, initial?]. */
  #multiply(step: Product): (f: FunctionBuilder, at: readonly Value<"i32">[]) => void {
    const { native } = step;
    if (native !== undefined) return (f, at) => this.#natives?.call(f, native, at);
    const gemm = defineGemm(this.#module, specOf(step, this.#target.relaxed));
    const scratch = i32.const(this.#arena.scratch);
    return (f, at) => {
      f.call(gemm, [...at, scratch]);
    };
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
