import type { Command } from "commander";

/**
 * The command line that does the same again: arguments, and the options that differ from their defaults.
 * @param without names of options that change nothing about the results
 */
export function commandLine(
  command: Command,
  args: readonly string[],
  without: readonly string[] = [],
): string {
  const words = ["tapeloop", command.name(), ...args];
  for (const option of command.options) {
    const name = option.attributeName();
    if (without.includes(name)) continue;
    const value: unknown = command.getOptionValue(name);
    if (command.getOptionValueSource(name) === "default" || value === undefined) continue;
    words.push(option.long ?? option.flags);
    if (typeof value === "string" || typeof value === "number") words.push(String(value));
  }
  return words.map(shellWord).join(" ");
}

/** A word as a shell reads it back. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
