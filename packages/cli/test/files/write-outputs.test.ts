import type * as fs from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { writeOutputs } from "../../src/files/index.js";
import { InputError } from "../../src/input-error.js";

/** When the given number of writing system calls have been made, the next fails once. */
const disk = vi.hoisted(() => ({ callsUntilFailure: Infinity, code: "ENOSPC" }));

vi.mock("node:fs", async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  const failing = <Arguments extends unknown[], Result>(call: (...inputs: Arguments) => Result) => {
    return (...inputs: Arguments): Result => {
      if (disk.callsUntilFailure-- === 0) throw Object.assign(new Error("planted"), { code: disk.code });
      return call(...inputs);
    };
  };
  return {
    ...real,
    mkdirSync: failing(real.mkdirSync),
    writeFileSync: failing(real.writeFileSync),
    copyFileSync: failing(real.copyFileSync),
    renameSync: failing(real.renameSync),
  };
});

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tapeloop-files-"));
});
afterEach(async () => {
  disk.callsUntilFailure = Infinity;
  disk.code = "ENOSPC";
  await rm(folder, { recursive: true });
});

/** Every file below the folder with its text, and every empty folder. */
async function tree(): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.map(async (entry): Promise<[string, string]> => {
    const path = join(entry.parentPath, entry.name);
    return [relative(folder, path), entry.isDirectory() ? "(folder)" : await readFile(path, "utf8")];
  });
  return Object.fromEntries(await Promise.all(found));
}

describe("writing several outputs", () => {
  it("makes the folders, replaces what was there, and leaves nothing else behind", async () => {
    await writeFile(join(folder, "report.html"), "old");
    await writeOutputs([
      { path: join(folder, "report.html"), contents: "new ✓" },
      { path: join(folder, "deep/er/model.bin"), contents: Uint8Array.of(65, 66) },
    ]);
    expect(await tree()).toEqual({
      "report.html": "new ✓",
      deep: "(folder)",
      "deep/er": "(folder)",
      "deep/er/model.bin": "AB",
    });
  });

  it("writes through a symbolic link instead of replacing it", async () => {
    await writeFile(join(folder, "real.txt"), "old");
    await symlink(join(folder, "real.txt"), join(folder, "link.txt"));
    await writeOutputs([{ path: join(folder, "link.txt"), contents: "new" }]);
    expect(await tree()).toEqual({ "real.txt": "new", "link.txt": "new" });
  });

  it("changes nothing at all when any one step on the way fails", async () => {
    const name = fc.constantFrom("a", "b", "c/d", "c/e/f", "g");
    const plan = fc.record({
      before: fc.dictionary(fc.constantFrom("a", "b", "g"), fc.string(), { noNullPrototype: true }),
      names: fc.uniqueArray(name, { minLength: 1 }),
      failAt: fc.nat({ max: 20 }),
    });
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(plan, async ({ before, names, failAt }) => {
        for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true });
        for (const [file, text] of Object.entries(before)) await writeFile(join(folder, file), text);
        disk.callsUntilFailure = failAt;
        const outputs = names.map((file) => ({ path: join(folder, file), contents: `new ${file}` }));
        const failure: unknown = await writeOutputs(outputs).catch((error: unknown) => error);
        disk.callsUntilFailure = Infinity;
        const after = await tree();
        if (failure === undefined) {
          expect(after).toMatchObject({
            ...before,
            ...Object.fromEntries(names.map((n) => [n, `new ${n}`])),
          });
          expect(Object.keys(after).filter((path) => path.startsWith("."))).toEqual([]);
        } else {
          failures++;
          expect(failure).toBeInstanceOf(InputError);
          expect(after).toEqual(before);
        }
      }),
      { numRuns: 80 },
    );
    expect(failures).toBeGreaterThan(15);
  });

  it.each([
    ["ENOSPC", "the disk is full"],
    ["EACCES", "permission denied"],
    ["EROFS", "the disk is read-only"],
  ])("says which file could not be written and why: %s", async (code, reason) => {
    disk.callsUntilFailure = 1;
    disk.code = code;
    const path = join(folder, "report.html");
    await expect(writeOutputs([{ path, contents: "" }])).rejects.toThrow(
      new InputError(`${path}: cannot be written: ${reason}`),
    );
  });

  it("says so when the folder is a file, or the file a folder", async () => {
    await writeFile(join(folder, "out"), "");
    await mkdir(join(folder, "report.html"));
    await expect(writeOutputs([{ path: join(folder, "out/report.html"), contents: "" }])).rejects.toThrow(
      new InputError(`${join(folder, "out")}: is a file, expected a folder`),
    );
    await expect(writeOutputs([{ path: join(folder, "report.html"), contents: "" }])).rejects.toThrow(
      new InputError(`${join(folder, "report.html")}: is a folder, expected a file`),
    );
    expect(await tree()).toEqual({ out: "", "report.html": "(folder)" });
  });

  it("refuses two outputs of one name", async () => {
    const outputs = ["x.svg", "sub/../x.svg"].map((name) => ({ path: `${folder}/${name}`, contents: "" }));
    await expect(writeOutputs(outputs)).rejects.toThrow(InputError);
    expect(await tree()).toEqual({});
  });

  it.skipIf(process.getuid?.() === 0)("is refused by a folder without permission", async () => {
    await chmod(folder, 0o500);
    await expect(writeOutputs([{ path: join(folder, "a"), contents: "" }])).rejects.toThrow(
      /permission denied/,
    );
    await chmod(folder, 0o700);
  });
});
