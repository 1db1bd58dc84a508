import { existsSync, readFileSync } from "node:fs";
import { npm, root, run } from "./run.mjs";

/**
 * @typedef {{ version?: string, resolved?: string, link?: boolean, optional?: boolean }} Entry
 * @typedef {{ packages: Record<string, Entry> }} Lock
 */

/** @param {string} path @returns {Lock} */
function readLock(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/**
 * Why `npm ci` is due, or undefined when node_modules holds what the lockfile says.
 * Contents are compared, not dates: a checkout changes dates without changing anything.
 * @param {string} [folder] of a package, with a slash at its end
 * @returns {string | undefined}
 */
export function whyInstall(folder = root) {
  if (!existsSync(`${folder}node_modules/.package-lock.json`)) return "node_modules is missing";
  const installed = readLock(`${folder}node_modules/.package-lock.json`).packages;
  for (const [path, wanted] of Object.entries(readLock(`${folder}package-lock.json`).packages)) {
    const found = installed[path];
    // Optional entries are other platforms' binaries. The root has no entry of its own in node_modules.
    if (path === "" || (found === undefined && wanted.optional)) continue;
    if (found?.version !== wanted.version || found?.link !== wanted.link) {
      return `node_modules differs from package-lock.json (${path})`;
    }
  }
  return undefined;
}

/**
 * Installs what the lockfile says, only when that is not there yet. Throws when npm fails.
 * @param {string} [folder] of a package, with a slash at its end
 */
export function install(folder = root) {
  const why = whyInstall(folder);
  if (why === undefined) return;
  console.log(`Installing dependencies with npm ci: ${why}.`);
  const code = run(...npm(["ci", "--prefix", folder, "--include=dev", "--no-audit", "--no-fund"]), {
    cwd: folder,
  });
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}`);
}
