import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { useCli } from "./cli.js";

const cli = useCli();
const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Errors by name, from the lines of a table of results. */
function errors(table: string): Map<string, number> {
  const rows = [...table.matchAll(/^ {2}(\S.*?) {2,}([\d.]+)$/gm)];
  return new Map(rows.map(([, name = "", value]) => [name, Number(value)]));
}

describe("the job that npm start runs", () => {
  it(
    "beats the naive forecasts, passes its gradient check, and prints what the README shows",
    { timeout: 600_000 },
    async () => {
      const series = `${root}examples/data/co2-mauna-loa.csv`;
      const { code, stdout } = await cli.run("train", series, "--column", "co2", "--unit", "ppm");
      expect(code).toBe(0);
      const readme = readFileSync(`${root}README.md`, "utf8");
      const [, shown = ""] = /```text\n(Test error[^`]*)```/.exec(readme) ?? [];
      const [found, told] = [errors(stdout), errors(shown)];
      expect([...found.keys()]).toEqual([...told.keys()]);
      const { lstm = NaN, ...naive } = Object.fromEntries(found);
      expect(lstm).toBeLessThan(0.9 * Math.min(...Object.values(naive)));
      // Exponentials are rounded differently by different engines, and training amplifies that.
      for (const [name, value] of told)
        expect((found.get(name) ?? NaN) / value).toBeCloseTo(1, name === "lstm" ? 1 : 6);
      const words = shown.split("\n").filter((line) => /^(Test error|Gradient check)/.test(line));
      for (const line of words) expect(stdout).toContain(line);
    },
  );
});
