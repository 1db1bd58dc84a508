import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests run on the sources, so no build stands between an edit and its test. */
function source(...candidates: string[]): string {
  const paths = candidates.map((path) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url)));
  return paths.find((path) => existsSync(path)) ?? paths.join(" or ");
}

export default defineConfig({
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
      { find: /^@tapeloop\/check\/arbitraries$/, replacement: source("check/src/arbitraries.ts") },
      { find: /^@tapeloop\/check\/bptt$/, replacement: source("check/src/bptt/index.ts") },
      { find: /^@tapeloop\/dot$/, replacement: source("dot/src/index.ts") },
    ],
  },
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "test/**/*.test.ts",
      "examples/**/*.test.ts",
      "docs/**/*.test.ts",
    ],
    maxWorkers: "100%",
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
