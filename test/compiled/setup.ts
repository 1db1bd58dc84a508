import "@tapeloop/core";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, expect, type RunnerTask, type RunnerTestFile } from "vitest";
import { EagerPrograms } from "../../packages/core/src/compile/eager/executor.js";
import { installExecutor } from "../../packages/core/src/tape/execute.js";
import { isLibraryOp } from "../../packages/core/src/tape/op.js";
import { exceptedIn, exceptionFor, withoutOperations } from "./exceptions.js";

/*
 * The suite once more, on programs: whatever their size and dtype, operations on concrete tensors, whole loops among
 * them, are compiled by themselves. A test file in which nothing was compiled fails, and so does one in which an
 * operation of the library had to run on its reference kernel.
 */

const programs = new EagerPrograms({ admits: () => true, maxPrograms: 2048, maxBytes: 2 ** 30 });
const refused = new Set<string>();
let depth = 0;

installExecutor((op, inputs, attrs, types) => {
  depth++;
  try {
    const results = programs.execute(op, inputs, attrs, types);
    // Within a program an operation of the test's own may call others: they run on the reference kernels.
    if (results !== undefined || depth > 1 || !isLibraryOp(op)) return results;
    // What the reference kernel refuses too, an index out of range, ends here.
    const expected = op.forward(inputs, attrs, types);
    refused.add(op.name);
    return expected;
  } finally {
    depth--;
  }
});

const root = fileURLToPath(new URL("../../", import.meta.url));
const begun = new Set<string>();
let file: RunnerTestFile | undefined;

beforeEach(({ task, skip }) => {
  file = task.file;
  begun.add(task.fullTestName);
  const why = exceptionFor(pathOf(file), task.fullTestName);
  if (why !== undefined) skip(why);
});

afterAll(() => {
  expect([...refused], "operations that ran on their reference kernels").toEqual([]);
  // With a filter by name (`-t`) only some of the tests have run.
  if (file === undefined || namesOf(file).some((name) => !begun.has(name))) return;
  const path = pathOf(file);
  expect(
    exceptedIn(path).filter((name) => !begun.has(name)),
    "exceptions that name no test",
  ).toEqual([]);
  const why = withoutOperations[path];
  if (why === undefined) expect(programs.runs, "operations that ran as programs").toBeGreaterThan(0);
  else expect(programs.runs, `operations that ran as programs, though this file ${why}`).toBe(0);
});

function pathOf({ filepath }: RunnerTestFile): string {
  return relative(root, filepath).replaceAll("\\", "/");
}

/** All tests within. */
function namesOf(task: RunnerTask): string[] {
  return task.type === "test" ? [task.fullTestName] : task.tasks.flatMap(namesOf);
}
