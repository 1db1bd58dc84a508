import { defineGemm, definePack } from "../../kernels/gemm/index.js";
import {
  call,
  i32,
  type FunctionBuilder,
  type FunctionRef,
  type Local,
  type ModuleBuilder,
  type Value,
} from "../../wasm/index.js";
import { sizeOf } from "../../tensor/shape.js";
import {
  elementBytes,
  resolve,
  type Call,
  type Loop,
  type Product,
  type Single,
  type Step,
  type View,
} from "../ir.js";
import { MAILBOX, type Arena } from "../plan/arena.js";
import type { Target } from "../target.js";
import { defineBarrier } from "./barrier.js";
import { FusedKernels } from "./fused-kernels.js";
import { planFused, type FusedPlan } from "./fused-plan.js";
import type { NativeProducts } from "./native-product.js";
import { specOf } from "./product-spec.js";
import type { Item } from "./schedule.js";
import type { Ticks } from "./ticks.js";
import { defineSingle, singleKey } from "./single/index.js";

/** The time of a running loop, and how many runs it has made. */
interface Running {
  readonly time: Local<"i32">;
  readonly run: Local<"i32">;
}

/** Functions of more steps than this would try engines' limits, and patience. */
const MOST_STEPS = 500;

/** What a program calls beside the host's kernels. */
interface Imports {
  readonly natives: NativeProducts | undefined;
  readonly ticks: Ticks | undefined;
}

/** Writes the steps of a program as code. */
export class ProgramWriter {
  readonly hosts: Call[] = [];
  readonly #module: ModuleBuilder;
  readonly #arena: Arena;
  readonly #target: Target;
  readonly #host: FunctionRef;
  readonly #natives: NativeProducts | undefined;
  readonly #ticks: Ticks | undefined;
  readonly #fused: FusedKernels;
  readonly #singles = new Map<string, FunctionRef & { readonly result: "i32" }>();
  readonly #running = new Map<Loop, Running>();
  /** Where the running thread has its scratch. */
  #scratch: Value<"i32">;

  constructor(module: ModuleBuilder, arena: Arena, target: Target, { natives, ticks }: Imports) {
    this.#natives = natives;
    this.#ticks = ticks;
    this.#module = module;
    this.#fused = new FusedKernels(module);
    this.#arena = arena;
    this.#target = target;
    this.#scratch = i32.const(arena.scratch);
    this.#host = module.importFunction("host", { params: ["i32", "i32"] });
  }

  run(steps: readonly Step[]): void {
    const parts = Math.ceil(steps.length / MOST_STEPS);
    const functions = Array.from({ length: parts }, (_, part) => {
      const title = parts === 1 ? "run" : `run ${part + 1} of ${parts}`;
      return this.#module.func(title, [], (f) => {
        if (part === 0) this.#ticks?.begin(f);
        this.#steps(f, steps.slice(part * MOST_STEPS, (part + 1) * MOST_STEPS));
      });
    });
    const [only] = functions;
    const main =
      only !== undefined && parts === 1
        ? only
        : this.#module.func("run", [], (f) => {
            for (const each of functions) f.call(each, []);
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
    for (const step of steps) {
      this.#step(f, step);
      this.#ticks?.after(f, step);
    }
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
      this.#fused.of(plan),
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
    const scratch = this.#scratch;
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
