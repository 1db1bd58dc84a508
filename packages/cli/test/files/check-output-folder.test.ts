import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkOutputFolder } from "../../src/files/index.js";
import { InputError } from "../../src/input-error.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tapeloop-folder-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("checking the output folder before long work", () => {
  it("accepts a folder that is there, and one that can be made, without making it", async () => {
    checkOutputFolder(folder);
    checkOutputFolder(join(folder, "not/yet"));
    expect(await readdir(folder)).toEqual([]);
  });

  it("refuses a file, and a folder inside a file", async () => {
    const file = join(folder, "out");
    await writeFile(file, "");
    const expected = new InputError(`${file}: is a file, expected a folder`);
    expect(() => checkOutputFolder(file)).toThrow(expected);
    expect(() => checkOutputFolder(join(file, "deeper"))).toThrow(expected);
  });

  it.skipIf(process.getuid?.() === 0)("refuses a folder that may not be written", async () => {
    await chmod(folder, 0o500);
    expect(() => checkOutputFolder(join(folder, "new"))).toThrow(/cannot be written: permission denied/);
    await chmod(folder, 0o700);
  });
});
