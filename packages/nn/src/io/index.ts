export { SafetensorsError } from "./errors.js";
export { loadInto } from "./load-into.js";
export { loadSafetensors, type Safetensors } from "./load.js";
export { saveSafetensors } from "./save.js";
