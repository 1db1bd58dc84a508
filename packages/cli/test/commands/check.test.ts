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
      "1 1 1 20 # passed",
      "1 2 1 25 # passed",
      "3 1 1 24 # passed",
      "3 2 1 33 # passed",
      "3 1 2 60 # passed",
      expect.stringMatching(/^scan and loop agree: outputs and gradients to/),
      "each sequence of a batch is independent of the others",
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

  it("notes that the sequences of a batch are mixed", async () => {
    const file = cellFile("mixing", "t.tanh(t.add(t.mean(h, { axis: 0 }), t.matmul(t.concat([h, x]), w)))");
    const { stdout } = await cli.run("check", `./${file}`, "--time", "2", "--batch", "2", "--order", "1");
    expect(stdout).toMatch(/\nnote: the sequences of a batch have an influence on one another\n/);
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
      /^tapeloop: misfit\.ts:9:\d+: matmul: x \[1, 3\] · w \[5, 3\]: inner sizes differ \(3 vs 5\); in misfit\n$/,
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
    [["--column", "x"], /unknown option '--column'/],
  ])("rejects %j", async (args, message) => {
    const { code, stdout, stderr } = await cli.run("check", "lstm", ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^tapeloop: [^\n]*\n$/);
    expect([code, stdout]).toEqual([2, ""]);
  });
});
