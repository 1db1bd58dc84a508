// Prints the totals of a vitest JSON report, whose path is the only argument: `N passed, N failed` on the last line.
import { readFileSync } from "node:fs";
import { main } from "./lib/main.mjs";

/** @typedef {{ status: string, assertionResults: readonly { status: string }[] }} FileResult */
/** @typedef {{ success: boolean, testResults: readonly FileResult[] }} Report */

/** @param {string} path @returns {Report | undefined} undefined when vitest did not get as far as a report */
function read(path) {
  const text = readFileSync(path, "utf8");
  return text.trim() === "" ? undefined : JSON.parse(text);
}

await main(() => {
  const path = process.argv[2];
  if (path === undefined) throw new Error("test-summary: expected the path of a vitest JSON report");
  const report = read(path);
  if (report === undefined) {
    console.log("The tests did not run.\n0 passed, 1 failed");
    return 1;
  }
  const files = report.testResults;
  const statuses = files.flatMap((file) => file.assertionResults.map((test) => test.status));
  /** @param {string} status */
  const count = (status) => statuses.filter((each) => each === status).length;
  // A file that fails outside its tests (it does not load, say) counts as one failure more.
  const broken = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const passed = count("passed");
  const failed = count("failed") + broken;
  const skipped = statuses.length - passed - count("failed");
  console.log(` Test Files  ${files.length}`);
  console.log(`      Tests  ${passed} passed | ${failed} failed | ${skipped} skipped (${statuses.length})`);
  console.log(`${passed} passed, ${failed} failed`);
  return report.success && failed === 0 ? 0 : 1;
});
