#!/usr/bin/env node
import { enableRelaxedSimd } from "@tapeloop/core/native";
import { runProgram } from "./commands/program.js";

// Who reads the output may have read enough, as in `tapeloop graph lstm | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// The process is ours, so its engine may be set up for speed.
enableRelaxedSimd();
process.exitCode = await runProgram(process.argv.slice(2));
