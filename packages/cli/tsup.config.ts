import { library } from "../../tsup.shared.js";

export default library({ main: "src/main.ts" }, { dts: false });
