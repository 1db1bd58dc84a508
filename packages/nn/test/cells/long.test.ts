import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grad, jvp, sum, type Tensor } from "@tapeloop/core";
import { rnn, unroll, type RnnParams } from "@tapeloop/nn";
import { expectClose, randomLike, values } from "./support.js";

describe("10,000 time steps of an RNN differentiate without a stack overflow", () => {
  const params = randomLike(rnn.init({ input: 1, hidden: 1 }, 0), 1);
  const xs = values([10_000, 1, 1], 2);
  const loss = (mode: "scan" | "loop") => (p: RnnParams, x: Tensor) =>
    sum(unroll(rnn, p, x, { mode }).outputs);
  const both = { argnums: [0, 1] } as const;

  test("in reverse, as a scan and as a loop, with one result", () => {
    const [scan, loop] = [grad(loss("scan"), both)(params, xs), grad(loss("loop"), both)(params, xs)];
    expectClose([...scan], [...loop], 1e-12);
    expect(scan[1].shape).toEqual([10_000, 1, 1]);
    expect(scan[1].data.every((v) => Number.isFinite(v) && v !== 0)).toBe(true);
  });

  test("forward, as a scan and as a loop", () => {
    const along: [RnnParams, Tensor] = [randomLike(params, 5), values([10_000, 1, 1], 6)];
    const [, scan] = jvp(loss("scan"), [params, xs], along);
    const [, loop] = jvp(loss("loop"), [params, xs], along);
    expectClose(scan, loop, 1e-12);
  });

  test("to second order as a scan", () => {
    const second = grad((p: RnnParams) => sum(grad(loss("scan"))(p, xs).wh));
    expect(Number.isFinite(second(params).wh.item())).toBe(true);
  });
});

describe("training holds a flat heap", () => {
  const folder = mkdtempSync(join(tmpdir(), "tapeloop-heap-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(async () => {
    await build({
      entry: { train: fileURLToPath(new URL("heap-of-training.ts", import.meta.url)) },
      outDir: folder,
      format: "esm",
      platform: "node",
      noExternal: [/^@tapeloop\//],
      outExtension: () => ({ js: ".mjs" }),
      config: false,
      silent: true,
    });
  });

  function run(
    steps: number,
    mode: "scan" | "loop",
  ): { collected: boolean; losses: number[]; bytes: number[] } {
    const args = ["--expose-gc", join(folder, "train.mjs"), String(steps), mode];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as ReturnType<typeof run>;
  }

  // A leak of a single small tensor at every step would be megabytes over the first run; a kept body in the second.
  test.each([
    [20_000, "loop", 1_000_000],
    [2_000, "scan", 800_000],
  ] as const)("over %i steps in mode %s", { timeout: 240_000 }, (steps, mode, limit) => {
    const { collected, losses, bytes } = run(steps, mode);
    expect(collected).toBe(true);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    // Until the first points the engine is still compiling, and filling its caches.
    const later = bytes.slice(2);
    expect(later.at(-1)! - later[0]!, bytes.join(", ")).toBeLessThan(limit);
  });
});
