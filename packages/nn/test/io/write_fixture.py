"""Writes python.safetensors, the file that load.test.ts reads: pip install safetensors numpy, then run this."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

tensors = {
    "cell.wf": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
    "cell.bf": np.array([-1.5, np.inf, np.nan], dtype=np.float64),
    "layers.0.steps": np.array(-7, dtype=np.int32),
    "layers.0.mask": np.array([[True, False, True]]),
    "layers.0.empty": np.zeros((0, 4), dtype=np.float32),
    "größe": np.array([1e-3], dtype=np.float32),
}
save_file(tensors, Path(__file__).with_name("python.safetensors"), metadata={"cell": 'mgu "quoted"'})
