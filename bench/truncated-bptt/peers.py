"""Do the gradient checkers of PyTorch and JAX see that BPTT is cut at the first step?

    pip install torch jax
    python bench/truncated-bptt/peers.py

Forty LSTMs with a linear output and a squared error, many-to-one, in float64. In the mutant, h and c are detached
after the first time step, so the gradient lacks what flows back to it: right values, wrong gradient. Each checker
runs at its defaults. Writes peers.json beside this file. The models are those of model.ts, number for number.
"""

import json
import math
import platform
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import jax.test_util  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

MODELS, HIDDEN, INPUT, BATCH = 40, 4, 2, 2
LENGTHS = [5, 10, 20, 40]
GATES = "fico"


def generator(seed):
    """Uniform numbers in [0, 1): a counter through a 32-bit mixing function, as in model.ts."""
    state = seed & 0xFFFFFFFF

    def draw():
        nonlocal state
        state = (state + 0x9E3779B9) & 0xFFFFFFFF
        z = state
        z = ((z ^ (z >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
        z = ((z ^ (z >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
        return (z ^ (z >> 16)) / 2**32

    return draw


def model(seed):
    """Parameters uniform on +-1/sqrt(hidden), as PyTorch starts them; data uniform on +-sqrt(3), variance 1."""
    draw = generator(seed)

    def uniform(bound, *shape):
        size = math.prod(shape)
        return np.array([bound * (2 * draw() - 1) for _ in range(size)], dtype=np.float64).reshape(shape)

    bound = 1 / math.sqrt(HIDDEN)
    params = {}
    for gate in GATES:
        params["w" + gate] = uniform(bound, HIDDEN + INPUT, HIDDEN)
        params["b" + gate] = uniform(bound, HIDDEN)
    params["wy"] = uniform(bound, HIDDEN, 1)
    params["by"] = uniform(bound, 1)
    target = uniform(math.sqrt(3), BATCH, 1)
    xs = uniform(math.sqrt(3), max(LENGTHS), BATCH, INPUT)
    return params, xs, target


def torch_loss(params, xs, target, cut):
    h = c = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
    for t, x in enumerate(xs):
        hx = torch.cat([h, x], dim=1)
        f, i, o = (torch.sigmoid(hx @ params["w" + g] + params["b" + g]) for g in "fio")
        c = f * c + i * torch.tanh(hx @ params["wc"] + params["bc"])
        h = o * torch.tanh(c)
        if cut and t == 0:
            h, c = h.detach(), c.detach()
    return ((h @ params["wy"] + params["by"] - target) ** 2).mean()


def jax_loss(params, xs, target, cut):
    def step(state, x):
        h, c = state
        hx = jnp.concatenate([h, x], axis=1)
        f, i, o = (jax.nn.sigmoid(hx @ params["w" + g] + params["b" + g]) for g in "fio")
        c = f * c + i * jnp.tanh(hx @ params["wc"] + params["bc"])
        return (o * jnp.tanh(c), c), None

    zero = jnp.zeros((BATCH, HIDDEN))
    state, _ = step((zero, zero), xs[0])
    if cut:
        state = jax.lax.stop_gradient(state)
    (h, _), _ = jax.lax.scan(step, state, xs[1:])
    return ((h @ params["wy"] + params["by"] - target) ** 2).mean()


def torch_passes(params, xs, target, cut):
    names = list(params)
    inputs = tuple(torch.tensor(params[name], requires_grad=True) for name in names)
    data, goal = torch.tensor(xs), torch.tensor(target)

    def loss(*values):
        return torch_loss(dict(zip(names, values)), data, goal, cut)

    return torch.autograd.gradcheck(loss, inputs, raise_exception=False)


def torch_gradient(params, xs, target, cut):
    own = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    torch_loss(own, torch.tensor(xs), torch.tensor(target), cut).backward()
    return np.concatenate([value.grad.numpy().ravel() for value in own.values()])


losses = {cut: jax.jit(lambda p, xs, y, cut=cut: jax_loss(p, xs, y, cut)) for cut in (False, True)}


def jax_passes(params, xs, target, cut):
    try:
        jax.test_util.check_grads(lambda p: losses[cut](p, xs, target), (params,), order=1)
    except AssertionError:
        return False
    return True


def relative_error(params, xs, target):
    right, wrong = (torch_gradient(params, xs, target, cut) for cut in (False, True))
    return float(np.abs(wrong - right).max() / np.abs(right).max())


def study(length):
    row = {"steps": length}
    models = [(p, xs[:length], y) for p, xs, y in map(model, range(MODELS))]
    for name, passes in (("torch", torch_passes), ("jax", jax_passes)):
        caught = sum(not passes(*m, cut=True) for m in models)
        alarms = sum(not passes(*m, cut=False) for m in models)
        row[name] = {"caught": caught, "falseAlarms": alarms}
    row["errors"] = [float(f"{relative_error(*m):.6e}") for m in models]
    print(row)
    return row


if __name__ == "__main__":
    result = {
        "models": MODELS,
        "sizes": {"hidden": HIDDEN, "input": INPUT, "batch": BATCH},
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "jax": jax.__version__,
        },
        "rows": [study(length) for length in LENGTHS],
    }
    path = Path(__file__).with_name("peers.json")
    path.write_text(json.dumps(result, indent=2) + "\n")
