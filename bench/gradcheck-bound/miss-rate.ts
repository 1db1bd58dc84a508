import {
  add,
  apply,
  defineOp,
  grad,
  matmul,
  mul,
  sum,
  tanh,
  tensor,
  transpose,
  type Tensor,
} from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { seeded } from "../../test/verify/seeded.js";

/** How many of the planted errors of one size were missed. */
export interface Misses {
  readonly what: string;
  /** The error, relative to the largest entry. */
  readonly size: number;
  readonly runs: number;
  readonly missed: number;
  /** Caught, and the wrong entry is the one that the report names. */
  readonly named: number;
  readonly seconds: number;
}

const errors = [1, 1e-2, 1e-4, 1e-6, 1e-7];

/** Plants `runs` errors of each size, at random places. */
export function measureMisses(runs: number): Misses[] {
  return [jacobian, parameters].flatMap((plant) =>
    errors.map((size) => {
      const start = performance.now();
      const found = Array.from({ length: runs }, (_, seed) => plant(size, seed));
      return {
        what: plant.name,
        size,
        runs,
        missed: found.filter(({ isCaught }) => !isCaught).length,
        named: found.filter(({ isNamed }) => isNamed).length,
        seconds: (performance.now() - start) / 1000 / runs,
      };
    }),
  );
}

interface Found {
  readonly isCaught: boolean;
  readonly isNamed: boolean;
}

/** y = W x, whose Jacobian W has one wrong entry in the reverse sweep. */
function jacobian(size: number, seed: number): Found {
  const n = 100;
  const draw = seeded(seed);
  const w = draw([n, n], 1 / Math.sqrt(n));
  const x = draw([n, 1], 1);
  const [row, column] = places(seed, n, n);
  const largest = Math.max(...w.data.map(Math.abs));
  const wrong = new Float64Array(n * n);
  wrong[row * n + column] = size * largest;
  const op = defineOp<readonly [Tensor]>({
    name: "product",
    shape: ([t]) => t,
    forward: ([t]) => matmul(w, t),
    vjp: (dy) => [() => matmul(transpose(add(w, tensor(wrong, { shape: [n, n] }))), dy)],
  });
  const report = gradcheck((t: Tensor) => apply(op, [t], {}), [x], { mode: "reverse", seed });
  return { isCaught: report.verdict === "fail", isNamed: report.worst?.index[0] === column };
}

/** A function of 10,000 parameters, one entry of whose gradient is wrong. */
function parameters(size: number, seed: number): Found {
  const [rows, columns] = [100, 100];
  const draw = seeded(seed);
  const w = draw([rows, columns], 0.3);
  const x = draw([1, rows], 1);
  const v = draw([1, columns], 1);
  const [row, column] = places(seed, rows, columns);
  const loss = (t: Tensor): Tensor => sum(mul(v, tanh(matmul(x, t))));
  // The error is `size` times the largest entry of the gradient, wherever that lies.
  const gradient = Array.from(grad(loss)(w).data, Math.abs);
  const at = (position: number, value: number): Tensor => {
    const values = new Float64Array(rows * columns);
    values[position] = value;
    return tensor(values, { shape: [rows, columns] });
  };
  const source = at(gradient.indexOf(Math.max(...gradient)), 1);
  const target = at(row * columns + column, size);
  const op = defineOp<readonly [Tensor]>({
    name: "planted",
    shape: ([t]) => t,
    forward: ([t]) => t.toTypedArray(),
    vjp: (dy) => [() => add(dy, mul(sum(mul(dy, source)), target))],
  });
  const report = gradcheck((t: Tensor) => loss(apply(op, [t], {})), [w], { mode: "reverse", seed });
  const [i, j] = report.worst?.index ?? [];
  return { isCaught: report.verdict === "fail", isNamed: i === row && j === column };
}

function places(seed: number, rows: number, columns: number): [row: number, column: number] {
  return [(31 * seed + 17) % rows, (57 * seed + 5) % columns];
}

/** The figures as text. */
export function table(all: readonly Misses[]): string {
  const names = {
    jacobian: "one entry of a 100 × 100 Jacobian",
    parameters: "one of 10,000 parameters",
  };
  return [
    "wrong                               error / largest   runs  missed  named  seconds each",
    ...all.map(({ what, size, runs, missed, named, seconds }) =>
      [
        (what === "jacobian" ? names.jacobian : names.parameters).padEnd(35),
        size.toExponential(0).padStart(15),
        String(runs).padStart(6),
        `${((100 * missed) / runs).toFixed(1)} %`.padStart(7),
        `${((100 * named) / runs).toFixed(0)} %`.padStart(6),
        seconds.toFixed(2).padStart(13),
      ].join(" "),
    ),
  ].join("\n");
}
