import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCli } from "./cli.js";

const cli = useCli();

/** A cell of one line of arithmetic: `next` from h, x and w. */
function cellFile(name: string, next: string): string {
  return cli.write(
    `${name}.ts`,
    `import * as t from "@tapeloop/core";
     import { defineCell, glorotUniform } from "@tapeloop/nn";
     const wrongTanh = t.customGradient(t.tanh, { vjp: (dy: t.Tensor) => [dy] });
     export default defineCell("${name}", {
       params: ({ input, hidden }, rng) => ({ w: glorotUniform(rng, [hidden + input, hidden]) }),
       state: ({ hidden }, batch) => ({ h: t.zeros([batch, hidden]) }),
       step({ w }, { h }, x) {
         const next = ${next};
         return { state: { h: next }, output: next };
       },
     });`,
  );
}

describe("tapeloop check", () => {
  it("passes a right cell from a file, over all times and batches, to second order: code 0", async () => {
    const file = cellFile("plain", "t.tanh(t.matmul(t.concat([h, x]), w))");
    const { code, stdout, stderr } = await cli.run("check", `./${file}`, "--time", "1,3", "--batch", "1,2");
    expect(stderr).toBe("");
    expect(
      stdout.split("\n").map((line) =>
        line
          .trim()
          .replace(/ +/g, " ")
          .replace(/\S+e-\d+/, "#"),
      ),
    ).toEqual([
      "plain (./plain.ts): input 2, hidden 3, float64",
      "time batch order entries worst error verdict",
      "1 1 1 12 of 20 # passed",
      "1 2 1 12 of 25 # passed",
      "3 1 1 12 of 24 # passed",
      "3 2 1 12 of 33 # passed",
      "3 1 2 8 of 60 # passed",
      expect.stringMatching(/^a scan and a plain loop agree in outputs and gradients, to/),
      expect.stringMatching(/^the forward and the reverse sweep agree, to/),
      "each sequence of a batch is independent of the others",
      "gradients of 1 parameter at each of 3 time steps agree with finite differences, to #",
      "passed",
      "",
    ]);
    expect(code).toBe(0);
  });

  it("fails a cell with a wrong derivative, and names the worst entry: code 1", async () => {
    const file = cellFile("wrong", "wrongTanh(t.matmul(t.concat([h, x]), w))");
    const { code, stdout } = await cli.run(
      "check",
      `./${file}`,
      "--time",
      "2",
      "--order",
      "1",
      "--mode",
      "reverse",
    );
    expect(stdout).toMatch(/ FAILED\n/);
    expect(stdout).toMatch(/gradcheck failed at inputs\[0\]\.\w+.* \[\d/);
    expect(stdout).toMatch(/\nFAILED\n$/);
    expect(code).toBe(1);
  });

  it("is inconclusive about a cell that rounds too coarsely for finite differences: code 3", async () => {
    const file = cellFile(
      "rough",
      't.cast(t.cast(t.tanh(t.matmul(t.concat([h, x]), w)), "float32"), "float64")',
    );
    const { code, stdout } = await cli.run(
      "check",
      `./${file}`,
      "--time",
      "1",
      "--batch",
      "1",
      "--order",
      "1",
    );
    expect(stdout).toMatch(/inconclusive\n$/);
    expect(code).toBe(3);
  });

  it("says how to check a cell that has no forward derivative", async () => {
    const file = cellFile("reverse", "wrongTanh(t.matmul(t.concat([h, x]), w))");
    const { code, stderr } = await cli.run("check", `./${file}`, "--time", "2", "--order", "1");
    expect(stderr).toMatch(/^tapeloop: \.\/reverse\.ts: [^\n]*jvp[^\n]*\n$/);
    expect(code).toBe(2);
  });

  it("fails a cell that mixes the sequences of a batch, unless that is allowed", async () => {
    const file = cellFile("mixing", "t.tanh(t.add(t.mean(h, { axis: 0 }), t.matmul(t.concat([h, x]), w)))");
    const args = ["check", `./${file}`, "--time", "2", "--batch", "2", "--order", "1"];
    const [refused, allowed] = await Promise.all([
      cli.run(...args),
      cli.run(...args, "--allow-batch-mixing"),
    ]);
    expect(refused.stdout).toMatch(/\nbatch independence: FAILED\n/);
    expect(refused.stdout).toMatch(/results depend on inputs of other elements of the batch/);
    expect(refused.code).toBe(1);
    expect(allowed.stdout).toMatch(/\nnote: the sequences of a batch have an influence on one another\n/);
    expect(allowed.code).toBe(0);
  });

  it("draws the errors by parameter and time step, also of a cell that fails", async () => {
    const file = cellFile("cut", "t.tanh(t.matmul(t.concat([t.stopGradient(h), x]), w))");
    const args = ["--time", "4", "--batch", "1", "--order", "1", "--heat-map", "maps/cut.svg"];
    const { code, stdout } = await cli.run("check", `./${file}`, ...args);
    expect(stdout).toMatch(/\n {2}the error begins at t = 3 and goes on towards earlier steps/);
    expect(code).toBe(1);
    const svg = readFileSync(join(cli.folder, "maps/cut.svg"), "utf8");
    expect(svg).toMatch(/<title>params\.w, t = 3: [^,]+, fail<\/title>/);
    expect(svg).toMatch(/<title>params\.w, t = 4: [^,]+, pass<\/title>/);
  });

  it("refuses a place for the drawing that cannot be written, before it checks anything", async () => {
    cli.write("maps-file", "");
    for (const [place, message] of [
      [".", /^tapeloop: \.: is a folder, expected a file\n$/],
      ["maps-file/errors.svg", /^tapeloop: \S+maps-file: is a file, expected a folder\n$/],
    ] as const) {
      const { code, stdout, stderr } = await cli.run("check", "lstm", "--heat-map", place);
      expect(stderr).toMatch(message);
      expect([code, stdout]).toEqual([2, ""]);
    }
  });

  it("fails a cell whose state changes its shape, without a drawing", async () => {
    const file = cellFile("shrinking", "t.sum(t.matmul(t.concat([h, x]), w), { axes: 0 })");
    const { code, stdout, stderr } = await cli.run("check", `./${file}`, "--heat-map", "none.svg");
    expect(stdout).toMatch(/\nstate keeps its structure: FAILED\n/);
    expect(stdout).toMatch(/turned state\.h float64 \[3, 3\] into state\.h float64 \[3\]\n\nFAILED\n$/);
    expect(stderr).toMatch(/^tapeloop: none\.svg: not written[^\n]*\n$/);
    expect(existsSync(join(cli.folder, "none.svg"))).toBe(false);
    expect(code).toBe(1);
  });

  it("checks in double-double if asked to", async () => {
    const file = cellFile("sharp", "t.tanh(t.matmul(t.concat([h, x]), w))");
    const args = ["--time", "2", "--batch", "1", "--order", "1", "--entries", "2", "--precision", "dd"];
    const { code, stdout } = await cli.run("check", `./${file}`, ...args);
    expect(stdout).toMatch(/^sharp \(\.\/sharp\.ts\): input 2, hidden 3, double-double\n/);
    expect(stdout).toMatch(/ 2 of 22 +(?:\S+e-1[4-9]|0) {2}passed\n/);
    expect(code).toBe(0);
  });

  it.each(["rnn", "lstm", "gru"])("passes our own %s", async (name) => {
    const { code, stdout } = await cli.run("check", name, "--time", "2", "--batch", "2", "--order", "1");
    expect(stdout).toMatch(/\npassed\n$/);
    expect(code).toBe(0);
  });

  it("says in one line, with the place in the file, why a cell cannot run: code 2", async () => {
    const file = cellFile("misfit", "\nt.tanh(t.matmul(h, w))");
    const { code, stderr } = await cli.run("check", `./${file}`);
    expect(stderr).toMatch(
      /^tapeloop: misfit\.ts:9:\d+: matmul: x \[3, 3\] · w \[5, 3\]: inner sizes differ \(3 vs 5\); in misfit\n$/,
    );
    expect(code).toBe(2);
  });

  it.concurrent.each([
    [
      ["--time", "0"],
      /--time <steps>' argument '0' is invalid\. Expected whole numbers from 1 to 10,000 with commas/,
    ],
    [["--batch", "2,x"], /--batch <sequences>' argument '2,x'/],
    [["--order", "3"], /--order <order>' argument '3'/],
    [["--tolerance", "2"], /--tolerance <error>' argument '2'/],
    [["--entries", "0"], /--entries <count>' argument '0'/],
    [["--precision", "float32"], /--precision <arithmetic>' argument 'float32'.*float64, dd/],
    [["--mode", "forward", "--heat-map", "x.svg"], /--heat-map: shows errors of the reverse sweep/],
    [["--column", "x"], /unknown option '--column'/],
  ])("rejects %j", async (args, message) => {
    const { code, stdout, stderr } = await cli.run("check", "lstm", ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^tapeloop: [^\n]*\n$/);
    expect([code, stdout]).toEqual([2, ""]);
  });
});
