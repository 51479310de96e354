"""
Median time in microseconds of one row through 784-64-64-10, from and to NumPy, for each line on stdin.

usage: mlp_inference.py tensorflow|jax
"""
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np

CALLS = 3000
row = np.random.default_rng(7).standard_normal((1, 784), dtype=np.float32)


def tensorflow_forward():
    import keras
    import tensorflow as tf

    layers = [keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu"), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.layers.Input((784,)), *layers])
    signature = [tf.TensorSpec([None, 784], tf.float32)]
    forward = tf.function(lambda x: model(x, training=False), input_signature=signature)
    return lambda: forward(tf.constant(row)).numpy()


def jax_forward():
    import jax
    from jax_epochs import mlp

    weights, _, logits = mlp({"shape": [784], "units": 10})
    forward = jax.jit(lambda weights, x: jax.nn.softmax(logits(weights, (), x)[0]))
    return lambda: np.asarray(forward(weights, row))


predict = {"tensorflow": tensorflow_forward, "jax": jax_forward}[sys.argv[1]]()


def median():
    times = []
    for _ in range(CALLS):
        start = time.perf_counter()
        predict()
        times.append(time.perf_counter() - start)
    return sorted(times)[CALLS // 2] * 1e6


median()
print("ready", flush=True)
for _ in sys.stdin:
    print(median(), flush=True)
