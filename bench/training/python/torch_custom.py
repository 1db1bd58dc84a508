"""A cell of one's own in PyTorch: eager operations in a loop over time."""

import torch
from torch_model import Model


def rnn(p, state, x):
    return (torch.tanh(gate(p, "", state[0], x)),)


def lstm(p, state, x):
    h, c = state
    f = torch.sigmoid(gate(p, "f", h, x))
    i = torch.sigmoid(gate(p, "i", h, x))
    candidate = torch.tanh(gate(p, "c", h, x))
    o = torch.sigmoid(gate(p, "o", h, x))
    c = f * c + i * candidate
    return o * torch.tanh(c), c


def mgu(p, state, x):
    (h,) = state
    f = torch.sigmoid(gate(p, "f", h, x))
    candidate = torch.tanh(gate(p, "c", f * h, x))
    return ((1 - f) * h + f * candidate,)


def gate(p, name, h, x):
    return torch.addmm(p["b" + name], torch.cat([h, x], 1), p["w" + name])


class Custom(Model):
    def __init__(self, problem):
        super().__init__(problem)
        self.cell = {"rnn": rnn, "lstm": lstm, "mgu": mgu}[self.workload["cell"]]
        names = [name for name in problem.params if name not in ("wy", "by")]
        self.p = {name: torch.tensor(problem.params[name], requires_grad=True) for name in names}
        self.train(self.p.values())

    def hidden(self):
        zeros = torch.zeros(self.workload["batch"], self.workload["hidden"])
        state = (zeros, zeros) if self.cell is lstm else (zeros,)
        hs = []
        for x in self.xs.unbind(0):
            state = self.cell(self.p, state, x)
            if self.many:
                hs.append(state[0])
        return torch.stack(hs) if self.many else state[0]

    def params(self):
        return {name: w.detach() for name, w in self.p.items()} | self.dense_params()
