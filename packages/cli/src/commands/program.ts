import { Command, CommanderError } from "commander";
import { InputError, oneLine } from "../input-error.js";
import { checkCommand } from "./check.js";
import { EXIT, EXIT_CODES_HELP } from "./exit-codes.js";
import { graphCommand } from "./graph.js";
import { trainCommand } from "./train.js";
import { versions } from "./versions.js";

/**
 * Runs a command line (without the program's name) and returns the exit code. Everything that can be blamed on the
 * command line or on a file is one line on standard error.
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  const program = new Command("tapeloop")
    .description("Trains, gradient-checks and draws recurrent networks.")
    .version(versions.tapeloop, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`tapeloop: ${complaint(text)}\n`) })
    .addHelpText("after", EXIT_CODES_HELP);
  for (const add of [trainCommand, checkCommand, graphCommand]) {
    add(program, (end) => {
      code = end;
    });
  }
  try {
    if (args.length === 0) program.error("error: no command; try tapeloop --help");
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
    if (error instanceof InputError) {
      process.stderr.write(`tapeloop: ${error.message}\n`);
      return error.exitCode;
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(
      `tapeloop: this is a defect of tapeloop ${versions.tapeloop}, please report it\n${stack}\n`,
    );
    return EXIT.defect;
  }
}

/** Commander's complaint as one line. */
function complaint(text: string): string {
  return oneLine(
    text
      .trim()
      .replace(/^error: /, "")
      .replace(/\s*\n\s*/g, " "),
  );
}
