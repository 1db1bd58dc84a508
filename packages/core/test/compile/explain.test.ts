import {
  add,
  affine,
  compile,
  concat,
  mean,
  mul,
  normal,
  randomKey,
  scan,
  sigmoid,
  split,
  square,
  sub,
  tanh,
  tensor,
  treeMap2,
  valueAndGrad,
  zeros,
  type Explanation,
  type Tensor,
} from "@tapeloop/core";
import { describe, expect, test } from "vitest";

const [steps, batch, features, hidden] = [5, 4, 3, 6];
const key = randomKey(1);
const params = {
  w: mul(0.3, normal(key, [features + hidden, 4 * hidden])),
  b: zeros([4 * hidden]),
  out: { w: normal(key, [hidden, 1]), b: zeros([1]) },
};
type Params = typeof params;
const xs = normal(key, [steps, batch, features]);
const ys = normal(key, [steps, batch, 1]);

function loss(p: Params, inputs: Tensor, targets: Tensor): Tensor {
  const start = zeros([batch, hidden]);
  const [, hs] = scan(
    ({ h, c }: { h: Tensor; c: Tensor }, x: Tensor) => {
      const [i = h, f = h, g = h, o = h] = split(affine(concat([x, h]), p.w, p.b), 4);
      const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
      const next = mul(sigmoid(o), tanh(cell));
      return [{ h: next, c: cell }, next];
    },
    { h: start, c: start },
    inputs,
  );
  return mean(square(sub(affine(hs, p.out.w, p.out.b), targets)));
}

const step = compile((p: Params, rate: Tensor, inputs: Tensor, targets: Tensor) => {
  const [value, gradient] = valueAndGrad(loss)(p, inputs, targets);
  return { value, params: treeMap2(p, gradient, (w, g) => sub(w, mul(rate, g))) };
});
const explanation: Explanation = step.explain(params, tensor(0.1), xs, ys);
const products = explanation.kernels.filter(({ kind }) => kind === "product");
const flopsOf = (kernels: Explanation["kernels"]): number =>
  kernels.reduce((total, { flops }) => total + flops, 0);

describe("the explanation of an LSTM's training step", () => {
  test("says that it is WebAssembly throughout", () => {
    expect(explanation).toMatchObject({ executor: "webassembly", reason: undefined });
    expect(explanation.kernels.filter(({ kind }) => kind === "host")).toEqual([]);
  });

  test("counts the arithmetic of matrix products as one does by hand", () => {
    const gates = 4 * hidden;
    // x·W and h·W forwards; dz·Wᵀ for h backwards (nobody asks for the gradient of x, nor of the first state);
    // [x; h]ᵀ·dz for the weights; and the read-out: forwards, for h, and for its weights.
    const forwards = steps * batch * (features + hidden) * gates;
    const backwards = steps * batch * hidden * gates;
    const readOut = steps * batch * hidden;
    expect(flopsOf(products)).toBe(2 * (forwards + backwards + forwards + 3 * readOut));
  });

  test("adds up", () => {
    expect(explanation.flops).toBe(flopsOf(explanation.kernels));
    expect(explanation.bytes).toBe(explanation.kernels.reduce((total, { bytes }) => total + bytes, 0));
    for (const { runs, flops, bytes } of explanation.kernels) {
      expect(flops % runs).toBe(0);
      expect(bytes % runs).toBe(0);
    }
  });

  test("shows what is fused, what has left the loops, and what runs in every step", () => {
    const once = products.filter(({ runs }) => runs === 1).map(({ what }) => what);
    const often = products.filter(({ runs }) => runs === steps).map(({ what }) => what);
    expect(once.length + often.length).toBe(products.length);
    // The data's part of the gates is one product of all rows.
    expect(once.join()).toContain(`[${steps * batch}, ${features}]·[${features}, ${4 * hidden}]`);
    expect(often.join()).toContain(`[${batch}, ${hidden}]·[${hidden}, ${4 * hidden}]`);
    // The weights' gradient is a product over all steps.
    expect(once.join()).toContain(`[${hidden}, ${steps * batch}]·[${steps * batch}, `);
    const cell = explanation.kernels.find(({ what }) => what.includes("sigmoid") && what.includes("tanh"));
    expect(cell).toMatchObject({ kind: "fused", runs: steps });
    for (const name of ["hoist", "stack", "decompose"]) {
      expect(explanation.passes.some((pass) => pass.name === name && pass.before !== pass.after)).toBe(true);
    }
  });

  test("says which products stay in loops, and why", () => {
    const what = `[${batch}, ${hidden}]·[${hidden}, ${4 * hidden}]`;
    const back = `[${batch}, ${4 * hidden}]·[${4 * hidden}, ${hidden}]`;
    expect(explanation.loops).toEqual([
      { steps, reverse: false, where: "", kept: [{ what, where: "", needs: ["h"] }] },
      { steps, reverse: true, where: "", kept: [{ what: back, where: "", needs: ["dc", "dh"] }] },
    ]);
    expect(String(explanation)).toContain(`${what}: needs h of the step before`);
    expect(String(explanation)).toContain(`${back}: needs dc, dh of the step after`);
  });

  test("says how much memory there is, and what for", () => {
    const { total, lasting, live } = explanation.memory;
    const sizes = [params.w, params.b, params.out.w, params.out.b, xs, ys].map(({ size }) => 4 * size);
    const inputs = sizes.reduce((a, b) => a + b, 4);
    expect(lasting).toBeGreaterThanOrEqual(inputs);
    expect(lasting).toBeLessThan(inputs + 32 * (sizes.length + 2));
    expect(total).toBeGreaterThanOrEqual(lasting + live);
    // What the reverse sweep reads of every step has to be somewhere.
    expect(live).toBeGreaterThan(4 * steps * batch * hidden * 4);
  });

  test("says where every buffer lies and when: two that share bytes are never needed together", () => {
    const { buffers, total, live } = explanation.memory;
    const end = explanation.kernels.length;
    const shared = buffers.flatMap((a, i) =>
      buffers.slice(i + 1).filter((b) => a.address < b.address + b.bytes && b.address < a.address + a.bytes),
    );
    expect(shared.length).toBeGreaterThan(0);
    for (const [i, a] of buffers.entries()) {
      expect(a.first <= a.last && a.last <= end && a.address + a.bytes <= total).toBe(true);
      for (const b of buffers.slice(i + 1)) {
        const apart = a.address + a.bytes <= b.address || b.address + b.bytes <= a.address;
        expect(apart || a.last < b.first || b.last < a.first, `${a.name} and ${b.name}`).toBe(true);
      }
    }
    // What is needed at once, kernel by kernel, is at most what the plan says, which counts in whole vectors.
    const needed = explanation.kernels.map((_, k) =>
      buffers.reduce((sum, b) => sum + (b.first <= k && k <= b.last ? b.bytes : 0), 0),
    );
    expect(Math.max(...needed)).toBeLessThanOrEqual(live);
    expect(Math.max(...needed)).toBeGreaterThan(0.8 * live);
    expect(buffers.some(({ last }) => last === end)).toBe(true);
    expect(buffers.find(({ name }) => name === "w packed")?.first).toBeLessThan(end);
  });

  test("holds the module itself", () => {
    const { bytes, wasm } = explanation.code;
    expect(wasm.length).toBe(bytes);
    expect(WebAssembly.validate(new Uint8Array(wasm))).toBe(true);
  });

  test("is text as well", () => {
    const text = String(explanation);
    expect(text).toMatch(
      /^WebAssembly(?: with relaxed SIMD)?: \d+ functions, [\d.]+ kB; [\d.]+ kB of memory, of which/,
    );
    expect(text).toMatch(/hoist: \d+ → \d+ nodes \(moves out of loops/);
    expect(text).toMatch(/one call: [\d.]+ kFLOP, [\d.]+ kB read and written/);
    expect(text).toMatch(new RegExp(`^ +${steps} × product .* \\[${batch}, ${hidden}\\]·`, "m"));
    expect(text.split("\n").length).toBeGreaterThan(explanation.kernels.length + 2);
  });
});

test("what runs by itself and what is a reference kernel are named", () => {
  const table = normal(key, [5, 2]);
  const run = compile((ids: Tensor, k: Tensor) => [mul(2, table.take(ids)), normal(k, [3])]);
  const kinds = run
    .explain(tensor([1, 2], { dtype: "int32" }), key)
    .kernels.map(({ kind, what }) => [kind, what]);
  expect(kinds).toContainEqual(["single", "take"]);
  expect(kinds).toContainEqual(["host", "normal"]);
});
