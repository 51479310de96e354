"""Trains one network on random rows, batch by batch in a new order, with Adam: an epoch for each line on stdin.

Prints `parameters N`, `ready` when it is warm, then the seconds of each epoch.

usage: epochs.py keras|torch|jax WORK
WORK is JSON: {family, shape, tokens?, units, rows, batchSize}, as bench/training/works.ts has it.
"""
import importlib
import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np

side, work = sys.argv[1], json.loads(sys.argv[2])
random = np.random.default_rng(7)
size = (work["rows"], *work["shape"])
if "tokens" in work:
    x = random.integers(0, work["tokens"], size, dtype=np.int32)
else:
    x = random.standard_normal(size, dtype=np.float32)
y = x.reshape(len(x), -1)[:, : work["units"]].argmax(1).astype(np.int32)

parameters, epoch = importlib.import_module(f"{side}_epochs").start(work, x, y)
print(f"parameters {parameters}", flush=True)
for _ in range(2):
    epoch()
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    epoch()
    print(time.perf_counter() - start, flush=True)
