import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Entry {
  readonly resolved?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Record<string, string>;
}

const text = readFileSync(new URL("../package-lock.json", import.meta.url), "utf8");
const entries = (JSON.parse(text) as { packages: Record<string, Entry> }).packages;

/** Whether a dependency of the package at `path` has an entry, in its own node_modules or in one further out. */
function hasEntry(path: string, name: string): boolean {
  for (let folder = path; folder !== "";) {
    if (`${folder}/node_modules/${name}` in entries) return true;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")));
  }
  return `node_modules/${name}` in entries;
}

it("the lockfile names the binaries of every platform, not only of the one it was written on", () => {
  const missing = Object.entries(entries).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !hasEntry(path, name))
      .map((name) => `${path} wants ${name}`),
  );
  expect(missing).toEqual([]);
});

it("the lockfile leaves the choice of registry to whoever installs", () => {
  const hosts = Object.values(entries)
    .filter(({ link }) => link !== true)
    .flatMap(({ resolved }) => resolved ?? []);
  expect(hosts).toEqual([]);
});
