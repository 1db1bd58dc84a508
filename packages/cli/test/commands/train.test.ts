import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadSafetensors } from "@tapeloop/nn";
import { nativeBlas } from "@tapeloop/core/native";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { monthlyCsv, useCli } from "./cli.js";

const cli = useCli();
const SMALL = ["--window", "6", "--hidden", "3", "--epochs", "2", "--batch", "16"];
const FILES = ["lstm.dot", "lstm.svg", "model.safetensors", "report.html"];

function contents(folder: string): Record<string, string> {
  const path = join(cli.folder, folder);
  return Object.fromEntries(
    readdirSync(path).map((name) => [name, readFileSync(join(path, name), "latin1")]),
  );
}

/** A cell with a tanh whose derivative is given. */
function customTanh(rules: string): string {
  return `import { cast, concat, customGradient, matmul, tanh, zeros, type Tensor } from "@tapeloop/core";
    import { defineCell, glorotUniform } from "@tapeloop/nn";
    const own = customGradient((z: Tensor) => tanh(z), ${rules});
    export default defineCell("own", {
      params: ({ input, hidden }, rng) => ({ w: glorotUniform(rng, [hidden + input, hidden]) }),
      state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
      step({ w }, { h }, x) {
        const next = own(matmul(concat([h, x]), w));
        return { state: { h: next }, output: next };
      },
    });`;
}

describe("tapeloop train", () => {
  it("trains, prints the table of errors, and writes report, graph and model", async () => {
    const file = cli.write("series.csv", monthlyCsv(100));
    const { code, stdout, stderr } = await cli.run("train", file, ...SMALL, "--unit", "kg", "--out", "first");
    expect(stderr).toMatch(/^epoch 1\/2 {2}loss .* validation /);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Test error \(RMSE\) in kg on the same 20 windows, 2006-09 to 2008-04:/);
    for (const name of ["lstm", "persistence", "seasonal naive \\(12\\)", "last season's change"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +\\d`, "m"));
    }
    expect(stdout).toMatch(/Gradient check of the trained lstm passed: all 64 entries agree/);
    expect(readdirSync(join(cli.folder, "first")).sort()).toEqual(FILES);
    const model = loadSafetensors(readFileSync(join(cli.folder, "first/model.safetensors")));
    expect([...model.tensors.keys()]).toEqual(
      expect.arrayContaining(["cell.wf", "cell.bo", "head.w", "head.b"]),
    );
    expect(Object.fromEntries(model.metadata)).toMatchObject({
      cell: "lstm",
      window: "6",
      hidden: "3",
      difference: "1",
      seed: "1",
    });
    const { "report.html": report = "", "lstm.svg": svg = "", "lstm.dot": dot = "" } = contents("first");
    expect(report).toContain("tapeloop train series.csv");
    expect(svg).toMatch(/^<svg /);
    expect(dot).toMatch(/^digraph /);
  });

  it("gives equal output and equal files for equal arguments, and others for another seed", async () => {
    const file = cli.write("equal.csv", monthlyCsv(100));
    const [one, two, other] = await Promise.all([
      cli.run("train", file, ...SMALL, "--quiet", "--out", "one"),
      cli.run("train", file, ...SMALL, "--quiet", "--out", "two"),
      cli.run("train", file, ...SMALL, "--quiet", "--out", "other", "--seed", "2"),
    ]);
    expect(two.stdout).toBe(one.stdout);
    expect(other.stdout).not.toBe(one.stdout);
    const [first, second] = [contents("one"), contents("two")];
    expect(second["model.safetensors"]).toBe(first["model.safetensors"]);
    expect(second["report.html"]?.replaceAll("--out two", "--out one")).toBe(first["report.html"]);
    expect(contents("other")["model.safetensors"]).not.toBe(first["model.safetensors"]);
  });

  it("takes all windows of a short series as one batch, unless told otherwise", async () => {
    const file = cli.write("short.csv", monthlyCsv(60));
    const few = ["--window", "6", "--hidden", "3", "--epochs", "2", "--out", "short"];
    const { code, stdout } = await cli.run("train", file, ...few);
    expect([code, stdout]).toEqual([0, expect.stringContaining("32 to train on")]);
  });

  it("prints nothing but the table when it is to be quiet", async () => {
    const file = cli.write("quiet.csv", monthlyCsv(60));
    const { stdout, stderr } = await cli.run(
      "train",
      file,
      ...SMALL,
      "--quiet",
      "--season",
      "none",
      "--out",
      "quiet",
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^Test error .*:\n {2}lstm +\S+\n {2}persistence +\S+\n$/);
  });

  it("trains a cell from a TypeScript file, in several layers", async () => {
    const file = cli.write("own.csv", monthlyCsv(60));
    const cell = cli.write(
      "cells/ema.ts",
      `import { add, matmul, mul, sigmoid, sub, zeros, type Tensor } from "@tapeloop/core";
       import { defineCell, glorotUniform } from "@tapeloop/nn";
       type Params = { readonly w: Tensor; readonly a: Tensor };
       export const ema = defineCell("slow mean", {
         params: ({ input, hidden }, rng): Params => ({ w: glorotUniform(rng, [input, hidden]), a: zeros([hidden]) }),
         state: ({ hidden }, batch) => ({ m: zeros([batch, hidden]) }),
         step({ w, a }, { m }: { m: Tensor }, x) {
           const keep = sigmoid(a);
           const next = add(mul(keep, m), mul(sub(1, keep), matmul(x, w)));
           return { state: { m: next }, output: next };
         },
       });`,
    );
    const args = ["--cell", `./${cell}`, "--layers", "2", "--quiet", "--out", "own"];
    const { code, stdout, stderr } = await cli.run("train", file, ...SMALL, ...args);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}slow mean +\d/m);
    expect(readdirSync(join(cli.folder, "own")).sort()).toEqual([
      "model.safetensors",
      "report.html",
      "slow-mean.dot",
      "slow-mean.svg",
    ]);
    expect(readdirSync(join(cli.folder, "cells"))).toEqual(["ema.ts"]);
  });

  it("finds a wrong derivative in the cell: code 1, and the report says so", async () => {
    const file = cli.write("fails.csv", monthlyCsv(60));
    const cell = cli.write("wrong.ts", customTanh("{ vjp: (dy: Tensor) => [dy] }"));
    const { code, stdout } = await cli.run("train", file, ...SMALL, "--cell", `./${cell}`, "--out", "fails");
    expect(stdout).toMatch(/^Gradient check of the trained own: gradcheck failed at cell\.w \[\d, \d\]$/m);
    expect(code).toBe(1);
    expect(contents("fails")["report.html"]).toMatch(/Failed/);
  });

  it("says so when a cell does not run in float64, in which gradients are checked", async () => {
    const file = cli.write("single.csv", monthlyCsv(60));
    const cell = cli.write("single.ts", customTanh("{ vjp: (dy: Tensor) => [cast(dy, 'float32')] }"));
    const { code, stderr } = await cli.run("train", file, ...SMALL, "--cell", `./${cell}`, "--out", "single");
    expect(stderr).toMatch(
      /^tapeloop: The gradients could not be checked in float64: [^\n]*float32[^\n]*\.$/m,
    );
    expect(code).toBe(0);
    expect(contents("single")["report.html"]).toContain("The gradients could not be checked in float64");
  });

  it("ends with code 1, and writes nothing, when the first epoch diverges", async () => {
    const file = cli.write("diverging.csv", monthlyCsv(60));
    const cell = cli.write(
      "nan.ts",
      `import { div, sub, zeros } from "@tapeloop/core";
       import { defineCell } from "@tapeloop/nn";
       export default defineCell("nan", {
         params: ({ hidden }) => ({ b: zeros([hidden]) }),
         state: ({ hidden }, batch) => ({ h: zeros([batch, hidden]) }),
         step: ({ b }, { h }) => { const y = div(sub(h, h), b); return { state: { h: y }, output: y }; },
       });`,
    );
    const { code, stderr } = await cli.run("train", file, ...SMALL, "--cell", `./${cell}`, "--out", "nan");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^tapeloop: the training diverged: the loss is NaN in epoch 1, batch 1 of .*--learning-rate/m,
    );
    expect(existsSync(join(cli.folder, "nan"))).toBe(false);
  });

  it("is interrupted by Ctrl-C: code 130, nothing written", async () => {
    const file = cli.write("long.csv", monthlyCsv(100));
    const args = ["train", file, ...SMALL, "--epochs", "100000", "--patience", "100000", "--out", "never"];
    const { process: child, ended } = cli.start(...args);
    child.stderr?.once("data", () => child.kill("SIGINT"));
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/\ntapeloop: interrupted, nothing was written\n$/);
    expect(existsSync(join(cli.folder, "never"))).toBe(false);
  });
});

describe("what tapeloop train cannot use gets one line, code 2, and no folder", () => {
  beforeAll(() => void cli.write("good.csv", monthlyCsv(60)));
  const cases: readonly (readonly [string, () => readonly string[], RegExp])[] = [
    ["no file", () => [], /missing required argument 'series.csv'/],
    ["a missing file", () => ["nowhere.csv"], /^tapeloop: nowhere\.csv: no such file$/],
    ["two files", () => ["good.csv", "b.csv"], /too many arguments for 'train'/],
    [
      "an unknown option",
      () => ["good.csv", "--windw", "3"],
      /unknown option '--windw' \(Did you mean --window\?\)/,
    ],
    [
      "a window of 0",
      () => ["good.csv", "--window", "0"],
      /--window <points>' argument '0' is invalid\. Expected a whole/,
    ],
    [
      "hidden units that are no number",
      () => ["good.csv", "--hidden", "abc"],
      /--hidden <units>' argument 'abc'/,
    ],
    ["a fraction of a unit", () => ["good.csv", "--hidden", "1.5"], /--hidden <units>' argument '1.5'/],
    [
      "no thread at all",
      () => ["good.csv", "--threads", "0"],
      /--threads <count\|auto>' argument '0' is invalid\. Expected a whole number from 1 to 64, or auto\.$/,
    ],
    [
      "65 threads",
      () => ["good.csv", "--threads", "65"],
      /--threads <count\|auto>' argument '65' is invalid/,
    ],
    ["threads in words", () => ["good.csv", "--threads", "all"], /--threads <count\|auto>' argument 'all'/],
    [
      "threads for a library that takes one",
      () => ["good.csv", "--threads", "auto", "--blas"],
      /^tapeloop: --threads auto: got --blas too, whose products run on one thread; give one of them$/,
    ],
    ["0 epochs", () => ["good.csv", "--epochs", "0"], /--epochs <count>' argument '0'/],
    ["a negative seed", () => ["good.csv", "--seed=-1"], /--seed <number>' argument '-1'/],
    [
      "a learning rate of 0",
      () => ["good.csv", "--learning-rate", "0"],
      /--learning-rate <rate>' argument '0'/,
    ],
    [
      "a share of 1",
      () => ["good.csv", "--test", "1"],
      /--test <share>' argument '1' is invalid\. Expected a number above 0/,
    ],
    [
      "shares that leave nothing",
      () => ["good.csv", "--test", "0.6", "--validation", "0.5"],
      /--validation 0\.5 and --test 0\.6/,
    ],
    ["no option value", () => ["good.csv", "--window"], /option '--window <points>' argument missing/],
    [
      "a batch larger than the windows",
      () => ["good.csv", "--window", "6", "--batch", "500"],
      /^tapeloop: --batch 500: expected at most \d+, the number of training windows of good\.csv$/,
    ],
    [
      "fewer points than the window",
      () => ["good.csv", "--window", "100"],
      /^tapeloop: good\.csv: has 60 points, of which 38 are to train on, .*--window 100 needs at least 101: give a smaller --window, --validation or --test$/,
    ],
    [
      "a season that is too long",
      () => ["good.csv", "--window", "6", "--batch", "8", "--season", "50"],
      /--season 50: only 48 points/,
    ],
    [
      "a difference that is too long",
      () => ["good.csv", "--difference", "60"],
      /60 points, too few for --difference 60/,
    ],
    [
      "an unknown column",
      () => ["good.csv", "--column", "x"],
      /good\.csv: no column named "x"; the columns are "date", "value"/,
    ],
    [
      "an unknown cell",
      () => ["good.csv", "--cell", "lstn"],
      /got "lstn" as the cell, expected rnn, lstm, gru or a file/,
    ],
    ["an export of a built-in cell", () => ["good.csv", "--export", "a"], /--export a: lstm is no file/],
    [
      "a constant series",
      () => [cli.write("flat.csv", `value\n${"5\n".repeat(60)}`), "--window", "6", "--batch", "8"],
      /^tapeloop: flat\.csv, column "value": every value is 5, so there is nothing to forecast$/,
    ],
    [
      "text where numbers should be",
      () => [cli.write("text.csv", "date,value\n2000-01,1\n2000-02,many\n"), "--column", "value"],
      /^tapeloop: text\.csv, line 3, column "value": expected a number, got "many"$/,
    ],
    [
      "a blank cell",
      () => [cli.write("blank.csv", "date,value\n2000-01,1\n2000-02,\n"), "--column", "value"],
      /^tapeloop: blank\.csv, line 3, column "value": the cell is blank/,
    ],
    ["an empty file", () => [cli.write("empty.csv", "")], /^tapeloop: empty\.csv: the file is empty$/],
  ];
  it.concurrent.each(cases)("%s", async (name, args, message) => {
    const out = `out ${name}`;
    const { code, stdout, stderr } = await cli.run("train", "--out", out, ...args());
    expect(stderr).toMatch(/^tapeloop: [^\n]*\n$/);
    expect(stderr.trimEnd()).toMatch(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(existsSync(join(cli.folder, out))).toBe(false);
  });

  it("an output folder that is a file", async () => {
    const file = cli.write("in.csv", monthlyCsv(60));
    cli.write("taken", "mine");
    const { code, stdout, stderr } = await cli.run("train", file, ...SMALL, "--out", "taken");
    expect(stderr).toMatch(/^tapeloop: \S*taken: is a file, expected a folder\n$/);
    expect([code, stdout]).toEqual([2, ""]);
    expect(readFileSync(join(cli.folder, "taken"), "utf8")).toBe("mine");
  });

  it("an output that is a folder leaves the others unwritten", async () => {
    const file = cli.write("in.csv", monthlyCsv(60));
    mkdirSync(join(cli.folder, "half/model.safetensors"), { recursive: true });
    const { code, stderr } = await cli.run("train", file, ...SMALL, "--quiet", "--out", "half");
    expect(stderr).toMatch(/^tapeloop: half\/model\.safetensors: is a folder, expected a file\n$/);
    expect(code).toBe(2);
    expect(readdirSync(join(cli.folder, "half"))).toEqual(["model.safetensors"]);
  });
});

describe("tapeloop train --blas", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("names the library that makes matrix products, or says why there is none", async () => {
    vi.stubEnv("TAPELOOP_BLAS", "");
    const blas = nativeBlas();
    const file = cli.write("blas.csv", monthlyCsv(60));
    const { code, stdout, stderr } = await cli.run("train", file, ...SMALL, "--blas", "--out", "blas");
    if (blas === undefined) {
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^tapeloop: --blas: there is no library of matrix products: [^\n]*\n$/);
    } else {
      expect(code).toBe(0);
      expect(stdout).toContain(`Matrix products by ${blas.name}\n`);
      expect(contents("blas")["report.html"]).toContain("tapeloop train blas.csv");
    }
  });

  it.each([
    ["off", "the environment variable TAPELOOP_BLAS is off"],
    [
      "no-such-library",
      "nativeBlas: got TAPELOOP_BLAS = no-such-library, expected a library that can be used",
    ],
  ])("is an error where TAPELOOP_BLAS is %s", async (value, why) => {
    vi.stubEnv("TAPELOOP_BLAS", value);
    const file = cli.write("none.csv", monthlyCsv(60));
    const { code, stderr } = await cli.run("train", file, ...SMALL, "--blas", "--out", "none");
    expect(stderr).toContain(`tapeloop: --blas: there is no library of matrix products: ${why}`);
    expect(code).toBe(2);
  });
});

describe("tapeloop train --threads", () => {
  it("gives equal output and equal files for any number of threads", async () => {
    const file = cli.write("threads.csv", monthlyCsv(120));
    // Large enough that a step is shared out.
    const sizes = ["--window", "6", "--hidden", "40", "--epochs", "3", "--batch", "48"];
    const counts = ["1", "2", "3", "auto"];
    const train = (count: string, ...more: readonly string[]) =>
      cli.run("train", file, ...sizes, "--threads", count, "--out", "same", ...more);
    const outputs: string[] = [];
    const files: ReturnType<typeof contents>[] = [];
    for (const count of counts) {
      const { code, stdout } = await train(count, "--quiet");
      expect(code, count).toBe(0);
      outputs.push(stdout);
      files.push(contents("same"));
    }
    expect(new Set(outputs).size).toBe(1);
    for (const each of files) expect(each).toEqual(files[0]);
    const { stdout } = await train("2");
    expect(stdout).toMatch(/^Trained on 2 threads$/m);
  });

  it("says why there is one thread only", async () => {
    const file = cli.write("one.csv", monthlyCsv(60));
    const { stdout } = await cli.run("train", file, ...SMALL, "--threads", "2", "--out", "small");
    expect(stdout).toMatch(/^Trained on one thread: there is too little to share out$/m);
  });
});
