import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { useCli } from "./cli.js";

const cli = useCli();

describe("tapeloop --help", () => {
  it("lists the commands and the exit codes", async () => {
    const { code, stdout, stderr } = await cli.run("--help");
    for (const text of ["train [options]", "check [options]", "graph [options]", "Exit codes:", "130"]) {
      expect(stdout).toContain(text);
    }
    expect([code, stderr]).toEqual([0, ""]);
  });

  it.each([
    [
      "train",
      [
        ...["--column", "--cell", "--window", "--hidden", "--epochs", "--batch", "--seed", "--out"],
        ...["--season", "--threads"],
      ],
    ],
    [
      "check",
      [
        ...["--input", "--hidden", "--time", "--batch", "--seed", "--tolerance", "--order", "--export"],
        ...["--mode", "--precision", "--entries", "--heat-map"],
      ],
    ],
    ["graph", ["--format", "--output", "--unrolled", "--hidden", "--batch", "--export"]],
  ])("explains every option of %s, with its default and with examples", async (command, options) => {
    const [{ code, stdout }, help] = await Promise.all([
      cli.run(command, "--help"),
      cli.run("help", command),
    ]);
    for (const option of options)
      expect(stdout).toMatch(new RegExp(`^ +(?:-\\w, )?${option} <[^>]+> +\\w`, "m"));
    expect(stdout).toMatch(/\(default: \d+\)/);
    expect(stdout).toMatch(/Examples:\n {2}\$ tapeloop/);
    expect(help.stdout).toBe(stdout);
    expect(code).toBe(0);
  });

  it("prints the version of the package", async () => {
    expect((await cli.run("--version")).stdout).toBe(`${manifest.version}\n`);
  });
});

describe("a command line that is none", () => {
  it.each([
    [[], "tapeloop: no command; try tapeloop --help\n"],
    [["trian"], "tapeloop: unknown command 'trian' (Did you mean train?)\n"],
    [["--verbose"], "tapeloop: unknown option '--verbose'\n"],
  ])("%j is told so in one line: code 2", async (args, message) => {
    const { code, stdout, stderr } = await cli.run(...args);
    expect(stderr).toBe(message);
    expect([code, stdout]).toEqual([2, ""]);
  });
});
