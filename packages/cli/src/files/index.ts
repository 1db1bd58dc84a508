export { checkOutputFile } from "./check-output-file.js";
export { checkOutputFolder } from "./check-output-folder.js";
export { writeOutputs, type OutputFile } from "./write-outputs.js";
