#!/usr/bin/env node
import { enableRelaxedSimd } from "@tapeloop/core/native";
import { EXIT } from "./commands/exit-codes.js";
import { runProgram } from "./commands/program.js";
import { writeError } from "./files/errors.js";

// Who reads the output may have read enough, as in `tapeloop graph lstm | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`tapeloop: ${writeError("standard output", error).message}\n`);
  process.exit(EXIT.badInput);
});

// The process is ours, so its engine may be set up for speed.
enableRelaxedSimd();
process.exitCode = await runProgram(process.argv.slice(2));
