import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's folder, with a slash at its end. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs a program in the foreground and gives its exit code.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {number}
 */
export function run(program, args, { cwd = root, env = process.env } = {}) {
  const { status, error } = spawnSync(program, args, { cwd, env, stdio: "inherit" });
  if (error) throw new Error(`${program}: ${error.message}`);
  return status ?? 1;
}

/**
 * Runs a program and gives what it printed; throws with its complaint when it fails.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {string}
 */
export function output(program, args, { cwd = root, env = process.env } = {}) {
  const result = spawnSync(program, args, { cwd, env, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (result.error) throw new Error(`${program}: ${result.error.message}`);
  if (result.status !== 0) {
    const said = `${result.stdout}${result.stderr}`.trim();
    throw new Error(`${program} ${args.join(" ")}: exit code ${result.status ?? "none"}\n${said}`);
  }
  return result.stdout;
}

/**
 * The program and arguments that run npm: the npm that runs this script, or else the one on the path.
 * @param {readonly string[]} args
 * @returns {[string, string[]]}
 */
export function npm(args) {
  const script = process.env["npm_execpath"];
  if (script !== undefined && /\.c?js$/.test(script)) return [process.execPath, [script, ...args]];
  // On Windows npm is a batch file, which only the shell can start.
  if (process.platform === "win32") return ["cmd.exe", ["/d", "/c", "npm", ...args]];
  return ["npm", [...args]];
}

/**
 * Runs the JavaScript file behind an installed tool, such as `vitest/vitest.mjs`, with this Node.
 * @param {string} file path inside node_modules
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {number}
 */
export function runTool(file, args, options) {
  return run(process.execPath, [`${root}node_modules/${file}`, ...args], options);
}
