/** A graph that keeps Graphviz busy for minutes: everything is connected with everything. */
export const endless = `digraph { ${Array.from({ length: 400 }, (_, i) => `n${i} -> { ${Array.from({ length: 30 }, (_, j) => `n${(i * 7 + j * 13) % 400}`).join(" ")} }`).join("\n")} }`;
