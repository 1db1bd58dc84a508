import ts from "typescript";

/** One source file, by its path from the repository's root. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly specifier: string;
  /** Erased by the compiler: the file needs the other's types only. */
  readonly typeOnly: boolean;
}

/** Which of our packages' entries each package may import. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  nn: ["@tapeloop/core"],
  check: ["@tapeloop/core"],
  dot: ["@tapeloop/core"],
  cli: [
    "@tapeloop/core",
    "@tapeloop/core/native",
    "@tapeloop/nn",
    "@tapeloop/check",
    "@tapeloop/check/bptt",
    "@tapeloop/dot",
    "@tapeloop/dot/render",
    "@tapeloop/dot/html",
  ],
  examples: [
    "@tapeloop/core",
    "@tapeloop/core/native",
    "@tapeloop/nn",
    "@tapeloop/check",
    "@tapeloop/check/vitest",
    "@tapeloop/check/arbitraries",
    "@tapeloop/check/bptt",
    "@tapeloop/dot",
    "@tapeloop/dot/render",
    "@tapeloop/dot/html",
  ],
};

/** Entries that rest on an optional peer or on Node, and the module that they may import for it. */
const peers: readonly { path: RegExp; module: string }[] = [
  { path: /^packages\/check\/src\/vitest(\.ts|\/)/, module: "vitest" },
  { path: /^packages\/check\/src\/arbitraries(\.ts|\/)/, module: "fast-check" },
  // The page of a drawing brings Graphviz along: the build puts it into the page, and no one else loads it.
  { path: /^packages\/dot\/src\/html\/page\//, module: "@hpcc-js/wasm-graphviz" },
  // koffi itself is asked for when it is needed: it may not be there.
  { path: /^packages\/core\/src\/native\//, module: "node:module" },
];

/** Folders and files of core/src, lowest first: a file imports from its own place or from below. */
const coreOrder = [
  "errors",
  "expect",
  "wasm",
  "kernels",
  "tensor",
  "tape",
  "ops",
  "random",
  "transforms",
  "control",
  "compile",
  "methods",
  "index",
  // An entry of its own, for Node alone: nothing reaches it from the main one.
  "native",
];

/** Every rule that an import of `source` breaks, one line each. */
export function violations(source: Source): string[] {
  const found = new Set<string>();
  const { imports, makesCode } = scan(source);
  if (makesCode) found.add(`${source.path}: makes code from text (eval or Function)`);
  for (const each of imports) {
    const why = forbidden(source.path, each);
    if (why !== undefined) found.add(`${source.path}: imports "${each.specifier}", ${why}`);
  }
  return [...found];
}

function forbidden(path: string, { specifier, typeOnly }: Import): string | undefined {
  const [, folder = "examples", file = ""] = /^packages\/([^/]+)\/src\/(.*)$/.exec(path) ?? [];
  if (specifier.startsWith(".")) {
    const target = resolve(path, specifier);
    const home = folder === "examples" ? "examples/" : `packages/${folder}/src/`;
    // A package may read its own manifest, for its version; the build inlines it.
    if (target === `packages/${folder}/package.json`) return undefined;
    if (!target.startsWith(home)) return `outside of ${home}`;
    if (file.startsWith("bptt/") && !target.startsWith(`${home}bptt/`)) return "but bptt/ stands alone";
    if (folder === "core") return againstCoreOrder(file, target.slice(home.length), typeOnly);
    return undefined;
  }
  if (file.startsWith("bptt/")) return "but bptt/ stands alone";
  if (specifier === "tapeloop" || specifier.startsWith("@tapeloop/")) {
    const allowed = mayImport[folder] ?? [];
    return allowed.includes(specifier) ? undefined : `which ${folder} may not`;
  }
  if (folder === "cli" || folder === "examples") return undefined;
  if (peers.some((peer) => peer.path.test(path) && peer.module === specifier)) return undefined;
  return `but ${folder} runs anywhere and depends on nothing`;
}

function againstCoreOrder(from: string, to: string, typeOnly: boolean): string | undefined {
  const [a, b] = [place(from), place(to)];
  // The interface of the chaining methods describes what `ops` installs on Tensor; at run time nothing points up.
  if (typeOnly && b === "methods") return undefined;
  const [i, j] = [coreOrder.indexOf(a), coreOrder.indexOf(b)];
  if (i < 0 || j < 0) return `but "${i < 0 ? a : b}" has no place in the order of core's folders`;
  return j <= i ? undefined : `but ${b} stands above ${a}`;
}

/** First folder of a path, or the name of a file that lies in none. */
function place(path: string): string {
  return (path.split("/")[0] ?? "").replace(/\.[jt]s$/, "");
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** All imports of a file, of any form, and whether it uses `eval` or the Function constructor. */
function scan({ path, text }: Source): { imports: Import[]; makesCode: boolean } {
  const imports: Import[] = [];
  let makesCode = false;
  const add = (node: ts.Node | undefined, typeOnly: boolean) => {
    if (node && ts.isStringLiteralLike(node)) imports.push({ specifier: node.text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
      makesCode ||= ts.isIdentifier(node.expression) && ["eval", "Function"].includes(node.expression.text);
    } else if (ts.isNewExpression(node)) {
      makesCode ||= ts.isIdentifier(node.expression) && node.expression.text === "Function";
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022));
  return { imports, makesCode };
}
