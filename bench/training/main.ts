import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { versionsOf, type Entrant, type Place } from "./contenders.js";
import { measure, type Result } from "./measure.js";
import { readOptions, usage } from "./options.js";
import { page } from "./page.js";
import { report } from "./report.js";

/** Where the worker's bundle, this folder and the page are. */
export interface Paths {
  readonly folder: string;
  readonly worker: string;
  readonly page: string;
}

/** Measures what the command line asks for and prints the tables; gives the exit code. */
export async function main(args: readonly string[], paths: Paths): Promise<number> {
  const settings = readOptions(args);
  if (settings === undefined) {
    console.log(usage);
    return 0;
  }
  const place: Place = { ...paths, python: settings.python };
  const versions = versionsOf(place);
  const missing = new Map(
    settings.entrants.flatMap((entrant) => {
      const why = absence(entrant, versions, place);
      return why === undefined ? [] : [[entrant, why] as const];
    }),
  );
  const folder = mkdtempSync(join(tmpdir(), "tapeloop-training-"));
  const results: Result[] = [];
  try {
    for (const workload of settings.workloads) {
      const found = await measure(workload, settings.entrants, missing, settings, place, folder);
      settings.log(`\n${report(found, "#")}\n`); // what there is, should a later workload be interrupted
      results.push(...found);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(await markdown(report(results, "#"), paths.page));
  if (settings.write)
    writeFileSync(paths.page, await markdown(page(results, settings, versions), paths.page));
  return 0;
}

function absence(
  { needs, kind }: Entrant,
  versions: ReadonlyMap<string, string | undefined>,
  { python }: Place,
): string | undefined {
  if (needs === undefined || versions.get(needs) !== undefined) return undefined;
  return kind === "python" ? `${python} cannot import ${needs}` : `${needs} is not installed`;
}

/** Aligned as the repository's pages are. */
async function markdown(text: string, path: string): Promise<string> {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
