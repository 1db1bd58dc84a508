export { assertDetects, type Checker, type DetectionOptions } from "./assert-detects.js";
export type { CellStep } from "../cell/structure.js";
export type { CellFunction, CellInputs, ShownOutputs } from "./cell.js";
export { DetectionError, type Detection, type DetectionReport } from "./detection.js";
export { mutantKinds, type MutantKind } from "./kinds.js";
export { mutants } from "./mutants.js";
export type { Mutant, MutantOptions, MutantSet, OmittedMutant } from "./types.js";
