import { add, matmul, mul, tanh, tensor, transpose, fromTypedArray, zeros, Tensor } from "@tapeloop/core";
import { test } from "vitest";
function rnd(shape: number[], dtype: "float32"|"float64" = "float32") { const n = shape.reduce((a,b)=>a*b,1); const d = dtype==="float32"?new Float32Array(n):new Float64Array(n); for (let i=0;i<n;i++) d[i]=Math.sin(i*12.9898)*0.5; return fromTypedArray(d, shape); }
function time(name: string, fn: () => unknown, flops = 0) { for (let i=0;i<200;i++) fn(); let best=Infinity; for (let r=0;r<7;r++){ const n= 200; const t=performance.now(); for(let i=0;i<n;i++) fn(); best=Math.min(best,(performance.now()-t)/n);} console.log(name.padEnd(40), (best*1000).toFixed(2)+" us", flops?(flops/best/1e6).toFixed(2)+" GFLOP/s":""); }
test("bench", () => {
  const t18 = rnd([1,8]), b8 = rnd([8]), w88 = rnd([8,8]);
  for (const dt of ["float32","float64"] as const) {
  const x = rnd([64,33],dt), w = rnd([33,128],dt), dy = rnd([64,128],dt), x3=rnd([8,64,33],dt);
  time("matmul plain "+dt, () => matmul(x,w), 2*64*33*128);
  time("dy . wT "+dt, () => matmul(dy,transpose(w)), 2*64*33*128);
  time("xT . dy "+dt, () => matmul(transpose(x),dy), 2*64*33*128);
  time("[8,64,33] "+dt, () => matmul(x3,w), 8*2*64*33*128);
  }
  const X=rnd([128,256]), W=rnd([256,512]);
  const DY = rnd([128,512]);
  time("big", ()=>matmul(X,W), 2*128*256*512);
  time("big dy wT", ()=>matmul(DY,transpose(W)), 2*128*256*512);
  time("big xT dy", ()=>matmul(transpose(X),DY), 2*128*256*512);
  const h1=rnd([64,32]), w1=rnd([32,1]);
  time("[64,32].[32,1]", ()=>matmul(h1,w1), 2*64*32);
  time("[1,8].[8,8]", () => matmul(t18,w88), 128);
  time("add [1,8]+[1,8]", () => add(t18,t18));
  time("add [1,8]+[8]", () => add(t18,b8));
  time("mul [1,8]*2", () => mul(t18,2));
  time("tanh [1,8]", () => tanh(t18));
  time("transpose [8,8]", () => transpose(w88));
  const g=rnd([64,128]);
  time("add [64,128]", () => add(g,g));
  time("tanh [64,128]", () => tanh(g));
  time("add gT", () => add(transpose(g),transpose(g)));
});
