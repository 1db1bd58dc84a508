import { gradcheck } from "@tapeloop/check";
import { mul, sum, tensor } from "@tapeloop/core";
import { expect, it } from "vitest";
import { renderReport } from "../../src/report/index.js";
import { openPage } from "./page.js";
import { SAMPLE } from "./sample.js";

it("the report of a gradient check can be shown as it is", () => {
  const x = tensor([1, 2, 3], { dtype: "float64" });
  const report = gradcheck((input: typeof x) => sum(mul(input, input)), [x]);
  const page = openPage(renderReport({ ...SAMPLE, gradcheck: report }));
  expect(page.texts("section:has(#gradients) > p").at(-1)).toMatch(/^✓ Passed: .* 3 of 3 gradient entries/);
});
