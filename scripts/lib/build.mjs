import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { root } from "./run.mjs";

/** Folders under packages/, those that others depend on first. */
export const packages = ["core", "nn", "check", "dot", "cli"];

const stamps = `${root}node_modules/.cache/tapeloop/built`;

/**
 * @typedef {{ name: string, version: string, exports: Record<string, string | Record<string, string>>,
 *   bin?: Record<string, string>, dependencies?: Record<string, string>,
 *   peerDependencies?: Record<string, string> }} Manifest
 */

/** @param {string} folder @returns {Manifest} */
export function manifest(folder) {
  return JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, "utf8"));
}

/** @param {string} folder @returns {string[]} folders of our own packages that this one builds on */
function ownDependencies(folder) {
  const names = manifest(folder).dependencies ?? {};
  return packages.filter((other) => other !== folder && manifest(other).name in names);
}

/** @param {string} folder @returns {string} fingerprint of all that the package's build reads */
function fingerprint(folder) {
  const hash = createHash("sha256");
  /** @param {string} path */
  const add = (path) =>
    hash
      .update(`${path}\0`)
      .update(readFileSync(`${root}${path}`))
      .update("\0");
  for (const path of ["tsconfig.json", "tsup.shared.ts", "scripts/lib/viewer-page.mjs"]) add(path);
  for (const each of [folder, ...ownDependencies(folder)]) {
    for (const file of ["package.json", "tsup.config.ts"]) add(`packages/${each}/${file}`);
    const files = readdirSync(`${root}packages/${each}/src`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length));
    for (const file of files.sort()) add(file);
  }
  return hash.digest("hex");
}

/** @param {string} folder @returns {string | undefined} why it must be built, or undefined when it is up to date */
function whyBuild(folder) {
  const { exports, bin = {} } = manifest(folder);
  const wanted = Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  for (const file of [...wanted, ...Object.values(bin)]) {
    if (!existsSync(`${root}packages/${folder}/${file}`)) return "not built yet";
  }
  const stamp = `${stamps}/${folder}`;
  const built = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  return built === fingerprint(folder) ? undefined : "sources changed";
}

/** @param {string} folder @returns {Promise<void>} */
async function buildOne(folder) {
  const stamp = `${stamps}/${folder}`;
  const built = fingerprint(folder);
  rmSync(stamp, { force: true });
  const tsup = spawn(process.execPath, [`${root}node_modules/tsup/dist/cli-default.js`], {
    cwd: `${root}packages/${folder}`,
    stdio: "inherit",
  });
  const code = await new Promise((resolve, reject) => tsup.on("error", reject).on("exit", resolve));
  if (code !== 0) throw new Error(`build of packages/${folder} failed (exit code ${code})`);
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, built);
}

/**
 * Builds the packages whose dist is missing or older than the sources; all of them with `force`.
 * @param {{ force?: boolean }} [options]
 */
export async function build({ force = false } = {}) {
  const due = packages.flatMap((folder) => {
    const why = force ? "asked for" : whyBuild(folder);
    return why === undefined ? [] : [{ folder, why }];
  });
  if (due.length === 0) return;
  console.log(`Building ${due.map(({ folder, why }) => `${folder} (${why})`).join(", ")}.`);
  // A package is compiled against the built declarations of those that it depends on, so it waits for them.
  /** @type {Map<string, Promise<void>>} */
  const builds = new Map();
  for (const { folder } of due) {
    const before = ownDependencies(folder).map((other) => builds.get(other));
    builds.set(
      folder,
      Promise.all(before).then(() => buildOne(folder)),
    );
  }
  await Promise.all(builds.values());
}
