import { spawnSync } from "node:child_process";

const { stderr, error } = spawnSync("dot", ["-V"], { encoding: "utf8" });

/** The version of the `dot` that is installed on the machine; nothing if there is none. */
export const installedVersion = error === undefined ? /version (\S+)/.exec(stderr)?.[1] : undefined;
if (installedVersion === undefined) {
  console.warn("skipped: drawings by an installed dot, for there is none here (apt-get install graphviz)");
}

/** Draws with the installed `dot`. Throws when it refuses the text. */
export function drawInstalled(dot: string): string {
  const { status, stdout, stderr } = spawnSync("dot", ["-Tsvg"], {
    input: dot,
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  if (status !== 0) throw new Error(`dot: ${stderr}`);
  return stdout;
}
