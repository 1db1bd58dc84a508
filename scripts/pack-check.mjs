// npm run check:packages: what users will install works. Builds and packs every package, installs the tarballs into
// an empty folder, imports every entry in each supported Node, and compiles a small program against the types.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, manifest, packages } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { main } from "./lib/main.mjs";
import { nodes } from "./lib/nodes.mjs";
import { npm, output, root } from "./lib/run.mjs";

/** Import specifiers of a package's entries. @param {string} folder @returns {string[]} */
function entries(folder) {
  const { name, exports } = manifest(folder);
  return Object.entries(exports)
    .filter(([, target]) => typeof target !== "string")
    .map(([path]) => name + path.slice(1));
}

/**
 * Packs a package and holds its contents against its manifest.
 * @param {string} folder
 * @param {string} into
 * @returns {string} path of the tarball
 */
function pack(folder, into) {
  const args = ["pack", "--json", "--pack-destination", into, "--workspace", `packages/${folder}`];
  /** @type {[{ filename: string, files: readonly { path: string }[] }]} */
  const [{ filename, files }] = JSON.parse(output(...npm(args)));
  const paths = files.map((file) => file.path);
  const { exports, bin = {} } = manifest(folder);
  const promised = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target),
  );
  for (const path of ["LICENSE", ...promised, ...Object.values(bin)]) {
    if (!paths.includes(path.replace("./", ""))) throw new Error(`${filename} lacks ${path}`);
  }
  const stray = paths.filter(
    (path) => !/^(dist\/|bin\/tapeloop\.js$|LICENSE$|README\.md$|package\.json$)/.test(path),
  );
  if (stray.length > 0) throw new Error(`${filename} has files that nobody asked for: ${stray.join(", ")}`);
  return join(into, filename);
}

/** @param {string} folder */
function check(folder) {
  const tarballs = packages.map((each) => pack(each, folder));
  console.log(
    `Packed ${packages.map((each) => `${manifest(each).name}@${manifest(each).version}`).join(", ")}.`,
  );

  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  /** @type {{ devDependencies: Record<string, string> }} */
  const { devDependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  // Optional peers, which some entries rest on.
  const peers = packages
    .flatMap((each) => Object.keys(manifest(each).peerDependencies ?? {}))
    .map((name) => `${name}@${devDependencies[name] ?? "*"}`);
  const settings = ["--no-audit", "--no-fund", "--engine-strict"];
  output(...npm(["install", ...settings, ...tarballs, ...peers]), { cwd: folder });
  cpSync(`${root}scripts/consumer`, folder, { recursive: true });

  const all = packages.flatMap(entries);
  for (const { name, program } of nodes()) {
    output(program, ["import-all.mjs", ...all], { cwd: folder });
    const help = output(program, ["node_modules/tapeloop/bin/tapeloop.js", "--help"], { cwd: folder });
    if (!/usage/i.test(help)) throw new Error(`tapeloop --help in Node ${name} printed no usage:\n${help}`);
    console.log(`Node ${name}: imported ${all.length} entries, one gradient right, tapeloop --help answers.`);
    const found = output(program, ["native.mjs", "with"], { cwd: folder }).trim();
    console.log(`Node ${name}: native products: ${found}.`);
    output(program, ["render.mjs", "with"], { cwd: folder });
    console.log(`Node ${name}: SVG and PNG are made.`);
  }
  if (!existsSync(join(folder, "node_modules/.bin/tapeloop")))
    throw new Error("npm linked no tapeloop command");

  output(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "--project", folder]);
  console.log("A program compiles against the published types.");

  rmSync(join(folder, "node_modules/koffi"), { recursive: true });
  for (const { program } of nodes()) output(program, ["native.mjs", "without"], { cwd: folder });
  console.log("Without koffi there are no native products, and the same results.");

  for (const peer of ["@hpcc-js", "@resvg"]) rmSync(join(folder, "node_modules", peer), { recursive: true });
  for (const { program } of nodes()) output(program, ["render.mjs", "without"], { cwd: folder });
  console.log("Without Graphviz there are no pictures, and a word on what to install.");
}

await main(async () => {
  install();
  await build({ force: true });
  const folder = mkdtempSync(join(tmpdir(), "tapeloop-"));
  try {
    check(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
});
