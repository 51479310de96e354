"""Trains on a CSV of digits as a plain Keras script does: import, read, train, evaluate, save.

Prints JSON: accuracy on the rows kept out, seconds of reading, and the largest resident memory in bytes.

usage: keras_training.py CSV EPOCHS OUT mlp|cnn
"""
import json
import os
import re
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from keras import layers

path, epochs, out, network = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
started = time.perf_counter()
table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
read_seconds = time.perf_counter() - started
y, x = table[:, 0].astype(np.int32), table[:, 1:] / 255
keras.utils.set_random_seed(42)
order = np.random.permutation(len(x))
test, training = order[: len(x) // 5], order[len(x) // 5 :]
hidden = {
    "mlp": [layers.Dense(64, "relu"), layers.Dense(64, "relu")],
    "cnn": [
        layers.Reshape((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(128, "relu"),
    ],
}
model = keras.Sequential([layers.Input((784,)), *hidden[network], layers.Dense(10, "softmax")])
model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[training], y[training], batch_size=32, epochs=epochs, validation_split=0.2, verbose=0)
_, accuracy = model.evaluate(x[test], y[test], verbose=0)
model.save(out)
peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
print(json.dumps({"accuracy": accuracy, "readSeconds": read_seconds, "peakBytes": peak}))
