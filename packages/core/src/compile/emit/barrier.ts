import {
  atomic,
  i32,
  unreachable,
  type FunctionRef,
  type ModuleBuilder,
  type Value,
} from "../../wasm/index.js";
import { CONTROL } from "../threads/control.js";

/**
 * Defines the function (worker, workers) that returns once all workers have called it: the last one to come begins a
 * new generation, for which the others look out for a while and then sleep. Traps when a worker has failed. Worker 0
 * waits in `env.wait(generation)`, which looks after the others.
 */
export function defineBarrier(module: ModuleBuilder, control: number): FunctionRef {
  const at = (offset: number): { base: Value<"i32">; offset: number } => ({
    base: i32.const(control),
    offset,
  });
  const wait = module.importFunction("wait", { params: ["i32"] });
  return module.func("barrier", ["i32", "i32"], (f) => {
    const [worker, workers] = [f.param(0, "i32"), f.param(1, "i32")];
    const one = i32.const(1);
    f.if(i32.eq(workers, one), () => {
      f.return();
    });
    const generation = f.keep(atomic.load(at(CONTROL.generation)));
    const isSame = (): Value<"i32"> => i32.eq(atomic.load(at(CONTROL.generation)), generation);
    const stopIfFailed = (): void => {
      f.if(atomic.load(at(CONTROL.failed)), () => {
        f.run(unreachable);
      });
    };
    // Before and after: who fails says so first, and begins a new generation then.
    stopIfFailed();
    const before = f.keep(atomic.add(at(CONTROL.arrived), one));
    f.if(
      i32.eq(i32.add(before, one), workers),
      () => {
        f.run(atomic.store(at(CONTROL.arrived), i32.const(0)));
        f.run(atomic.store(at(CONTROL.generation), i32.add(generation, one)));
        f.if(atomic.load(at(CONTROL.sleepers)), () => {
          f.keep(atomic.notify(at(CONTROL.generation)));
        });
      },
      () => {
        const left = f.local("i32", i32.load(at(CONTROL.spins)));
        f.doWhile(
          () => {
            f.set(left, i32.sub(left, one));
          },
          () => i32.and(isSame(), i32.ne(left, i32.const(0))),
        );
        f.if(isSame(), () => {
          f.if(
            worker,
            () => {
              f.keep(atomic.add(at(CONTROL.sleepers), one));
              f.doWhile(() => {
                f.keep(atomic.wait(at(CONTROL.generation), generation));
              }, isSame);
              f.keep(atomic.add(at(CONTROL.sleepers), i32.const(-1)));
            },
            () => {
              f.call(wait, [generation]);
            },
          );
        });
      },
    );
    stopIfFailed();
  });
}
