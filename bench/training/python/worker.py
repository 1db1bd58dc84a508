"""One contender on one problem, in a process of its own: python worker.py contender path-of-the-problem.

Answers the requests of protocol.ts, one JSON line each; all else that is printed goes to the error output.
"""

import json
import resource
import sys
import time

import numpy as np


class Problem:
    """A workload with the numbers that every contender starts from."""

    def __init__(self, path):
        with open(path + ".json") as file:
            manifest = json.load(file)
        self.workload = manifest["workload"]
        everything = np.fromfile(path + ".bin", dtype=np.float32)
        arrays = {}
        for entry in manifest["arrays"]:
            size = int(np.prod(entry["shape"]))
            flat = everything[entry["start"] : entry["start"] + size]
            arrays[entry["name"]] = flat.reshape(entry["shape"])
        self.xs = arrays.pop("xs")
        self.y = arrays.pop("y")
        self.params = arrays


def create(name, problem):
    if name == "torch-custom":
        from torch_custom import Custom

        return Custom(problem)
    if name == "torch-fused":
        from torch_fused import Fused

        return Fused(problem)
    from jax_scan import Scan

    return Scan(problem)


def answer(contender, problem, request):
    if request["do"] == "params":
        params = contender.params()
        flat = [np.asarray(params[name], dtype=np.float64).ravel() for name in problem.params]
        np.concatenate(flat).tofile(request["file"])
        return {"ok": True}
    if request["do"] == "memory":
        unit = 1 if sys.platform == "darwin" else 1024
        return {"ok": True, "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    run = contender.step if request["do"] == "step" else contender.forward
    cpu, start = time.process_time(), time.perf_counter()
    for _ in range(request["times"]):
        loss = run()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {"ok": True, "wall": 1000 * wall, "cpu": 1000 * cpu, "loss": loss}


def main():
    output, sys.stdout = sys.stdout, sys.stderr

    def send(reply):
        print(json.dumps(reply), file=output, flush=True)

    try:
        problem = Problem(sys.argv[2])
        contender = create(sys.argv[1], problem)
        send({"ok": True})
        for line in sys.stdin:
            send(answer(contender, problem, json.loads(line)))
    except Exception as error:
        send({"ok": False, "error": f"{type(error).__name__}: {error}"})
        sys.exit(1)


main()
