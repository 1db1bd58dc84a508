import {
  defineGemm,
  definePack,
  packedBytes,
  scratchBytes,
  type GemmSpec,
} from "../../packages/core/src/kernels/gemm/index.js";
import { f32x4, i32, ModuleBuilder, v128, type FunctionRef } from "../../packages/core/src/wasm/index.js";
import { shapes, type Shape } from "./shapes.js";

/** Giga floating-point operations per second of one shape: medians and best of the rounds. */
export interface Row {
  readonly title: string;
  readonly median: number;
  readonly best: number;
  /** The median share of what the machine did with multiplications and additions in registers alone, in each round. */
  readonly ofRoof: number;
  /** Plain loops in JavaScript. */
  readonly javascript: number;
}

type Numbers = Float32Array | Float64Array;

interface Subject {
  readonly title: string;
  readonly operations: number;
  readonly wasm: (times: number) => void;
  readonly javascript: () => void;
  readonly rates: number[];
  readonly shares: number[];
  readonly plain: number[];
  times: number;
}

/**
 * Measures the shapes whose titles contain `filter`, in turns, so that what else the machine does hits all alike.
 * Throws when an answer differs from the plain loops'.
 */
export function measure(rounds: number, filter: string, onRound: (round: number) => void): Row[] {
  const roof = roofOf();
  const subjects = shapes.filter(({ title }) => title.includes(filter)).map(subjectOf);
  for (const subject of subjects) warm(subject);
  for (let i = 0; i < 50; i++) roof();
  for (let round = 0; round < rounds; round++) {
    onRound(round);
    for (const subject of subjects) {
      const before = roof();
      const start = cpuTime();
      subject.wasm(subject.times);
      const rate = (subject.operations * subject.times) / (cpuTime() - start) / 1e6;
      subject.rates.push(rate);
      subject.shares.push(rate / Math.max(before, roof()));
      if (round >= 3) continue;
      const plainStart = cpuTime();
      subject.javascript();
      subject.plain.push(subject.operations / (cpuTime() - plainStart) / 1e6);
    }
  }
  return subjects.map(({ title, rates, shares, plain }) => ({
    title,
    median: median(rates),
    best: Math.max(...rates),
    ofRoof: median(shares),
    javascript: Math.max(...plain),
  }));
}

/** The median rate of one shape, by itself. @param relaxed whether multiply-add may be used */
export function rateOf(title: string, relaxed: boolean): number {
  const shape = shapes.find((one) => one.title === title);
  if (shape === undefined) throw new Error(`no shape ${title}`);
  const subject = subjectOf({ ...shape, spec: { ...shape.spec, relaxed } });
  warm(subject);
  const rates = Array.from({ length: 200 }, () => {
    const start = cpuTime();
    subject.wasm(subject.times);
    return (subject.operations * subject.times) / (cpuTime() - start) / 1e6;
  });
  return median(rates);
}

export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ title }) => title.length));
  const number = (x: number) => x.toFixed(1).padStart(7);
  return [
    `${"GFLOP/s".padEnd(width)}  median    best of roof  JS loops`,
    ...rows.map(
      (row) =>
        `${row.title.padEnd(width)} ${number(row.median)} ${number(row.best)} ${(100 * row.ofRoof).toFixed(0).padStart(6)}% ${number(row.javascript)}`,
    ),
  ].join("\n");
}

function subjectOf({ title, spec }: Shape): Subject {
  const { m, k, n, dtype } = spec;
  const bytes = dtype === "float32" ? 4 : 8;
  const sizes = [m * k * bytes, k * n * bytes, m * n * bytes, packedBytes(spec), scratchBytes(spec)];
  let end = 1024;
  const starts = sizes.map((size) => {
    const start = end;
    end += Math.ceil((size + 64) / 64) * 64;
    return start;
  });
  const [a = 0, b = 0, c = 0, packed = 0, scratch = 0] = starts;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536) + 1 });
  const view = (start: number, length: number): Numbers =>
    dtype === "float32"
      ? new Float32Array(memory.buffer, start, length)
      : new Float64Array(memory.buffer, start, length);
  const [va, vb, vc] = [view(a, m * k), view(b, k * n), view(c, m * n)];
  va.forEach((_, index) => (va[index] = Math.sin(index)));
  vb.forEach((_, index) => (vb[index] = Math.cos(index)));
  const exported = instantiate(spec, memory);
  if (spec.packed === true) exported.pack(b, packed);
  const given = [a, spec.packed === true ? packed : b, c, ...(spec.initial ? [c] : []), scratch];
  const wasm = (times: number) => exported.repeat(times, ...given);
  const answer = dtype === "float32" ? new Float32Array(m * n) : new Float64Array(m * n);
  const javascript = () => plainLoops(spec, va, vb, answer);
  wasm(1);
  javascript();
  const tolerance = k * (dtype === "float32" ? 2 ** -23 : 2 ** -52);
  vc.forEach((x, index) => {
    if (!(Math.abs(x - (answer[index] ?? NaN)) <= tolerance * k)) {
      throw new Error(`${title}: element ${index} is ${x}, JavaScript says ${answer[index] ?? "nothing"}`);
    }
  });
  const operations = 2 * m * k * n;
  return { title, operations, wasm, javascript, rates: [], shares: [], plain: [], times: 1 };
}

/** This process's milliseconds on the processor: what other processes take does not count. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs until the engine's optimising compiler has had its time; finds how many runs take about a millisecond. */
function warm(subject: Subject): void {
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < 100 || runs < 40) {
    subject.wasm(subject.times);
    runs++;
    if (performance.now() - start < runs) subject.times *= 2;
  }
  const begin = performance.now();
  subject.wasm(subject.times);
  subject.times = Math.max(1, Math.round((subject.times * 1.5) / (performance.now() - begin)));
}

function instantiate(
  spec: GemmSpec,
  memory: WebAssembly.Memory,
): { pack: (...args: number[]) => void; repeat: (...args: number[]) => void } {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1 });
  const gemm = defineGemm(module, spec);
  module.export("repeat", repeater(module, gemm));
  if (spec.packed === true) module.export("pack", definePack(module, spec));
  const { pack, repeat } = exportsOf(module, memory);
  return { pack: pack ?? (() => undefined), repeat: repeat ?? (() => undefined) };
}

/** The function (times, …) that calls another one again and again: a call from JavaScript costs as much as small products do. */
function repeater(module: ModuleBuilder, gemm: FunctionRef): FunctionRef {
  return module.func("repeat", ["i32", ...gemm.params], (f) => {
    const args = gemm.params.map((_, index) => f.param(index + 1, "i32"));
    f.for(i32.const(0), f.param(0, "i32"), 1, () => f.call(gemm, args));
  });
}

function exportsOf(
  module: ModuleBuilder,
  memory: WebAssembly.Memory,
): Partial<Record<string, (...args: number[]) => void>> {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } });
  return Object.fromEntries(
    Object.entries(exports).map(([name, value]) => [
      name,
      (...args: number[]) => {
        if (typeof value === "function") Reflect.apply(value, undefined, args);
      },
    ]),
  );
}

/** Gives the rate, in GFLOP/s, of float32 multiplications and additions that never touch memory. */
function roofOf(): () => number {
  const module = new ModuleBuilder();
  module.importMemory({ initial: 1 });
  const times = 20_000;
  const chains = 6;
  const roof = module.func("roof", ["i32"], (f) => {
    const x = f.keep(v128.load({ base: f.param(0, "i32") }));
    const all = Array.from({ length: chains }, () => [f.local("v128", x), f.local("v128", x)] as const);
    f.for(i32.const(0), i32.const(times), 1, () => {
      for (const [sum, product] of all) {
        f.set(sum, f32x4.add(sum, x));
        f.set(product, f32x4.mul(product, x));
      }
    });
    for (const pair of all)
      for (const y of pair) f.run(v128.store({ base: f.param(0, "i32"), offset: 64 }, y));
  });
  module.export("roof", roof);
  const run = exportsOf(module, new WebAssembly.Memory({ initial: 1 }))["roof"] ?? (() => undefined);
  return () => {
    const start = cpuTime();
    run(0);
    return (times * chains * 8) / (cpuTime() - start) / 1e6;
  };
}

function plainLoops({ m, k, n, a, b }: GemmSpec, x: Numbers, y: Numbers, out: Numbers): void {
  out.fill(0);
  for (let i = 0; i < m; i++) {
    for (let l = 0; l < k; l++) {
      const factor = x[i * a.row + l * a.column] ?? 0;
      for (let j = 0; j < n; j++) {
        out[i * n + j] = (out[i * n + j] ?? 0) + factor * (y[l * b.row + j * b.column] ?? 0);
      }
    }
  }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
