import { readFileSync } from "node:fs";

/** The program in a Markdown file: its `ts` blocks in order, as one module, and what it says that it prints. */
export interface DocProgram {
  readonly file: string;
  readonly source: string;
  /** Lines of output promised by `// → …` comments. */
  readonly promised: readonly string[];
}

const FENCE = /^```ts\s*$([\s\S]*?)^```\s*$/gm;
const PROMISE = /\/\/ → ?(.*)$/;

/**
 * Reads the `ts` blocks of a Markdown file. Imports are written once per file and every block sees those before it,
 * as a reader would type them. Blocks fenced as anything else (`sh`, `text`, `ts ignore`) are not programs.
 */
export function readProgram(file: string): DocProgram | undefined {
  const blocks = [...readFileSync(file, "utf8").matchAll(FENCE)].map(([, code = ""]) => code);
  if (blocks.length === 0) return undefined;
  const lines = blocks.join("\n").split("\n");
  const promised = lines.flatMap((line) => {
    const match = PROMISE.exec(line);
    return match === null ? [] : [(match[1] ?? "").trimEnd()];
  });
  const source = [
    'import { log as __log, test as __test } from "../../test/docs/runtime.js";',
    ...lines.map((line) =>
      line
        .replaceAll("console.log(", "__log(")
        .replace(/^import \{(.*)\} from "vitest";$/, (_, names: string) => vitestImport(names)),
    ),
  ].join("\n");
  return { file, source, promised };
}

/** In a page's program `test(name, fn)` runs at once: the page is run inside a test already. */
function vitestImport(names: string): string {
  const wanted = names.split(",").map((name) => name.trim());
  const own = wanted.includes("test") ? "const test = __test;" : "";
  const rest = wanted.filter((name) => name !== "test");
  return rest.length === 0 ? own : `import { ${rest.join(", ")} } from "vitest"; ${own}`;
}
