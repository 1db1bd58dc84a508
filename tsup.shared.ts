import type { Options } from "tsup";

/**
 * Build settings common to the packages: ESM and declarations, for Node 20 and current browsers. `scripts` are files
 * that are run, not imported, so they have no declarations.
 */
export function library(
  entry: Record<string, string>,
  { dts = true, scripts = {} }: { dts?: boolean; scripts?: Record<string, string> } = {},
): Options {
  return {
    entry: { ...entry, ...scripts },
    format: "esm",
    target: "es2022",
    outDir: "dist",
    // Declarations are made from those that the other packages publish, not from their sources (`paths`).
    // tsup sets `baseUrl`, which TypeScript 6 reports as deprecated.
    dts: dts && { entry, compilerOptions: { paths: {}, allowJs: false, ignoreDeprecations: "6.0" } },
    sourcemap: true,
    clean: true,
    silent: true,
  };
}
