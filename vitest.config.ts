import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { viewerPageInTests } from "./scripts/lib/viewer-page.mjs";

/** Tests run on the sources, so no build stands between an edit and its test. */
function source(...candidates: string[]): string {
  const paths = candidates.map((path) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url)));
  return paths.find((path) => existsSync(path)) ?? paths.join(" or ");
}

export default defineConfig({
  plugins: [viewerPageInTests],
  resolve: {
    alias: [
      { find: /^@tapeloop\/core$/, replacement: source("core/src/index.ts") },
      { find: /^@tapeloop\/core\/native$/, replacement: source("core/src/native/index.ts") },
      { find: /^@tapeloop\/nn$/, replacement: source("nn/src/index.ts") },
      { find: /^@tapeloop\/check$/, replacement: source("check/src/index.ts") },
      {
        find: /^@tapeloop\/check\/vitest$/,
        replacement: source("check/src/vitest.ts", "check/src/vitest/index.ts"),
      },
      { find: /^@tapeloop\/check\/arbitraries$/, replacement: source("check/src/arbitraries/index.ts") },
      { find: /^@tapeloop\/check\/bptt$/, replacement: source("check/src/bptt/index.ts") },
      { find: /^@tapeloop\/dot$/, replacement: source("dot/src/index.ts") },
      { find: /^@tapeloop\/dot\/render$/, replacement: source("dot/src/render/index.ts") },
      { find: /^@tapeloop\/dot\/html$/, replacement: source("dot/src/html/index.ts") },
    ],
  },
  test: {
    maxWorkers: "100%",
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "all",
          setupFiles: ["test/setup/seed.ts"],
          include: [
            "packages/*/test/**/*.test.ts",
            "test/**/*.test.ts",
            "examples/**/*.test.ts",
            "docs/**/*.test.ts",
          ],
        },
      },
      {
        // What exercises operations, transforms and cells once more, with every operation compiled.
        extends: true,
        test: {
          name: "compiled",
          include: [
            "packages/core/test/nesting.test.ts",
            "packages/core/test/{control,ops,random,tape,tensor,transforms}/**/*.test.ts",
            "packages/nn/test/**/*.test.ts",
            "test/check-cell.test.ts",
            "test/{bptt,ops}/**/*.test.ts",
            "examples/*/*.test.ts",
          ],
          exclude: [
            "examples/data/**",
            // Ten thousand steps and the heap of long trainings: minutes, and no other operations than elsewhere.
            "packages/nn/test/cells/long.test.ts",
            // The compiler's own functions, emitted by themselves.
            "test/ops/math-float64.test.ts",
          ],
          setupFiles: ["test/setup/seed.ts", "test/compiled/setup.ts"],
        },
      },
    ],
  },
});
