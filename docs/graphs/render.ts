import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

const graphviz = join(createRequire(import.meta.url).resolve("graphviz-cli"), "../../bin/graphviz.cjs");

/**
 * A diagram as an SVG file, drawn by Graphviz 5 in a process of its own: layouts depend a little on what the same Graphviz
 * has drawn before.
 */
export async function render(dot: string): Promise<string> {
  const running = promisify(execFile)(process.execPath, [graphviz, "-Tsvg"], { maxBuffer: 2 ** 26 });
  running.child.stdin?.end(dot);
  const { stdout } = await running;
  // Comments repeat what the DOT text says.
  return stdout.replace(/<!--[^]*?-->\n?/g, "");
}
