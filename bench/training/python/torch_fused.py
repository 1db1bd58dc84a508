"""PyTorch's own layers: nn.RNN and nn.LSTM."""

import torch
from torch_model import Model

# In the order of the layer's rows: input, forget, candidate, output.
GATES = {"rnn": [""], "lstm": ["i", "f", "c", "o"]}


class Fused(Model):
    def __init__(self, problem):
        super().__init__(problem)
        kind, self.size = self.workload["cell"], self.workload["hidden"]
        if kind not in GATES:
            raise ValueError("there is no fused layer for this cell")
        layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}[kind]
        self.layer = layer(self.workload["input"], self.size)
        self.gates = GATES[kind]
        weight = torch.cat([torch.tensor(problem.params["w" + gate]).T for gate in self.gates])
        bias = torch.cat([torch.tensor(problem.params["b" + gate]) for gate in self.gates])
        with torch.no_grad():
            self.layer.weight_hh_l0.copy_(weight[:, : self.size])
            self.layer.weight_ih_l0.copy_(weight[:, self.size :])
            self.layer.bias_ih_l0.copy_(bias)
            self.layer.bias_hh_l0.zero_()
        # The layer has two biases that are only ever added: one of them stays zero, for the steps to be the same.
        self.layer.bias_hh_l0.requires_grad_(False)
        self.train(w for w in self.layer.parameters() if w.requires_grad)

    def hidden(self):
        hs, _ = self.layer(self.xs)
        return hs if self.many else hs[-1]

    def params(self):
        weight = torch.cat([self.layer.weight_hh_l0, self.layer.weight_ih_l0], 1).detach()
        bias = self.layer.bias_ih_l0.detach()
        params = {}
        for index, gate in enumerate(self.gates):
            rows = slice(index * self.size, (index + 1) * self.size)
            params["w" + gate] = weight[rows].T
            params["b" + gate] = bias[rows]
        return params | self.dense_params()
