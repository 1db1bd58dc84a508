"""JAX: the whole step in one jit, the loop over time as lax.scan."""

import jax
import jax.numpy as jnp
from jax import lax


def rnn(p, state, x):
    return (jnp.tanh(gate(p, "", state[0], x)),)


def lstm(p, state, x):
    h, c = state
    f = jax.nn.sigmoid(gate(p, "f", h, x))
    i = jax.nn.sigmoid(gate(p, "i", h, x))
    candidate = jnp.tanh(gate(p, "c", h, x))
    o = jax.nn.sigmoid(gate(p, "o", h, x))
    c = f * c + i * candidate
    return o * jnp.tanh(c), c


def mgu(p, state, x):
    (h,) = state
    f = jax.nn.sigmoid(gate(p, "f", h, x))
    candidate = jnp.tanh(gate(p, "c", f * h, x))
    return ((1 - f) * h + f * candidate,)


def gate(p, name, h, x):
    return jnp.concatenate([h, x], 1) @ p["w" + name] + p["b" + name]


class Scan:
    def __init__(self, problem):
        workload = problem.workload
        cell = {"rnn": rnn, "lstm": lstm, "mgu": mgu}[workload["cell"]]
        many = workload["task"] == "characters"
        shape = (workload["batch"], workload["hidden"])

        def loss(p, xs, y):
            def step(state, x):
                state = cell(p, state, x)
                return state, state[0] if many else None

            state, hs = lax.scan(step, (jnp.zeros(shape),) * (2 if cell is lstm else 1), xs)
            output = (hs if many else state[0]) @ p["wy"] + p["by"]
            if many:
                return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(output), -1))
            return jnp.mean((output - y) ** 2)

        def train(p, xs, y):
            value, gradient = jax.value_and_grad(loss)(p, xs, y)
            return value, jax.tree.map(lambda w, g: w - workload["rate"] * g, p, gradient)

        self.evaluate, self.train = jax.jit(loss), jax.jit(train)
        self.p = {name: jnp.asarray(value) for name, value in problem.params.items()}
        self.data = jnp.asarray(problem.xs), jnp.asarray(problem.y)

    def step(self):
        value, self.p = self.train(self.p, *self.data)
        jax.block_until_ready(self.p)
        return float(value)

    def forward(self):
        return float(self.evaluate(self.p, *self.data))

    def params(self):
        return self.p
