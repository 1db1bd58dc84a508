import type { Options } from "tsup";

/** Build settings common to the packages: ESM and declarations, for Node 20 and current browsers. */
export function library(entry: Record<string, string>, { dts = true } = {}): Options {
  return {
    entry,
    format: "esm",
    target: "es2022",
    outDir: "dist",
    // Declarations are made from those that the other packages publish, not from their sources (`paths`).
    // tsup sets `baseUrl`, which TypeScript 6 reports as deprecated.
    dts: dts && { compilerOptions: { paths: {}, allowJs: false, ignoreDeprecations: "6.0" } },
    sourcemap: true,
    clean: true,
    silent: true,
  };
}
