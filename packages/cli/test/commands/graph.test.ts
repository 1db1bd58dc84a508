import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { useCli } from "./cli.js";

const cli = useCli();

describe("tapeloop graph", () => {
  it("prints DOT: the same bytes every time, with the names of parameters, state and scopes", async () => {
    const [one, two] = await Promise.all([cli.run("graph", "lstm"), cli.run("graph", "lstm")]);
    expect(one.stderr).toBe("");
    expect(one.code).toBe(0);
    expect(one.stdout).toMatch(/^digraph tape \{\n[^]*\}\n$/);
    for (const name of ["lstm, one time step", "forget", "wf", "[33, 32]", "h′, output", "c′"]) {
      expect(one.stdout).toContain(name);
    }
    expect(two.stdout).toBe(one.stdout);
  });

  it("draws the asked-for sizes and number of time steps", async () => {
    const args = ["--input", "2", "--hidden", "5", "--batch", "7", "--unrolled", "2", "--direction", "TB"];
    const { stdout } = await cli.run("graph", "rnn", ...args);
    for (const text of ["t = 0", "t = 1", "[2, 5]", "[7, 5]", "x 1", "h 1, output 1"]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).toMatch(/rankdir="?TB/);
    expect(stdout).not.toContain("t = 2");
  });

  it("draws the gradient beside the steps of the loop", async () => {
    const { stdout, code } = await cli.run("graph", "lstm", "--backward", "--direction", "TB");
    expect(code).toBe(0);
    for (const text of ["scan × 24", "Σₜ [h; x[t]]ᵀ·δ", "dL/dhₜ₋₁ through f (forget)"]) {
      expect(stdout).toContain(text);
    }
  });

  it("writes SVG where the output's name says so, or the format does", async () => {
    await cli.run("graph", "gru", "-o", "drawings/gru.svg");
    await cli.run("graph", "gru", "--format", "svg", "--output", "gru.txt");
    const svg = readFileSync(join(cli.folder, "drawings/gru.svg"), "utf8");
    expect(svg).toMatch(/^<svg [^]*<\/svg>\s*$/);
    expect(svg).toContain("reset");
    expect(readFileSync(join(cli.folder, "gru.txt"), "utf8")).toBe(svg);
  });

  it("writes PNG, Mermaid and JSON where the output's name says so, or the format does", async () => {
    for (const name of ["gru.png", "gru.mmd", "gru.json"]) await cli.run("graph", "gru", "-o", name);
    const read = (name: string): Buffer => readFileSync(join(cli.folder, name));
    expect(read("gru.png").subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
    expect(read("gru.mmd").toString()).toMatch(/^---\ntitle: "gru, one time step"\n---\nflowchart LR\n/);
    expect(JSON.parse(read("gru.json").toString())).toMatchObject({ format: "tapeloop-graph", version: 1 });
    for (const [format, name] of [
      ["mermaid", "gru.mmd"],
      ["json", "gru.json"],
    ] as const) {
      const { stdout } = await cli.run("graph", "gru", "--format", format);
      expect(stdout).toBe(read(name).toString());
    }
  });

  it("folds what is above so many nodes", async () => {
    const { stdout } = await cli.run("graph", "lstm", "--unrolled", "20", "--max-nodes", "30");
    expect(stdout).toContain("nodes folded");
    expect(stdout.match(/ \[label=/g)!.length).toBeLessThan(100);
  });

  it("gives up on a layout that takes too long, and says what to do", async () => {
    const large = ["--unrolled", "1000", "--max-nodes", "1000000", "--time-limit", "1"];
    const { code, stderr } = await cli.run("graph", "lstm", ...large, "-o", "large.svg");
    expect(stderr).toBe(
      "tapeloop: graph: no picture after 1 s, expected one by then: " +
        "draw fewer nodes (--max-nodes), or raise --time-limit\n",
    );
    expect(code).toBe(2);
    expect(existsSync(join(cli.folder, "large.svg"))).toBe(false);
  });

  it("writes a page to explore where the output's name says so", async () => {
    await cli.run("graph", "lstm", "--unrolled", "3", "-o", "lstm.html");
    const page = readFileSync(join(cli.folder, "lstm.html"), "utf8");
    expect(page).toMatch(/^<!doctype html>[^]*<title>lstm, 3 time steps<\/title>[^]*<\/html>\s*$/);
  });

  it.skipIf(!existsSync("/dev/full"))("says in one line that there was no room", () => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [cli.program, "graph", "lstm"], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect(stderr).toBe("tapeloop: standard output: cannot be written: the disk is full\n");
    expect(status).toBe(2);
  });

  it("stops quietly when the reader has enough", async () => {
    const { process: child, ended } = cli.start("graph", "lstm", "--unrolled", "200");
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { stderr } = await ended;
    expect(stderr).toBe("");
  });

  it.concurrent.each([
    [
      ["lstm", "--format", "gif"],
      /--format <format>' argument 'gif' is invalid\. Allowed choices are dot, svg, png, html, mermaid, json\./,
    ],
    [
      ["lstm", "-o", "x.jpg"],
      /graph: x\.jpg: no format has this name, expected \.dot, .*\.svg, .*, or --format/,
    ],
    [["lstm", "-o", "/dev/null"], /\/dev\/null: is a device or a pipe, expected a file/],
    [["lstm", "--unrolled", "0"], /--unrolled <steps>' argument '0'/],
    [["lstm", "--time-limit", "0"], /--time-limit <seconds>' argument '0'/],
    [["lstm", "--max-nodes", "x"], /--max-nodes <nodes>' argument 'x'/],
    [["./nowhere.ts", "-o", "x.dot"], /\.\/nowhere\.ts: no such file/],
    [[], /missing required argument 'cell'/],
  ])("rejects %j in one line", async (args, message) => {
    const { code, stdout, stderr } = await cli.run("graph", ...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^tapeloop: [^\n]*\n$/);
    expect([code, stdout]).toEqual([2, ""]);
    expect(existsSync(join(cli.folder, "x.dot"))).toBe(false);
  });
});
