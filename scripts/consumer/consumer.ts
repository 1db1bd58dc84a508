// Compiled against the packed packages, with every declaration file checked and neither Node nor DOM types at hand.
import * as check from "@tapeloop/check";
import * as bptt from "@tapeloop/check/bptt";
import { compile, grad, mul, tensor, type Tensor } from "@tapeloop/core";
import { nativeBlas } from "@tapeloop/core/native";
import * as dot from "@tapeloop/dot";
import * as nn from "@tapeloop/nn";

export const slope: Tensor = grad((x: Tensor) => mul(x, x))(tensor(3));
export const native = compile(mul, { blas: nativeBlas() });
export const everything = { bptt, check, dot, nn };
