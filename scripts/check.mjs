// npm run check: everything that must hold before a change is merged. `--skip-tests` leaves the tests out, for a
// caller that has just run them. Every step runs, so that one run shows all that is wrong.
import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { main } from "./lib/main.mjs";
import { root, run, runTool } from "./lib/run.mjs";

/** @type {readonly { name: string, isTest?: true, run: () => number }[]} */
const steps = [
  { name: "format", run: () => runTool("prettier/bin/prettier.cjs", ["--check", "."]) },
  { name: "lint", run: () => runTool("eslint/bin/eslint.js", [".", "--max-warnings", "0"]) },
  { name: "types", run: () => runTool("typescript/bin/tsc", ["--noEmit"]) },
  {
    name: "layering",
    isTest: true,
    run: () => runTool("vitest/vitest.mjs", ["run", "test/layering.test.ts"]),
  },
  { name: "tests", isTest: true, run: () => runTool("vitest/vitest.mjs", ["run"]) },
  { name: "packages", run: () => run(process.execPath, [`${root}scripts/pack-check.mjs`]) },
];

await main(async () => {
  install();
  await build();
  const skipTests = process.argv.includes("--skip-tests");
  const failed = [];
  for (const step of steps) {
    if (skipTests && step.isTest) continue;
    console.log(`\n── ${step.name}`);
    if (step.run() !== 0) failed.push(step.name);
  }
  console.log(failed.length === 0 ? "\nAll checks passed." : `\nFailed checks: ${failed.join(", ")}.`);
  return failed.length === 0 ? 0 : 1;
});
