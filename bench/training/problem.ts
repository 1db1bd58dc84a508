import { readFileSync, writeFileSync } from "node:fs";
import {
  add,
  cast,
  floor,
  foldIn,
  mul,
  normal,
  oneHot,
  randomKey,
  slice,
  uniform,
  type Tensor,
} from "@tapeloop/core";
import { parametersOf, type Workload } from "./workloads.js";

export interface FlatArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A workload with the numbers that every contender starts from. */
export interface Problem {
  readonly workload: Workload;
  readonly params: Readonly<Record<string, FlatArray>>;
  /** [time, batch, input] */
  readonly xs: FlatArray;
  /** [batch, 1] numbers, or [time, batch, output] one-hot characters */
  readonly y: FlatArray;
}

/** What is written to JSON: where each array begins in the binary file beside it, in float32 numbers. */
interface Manifest {
  readonly workload: Workload;
  readonly arrays: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly start: number;
  }[];
}

/** Parameters uniform on ±1/√hidden; inputs and targets normal, or random characters that predict the next one. */
export function createProblem(workload: Workload): Problem {
  const { task, batch, time, input, hidden, output } = workload;
  const key = (i: number): Tensor => foldIn(randomKey(2024), i);
  const bound = 1 / Math.sqrt(hidden);
  const params = Object.entries(parametersOf(workload)).map(([name, shape], i) => {
    const centred = add(-0.5, uniform(key(10 + i), shape));
    return [name, flat(mul(2 * bound, centred))] as const;
  });
  const data = (): readonly [xs: Tensor, y: Tensor] => {
    if (task === "regression") return [normal(key(0), [time, batch, input]), normal(key(1), [batch, output])];
    const text = cast(floor(mul(input, uniform(key(0), [time + 1, batch]))), "int32");
    return [oneHot(slice(text, [[0, time]]), input), oneHot(slice(text, [[1, time + 1]]), output)];
  };
  const [xs, y] = data();
  return { workload, params: Object.fromEntries(params), xs: flat(xs), y: flat(y) };
}

/** Writes a problem as `path`.json and `path`.bin (float32 in this machine's byte order). */
export function writeProblem({ workload, params, xs, y }: Problem, path: string): void {
  const named = Object.entries({ ...params, xs, y });
  let end = 0;
  const arrays = named.map(([name, { shape, data }]) => {
    const start = end;
    end += data.length;
    return { name, shape, start };
  });
  const all = new Float32Array(end);
  named.forEach(([, { data }], i) => all.set(data, arrays[i]?.start));
  writeFileSync(`${path}.bin`, all);
  const manifest: Manifest = { workload, arrays };
  writeFileSync(`${path}.json`, JSON.stringify(manifest));
}

export function readProblem(path: string): Problem {
  const { workload, arrays } = JSON.parse(readFileSync(`${path}.json`, "utf8")) as Manifest;
  const bytes = readFileSync(`${path}.bin`);
  const read = (name: string): FlatArray => {
    const found = arrays.find((array) => array.name === name);
    if (found === undefined) throw new Error(`${path}.json: no array ${name}`);
    const data = new Float32Array(found.shape.reduce((a, b) => a * b, 1));
    new Uint8Array(data.buffer).set(bytes.subarray(4 * found.start, 4 * (found.start + data.length)));
    return { shape: found.shape, data };
  };
  const names = Object.keys(parametersOf(workload));
  return {
    workload,
    params: Object.fromEntries(names.map((name) => [name, read(name)])),
    xs: read("xs"),
    y: read("y"),
  };
}

function flat({ shape, data }: Tensor): FlatArray {
  return { shape, data: Float32Array.from(data) };
}
