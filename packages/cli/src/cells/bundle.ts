import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Message, Plugin } from "esbuild";
import { InputError } from "../input-error.js";
import { ownModuleNames, ownModuleSource } from "./own-modules.js";

/** A place in a file of the user's. */
export interface Position {
  /** As seen from the working folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** A module and all that it imports, as one piece of JavaScript. */
export interface Bundle {
  readonly code: string;
  /** Where a place in the code (line and column from 1) comes from; nothing for code that is nobody's. */
  position(line: number, column: number): Position | undefined;
}

/**
 * Compiles a TypeScript or JavaScript module with its imports into one piece, in memory. Our own packages are those
 * that this program has loaded itself; Node's are left to Node.
 *
 * @throws {InputError} with file and line, for a syntax error or an import that leads nowhere
 */
export async function bundleModule(path: string): Promise<Bundle> {
  const entry = resolve(path);
  const esbuild = await import("esbuild");
  const built = await esbuild
    .build({
      entryPoints: [entry],
      outfile: join(dirname(entry), "bundle.js"),
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      target: "node20",
      sourcemap: "external",
      sourcesContent: false,
      // The bundle has no address of its own.
      define: { "import.meta.url": JSON.stringify(pathToFileURL(entry).href) },
      logLevel: "silent",
      plugins: [ownModules],
    })
    .catch((error: unknown) => {
      throw buildError(path, error);
    });
  const text = (suffix: string): string =>
    built.outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? "";
  const map = readMap(text(".map"));
  return {
    code: text(".js"),
    position(line, column) {
      const found = map?.findEntry(line - 1, column - 1);
      if (found === undefined || !("originalSource" in found) || found.originalSource.startsWith("own:")) {
        return undefined;
      }
      const file = relative(process.cwd(), resolve(dirname(entry), found.originalSource));
      return { file, line: found.originalLine + 1, column: found.originalColumn + 1 };
    },
  };
}

const ownModules: Plugin = {
  name: "own modules",
  setup(build) {
    build.onResolve({ filter: /^@tapeloop\// }, ({ path }) => {
      if (ownModuleSource(path) !== undefined) return { path, namespace: "own" };
      return { errors: [{ text: `A cell can import ${ownModuleNames.join(", ")}, but not ${path}` }] };
    });
    build.onLoad({ filter: /.*/, namespace: "own" }, ({ path }) => ({
      contents: ownModuleSource(path) ?? "",
    }));
  },
};

function readMap(json: string): SourceMap | undefined {
  const payload: unknown = json === "" ? undefined : JSON.parse(json);
  return isPayload(payload) ? new SourceMap(payload) : undefined;
}

function isPayload(value: unknown): value is SourceMapPayload {
  return typeof value === "object" && value !== null && "mappings" in value && "sources" in value;
}

function buildError(path: string, error: unknown): unknown {
  const [first] = messagesOf(error);
  if (first === undefined) return error;
  const { location, text } = first;
  const place = location === null ? path : `${location.file}:${location.line}:${location.column + 1}`;
  return new InputError(`${place}: ${text.replaceAll("own:", "")}`, { cause: error });
}

function messagesOf(error: unknown): readonly Message[] {
  if (!(error instanceof Error) || !("errors" in error) || !Array.isArray(error.errors)) return [];
  return error.errors.filter(isMessage);
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && "text" in value && "location" in value;
}
