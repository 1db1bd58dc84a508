import manifest from "../../package.json" with { type: "json" };

/** What takes part in a result. */
export const versions = { tapeloop: manifest.version, node: process.versions.node } as const;
