import { installExecutor } from "../../tape/execute.js";
import { EagerPrograms } from "./executor.js";
import { gains } from "./gains.js";

// Nothing is made before an operation asks for it.
installExecutor(new EagerPrograms({ admits: gains, maxPrograms: 256, maxBytes: 2 ** 28 }).execute);
