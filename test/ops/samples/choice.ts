import { sample, type SampleTable } from "../sample.js";
import { bits, integers, real, spec, type View } from "../values.js";

const condition = (shape: readonly number[], view: View = "plain") =>
  spec(shape, bits, { dtype: "bool", view });

export const choice: SampleTable = {
  where: [
    sample([condition([3]), spec([3], real), spec([3], real)]),
    sample([condition([]), spec([], real), spec([], real)]),
    sample([condition([2, 3]), spec([3], real), spec([2, 1], real)]),
    sample([condition([2, 1]), spec([1, 3], real), spec([], real)]),
    sample([condition([3]), spec([2, 3], real), spec([2, 3], real)]),
    sample([condition([2, 3], "transposed"), spec([2, 3], real), spec([3], real, { view: "reversed" })]),
    sample([condition([2, 2], "strided"), spec([2, 2], real, { view: "transposed" }), spec([2, 2], real)]),
    sample([condition([3, 1]), spec([3, 2], real, { view: "stretched" }), spec([2], real)]),
    sample([condition([0, 2]), spec([2], real), spec([1, 2], real)]),
    sample([condition([2, 2]), spec([2, 2], real)], { args: ([c, x]) => [c, x, 0.5], note: "else 0.5" }),
    sample([condition([2, 2]), spec([2, 2], real)], { args: ([c, x]) => [c, 0.5, x], note: "0.5 else" }),
    sample([condition([4]), spec([4], real)], {
      args: ([c, x]) => [c, x, x],
      note: "the same on both sides",
    }),
    sample([condition([4]), ...[1, 2].map(() => spec([4], integers(-9, 9), { dtype: "int32" }))]),
  ],
};
