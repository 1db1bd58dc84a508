import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCli } from "./cli.js";

const cli = useCli();
const read = (name: string): string => readFileSync(join(cli.folder, name), "utf8");

/** A cell whose gradient by b is a mean over the batch, where it should be a sum. */
const WRONG = `
  import { add, concat, customGradient, matmul, mean, tanh, zeros } from "@tapeloop/core";
  import { defineCell, glorotUniform } from "@tapeloop/nn";
  const plusBias = customGradient((z, b) => add(z, b), {
    vjp: (dy) => [dy, mean(dy, 0)],
    jvp: ([dz, db]) => add(dz, db),
  });
  export default defineCell("wrong", {
    params: ({ input, hidden }, rng) => ({ w: glorotUniform(rng, [hidden + input, hidden]), b: zeros([hidden]) }),
    state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
    step({ w, b }, { h }, x) {
      const next = tanh(plusBias(matmul(concat([h, x]), w), b));
      return { state: { h: next }, output: next };
    },
  });
`;

/** The numbers of a mark: norms of the value and of the gradient. */
const NORMS = /‖·‖ ([\d.e-]+)(?: {2}∇ ([\d.e-]+))?/;

describe("tapeloop graph --overlay gradients", () => {
  it("writes norms of values and gradients on the nodes: the same bytes every time", async () => {
    const args = ["graph", "rnn", "--unrolled", "3", "--overlay", "gradients"];
    const [one, two] = await Promise.all([cli.run(...args), cli.run(...args)]);
    expect([one.stderr, one.code]).toEqual(["", 0]);
    expect(one.stdout).toContain("3 time steps, L = Σ y² of the last output");
    expect(one.stdout).toContain("∇: norm of the gradient of the result by it");
    const marks = [...one.stdout.matchAll(new RegExp(`label="tanh\\\\n.*?${NORMS.source}"`, "g"))];
    expect(marks).toHaveLength(3);
    for (const [, value, gradient] of marks) {
      expect(Number(value)).toBeGreaterThan(0);
      expect(Number(gradient)).toBeGreaterThan(0);
    }
    expect(two.stdout).toBe(one.stdout);
  });

  it("looks at one step with a state that is not zero", async () => {
    const { stdout } = await cli.run("graph", "rnn", "--overlay", "gradients", "--format", "mermaid");
    const [, norm, gradient] =
      NORMS.exec(stdout.replaceAll(/#(\d+);/g, (_, c: string) => unescaped(c))) ?? [];
    expect([norm, gradient].map(Number).every((x) => x > 0)).toBe(true);
  });

  it("goes with --backward --unrolled 3, for a cell in a file, in every format", async () => {
    const cell = cli.write("my-cell.ts", WRONG);
    const draw = (format: string, file: string) =>
      cli.run(
        ...["graph", `./${cell}`, "--backward", "--unrolled", "3", "--overlay", "gradients"],
        ...["--format", format, "-o", file],
      );
    for (const format of ["dot", "svg", "png", "html", "mermaid", "json"]) {
      const { code, stderr } = await draw(format, `file.${format}`);
      expect([format, code, stderr]).toEqual([format, 0, ""]);
    }
    await draw("png", "again.png");
    expect(readFileSync(join(cli.folder, "again.png"))).toEqual(readFileSync(join(cli.folder, "file.png")));
    for (const text of ["t = 0", "t = 2", "dL/dw", "⊙ (1 − h₁²)", "∇"]) {
      expect(read("file.dot")).toContain(text);
      expect(read("file.json")).toContain(text);
    }
    for (const text of ["t = 2", "dL/dw", "∇"]) expect(read("file.svg")).toContain(text);
    expect(read("file.mermaid")).toContain("flowchart TB");
    expect(read("file.mermaid")).toMatch(/^ +style \w+ fill:#[0-9a-f]{6}/m);
    expect(readFileSync(join(cli.folder, "file.png")).subarray(1, 4).toString()).toBe("PNG");
  });

  it("gives a page the statistics of all values, and of gradients", async () => {
    const args = ["graph", "rnn", "--backward", "--unrolled", "3"];
    await cli.run(...args, "--overlay", "gradients", "-o", "measured.html");
    await cli.run(...args, "-o", "plain.html");
    // Rows of node, least, greatest, mean and norm.
    expect(rows("measured.html", "values").length).toBeGreaterThan(40);
    expect(rows("measured.html", "gradients").length).toBeGreaterThan(10);
    expect([rows("plain.html", "values"), rows("plain.html", "gradients")]).toEqual([[], []]);
    await cli.run("graph", "rnn", "--backward", "--overlay", "gradients", "-o", "loop.html");
    expect(read("loop.html")).toContain("t = 23");
  });
});

describe("tapeloop graph --overlay cost", () => {
  it("writes arithmetic and bytes on operations, and on those alone", async () => {
    const { stdout, code } = await cli.run("graph", "lstm", "--overlay", "cost");
    expect(code).toBe(0);
    // [1, 33] · [33, 32]: a multiplication and an addition each; 4 bytes an element.
    expect(stdout.match(/label="matmul\\n\[1, 32\]\\n2\.1 kFLOP, 4\.5 kB"/g)).toHaveLength(4);
    expect(stdout).toContain("darker: more arithmetic");
    expect(stdout.match(/label="h′, output\\n\[1, 32\]"/g)).toHaveLength(1);
  });
});

describe("tapeloop graph --overlay check", () => {
  it("writes on each parameter what tapeloop check finds", async () => {
    const cell = cli.write("wrong.ts", WRONG);
    const args = ["graph", `./${cell}`, "--hidden", "3", "--overlay", "check"];
    const [one, two] = await Promise.all([cli.run(...args), cli.run(...args)]);
    expect([one.stderr, one.code]).toEqual(["", 0]);
    expect(one.stdout).toContain("gradient check: fail; largest error of each parameter");
    // Rules of the two sweeps that differ are found as well, and are no matter of one parameter.
    expect(one.stdout).toContain("forward and reverse: fail");
    expect(one.stdout).toMatch(/label="b\\n\[3\]\\n✗ [\d.]+ at \[\d\]"/);
    expect(one.stdout).toMatch(/label="w\\n\[4, 3\]\\n✓ [\d.e-]+"/);
    expect(two.stdout).toBe(one.stdout);
  });

  it.each([["--backward"], ["--unrolled", "2"], ["--backward", "--unrolled", "2"]])(
    "goes with %s %s %s",
    async (...options) => {
      const given = options.filter((option) => typeof option === "string");
      const { stdout } = await cli.run("graph", "rnn", "--hidden", "3", "--overlay", "check", ...given);
      expect(stdout).toContain("gradient check: pass");
      expect(stdout).toMatch(/label="wh\\n(\[3, 3\]\\n)?✓ [\d.e-]+"/);
      expect(stdout).toMatch(/label="x( \d)?\\n(\[.*\]\\n)?✓ [\d.e-]+"/);
    },
  );
});

describe("tapeloop graph --overlay time", () => {
  it.each([[[]], [["--backward"]], [["--backward", "--unrolled", "5"]]])(
    "draws the compiled program with the time of each kernel: %j",
    async (options: string[]) => {
      const { stdout, code } = await cli.run("graph", "gru", "--overlay", "time", ...options);
      expect(code).toBe(0);
      const steps = options.includes("5") ? 5 : 24;
      const what = `L = Σ y² after ${steps} time steps${options.length > 0 ? " and its gradient" : ""}`;
      expect(stdout).toContain(`gru, compiled: ${what}`);
      expect(stdout).toMatch(/ a call: .* for arguments and results/);
      expect(stdout).toMatch(/label="matmul\\n\[1, 32\]\\n(k\d+, )*k\d+: [\d.]+ (ns|µs|ms) · (< )?[\d.]+ %"/);
      expect(stdout).toMatch(new RegExp(`scan × ${steps}`));
      expect(stdout).toMatch(/label="wr\\n.*class=parameter/);
      expect(stdout.includes("backward pass")).toBe(options.length > 0);
    },
  );
});

describe("without an overlay", () => {
  it("steps are drawn as before, and with --backward each has its gradient beside it", async () => {
    const plain = await cli.run("graph", "rnn", "--unrolled", "2");
    expect(plain.stdout).not.toContain("‖·‖");
    expect(plain.stdout).toContain("h 1, output 1");
    const { stdout } = await cli.run("graph", "rnn", "--unrolled", "2", "--backward");
    expect(stdout).toContain("dh₁ ⊙ (1 − h₁²)");
    expect(stdout).toMatch(/rankdir="?TB/);
    expect(stdout).not.toContain("‖·‖");
  });
});

it.concurrent.each([
  [
    ["lstm", "--overlay", "norms"],
    /--overlay <what>' argument 'norms' is invalid\. Allowed choices are gradients, cost, check, time\./,
  ],
  [["lstm", "--overlay"], /option '--overlay <what>' argument missing/],
  [
    ["lstm", "--overlay", "cost", "-o", "x.html"],
    /graph: --overlay cost: an html page shows statistics of its own, expected another format \(dot, svg, png, mermaid, json\), or --overlay gradients/,
  ],
  [
    ["lstm", "--overlay", "check", "--format", "html", "-o", "x.html"],
    /graph: --overlay check: an html page/,
  ],
])("rejects %j in one line", async (args, message) => {
  const { code, stdout, stderr } = await cli.run("graph", ...args);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^tapeloop: [^\n]*\n$/);
  expect([code, stdout]).toEqual([2, ""]);
  expect(existsSync(join(cli.folder, "x.html"))).toBe(false);
});

/** A column of the data in a page. */
function rows(file: string, column: "values" | "gradients"): readonly unknown[] {
  const [, text = ""] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(read(file)) ?? [];
  const data: unknown = JSON.parse(text);
  if (typeof data !== "object" || data === null || !(column in data))
    throw new Error(`${file}: no ${column}`);
  const found: unknown = Reflect.get(data, column);
  if (!Array.isArray(found)) throw new Error(`${file}: ${column} is no list`);
  return found;
}

function unescaped(code: string): string {
  return String.fromCodePoint(Number(code));
}
