"""Trains 784-64-64-10 on a CSV of digits as a plain Keras script does: read, train, evaluate, save.

usage: keras_training.py CSV EPOCHS OUT
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

path, epochs, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
y, x = table[:, 0].astype(np.int32), table[:, 1:] / 255
keras.utils.set_random_seed(42)
order = np.random.permutation(len(x))
test, training = order[: len(x) // 5], order[len(x) // 5 :]
model = keras.Sequential(
    [
        keras.layers.Input((784,)),
        keras.layers.Dense(64, "relu"),
        keras.layers.Dense(64, "relu"),
        keras.layers.Dense(10, "softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x[training], y[training], batch_size=32, epochs=epochs, validation_split=0.2, verbose=0)
_, accuracy = model.evaluate(x[test], y[test], verbose=0)
model.save(out)
print(accuracy)
