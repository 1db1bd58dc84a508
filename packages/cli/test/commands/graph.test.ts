import { existsSync, readFileSync } from "node:fs";
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

  it("writes SVG where the output's name says so, or the format does", async () => {
    await cli.run("graph", "gru", "-o", "drawings/gru.svg");
    await cli.run("graph", "gru", "--format", "svg", "--output", "gru.txt");
    const svg = readFileSync(join(cli.folder, "drawings/gru.svg"), "utf8");
    expect(svg).toMatch(/^<svg [^]*<\/svg>\s*$/);
    expect(svg).toContain("reset");
    expect(readFileSync(join(cli.folder, "gru.txt"), "utf8")).toBe(svg);
  });

  it("writes a page to explore where the output's name says so", async () => {
    await cli.run("graph", "lstm", "--unrolled", "3", "-o", "lstm.html");
    const page = readFileSync(join(cli.folder, "lstm.html"), "utf8");
    expect(page).toMatch(/^<!doctype html>[^]*<title>lstm, 3 time steps<\/title>[^]*<\/html>\s*$/);
  });

  it("stops quietly when the reader has enough", async () => {
    const { process: child, ended } = cli.start("graph", "lstm", "--unrolled", "200");
    child.stdout?.once("data", () => child.stdout?.destroy());
    const { stderr } = await ended;
    expect(stderr).toBe("");
  });

  it.concurrent.each([
    [
      ["lstm", "--format", "png"],
      /--format <format>' argument 'png' is invalid\. Allowed choices are dot, svg, html\./,
    ],
    [["lstm", "--unrolled", "0"], /--unrolled <steps>' argument '0'/],
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
