import * as check from "@tapeloop/check";
import * as core from "@tapeloop/core";
import * as dot from "@tapeloop/dot";
import * as nn from "@tapeloop/nn";

/**
 * The packages that a cell file shares with this program. A second copy would not do: which tape is recording is
 * state of the module, and a tensor is known by its class.
 */
const OWN: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "@tapeloop/core": core,
  "@tapeloop/nn": nn,
  "@tapeloop/check": check,
  "@tapeloop/dot": dot,
};

const KEY = "tapeloop.own-modules";

/** What `import` finds in the place of one of our packages: a module that hands on what this program has loaded. */
export function ownModuleSource(name: string): string | undefined {
  const exported = OWN[name];
  if (exported === undefined) return undefined;
  const names = Object.keys(exported).join(", ");
  return `export const { ${names} } = globalThis[Symbol.for("${KEY}")]["${name}"];`;
}

/** Makes the loaded packages reachable for {@link ownModuleSource}. */
export function shareOwnModules(): void {
  Reflect.set(globalThis, Symbol.for(KEY), OWN);
}

/** The packages that a cell file may import, for messages. */
export const ownModuleNames: readonly string[] = Object.keys(OWN);
