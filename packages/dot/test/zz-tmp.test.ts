import { it, expect } from "vitest";
import { toDot } from "../src/index.js";
import { buildGraph } from "../src/graph/build.js";
import { recordRnn, recordRnnGradient, programs } from "./programs.js";
it("x", () => { 
  const tape = recordRnn(20000);
  for (let i=0;i<4;i++){ let t=process.cpuUsage().user; const g = buildGraph(tape);  console.log("build", (process.cpuUsage().user-t)/1e6);  t=process.cpuUsage().user; const s = toDot(tape,{maxNodes:Infinity}); console.log("inf", (process.cpuUsage().user-t)/1e6, s.length); t=process.cpuUsage().user; toDot(tape); console.log("fold", (process.cpuUsage().user-t)/1e6); }
}, 200000);
