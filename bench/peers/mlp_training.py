"""One epoch of 784-64-64-10 on 48,000 random rows, batch 32, Adam, for each line on stdin; prints its seconds.

usage: mlp_training.py keras|torch|jax
"""
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np

ROWS, BATCH, WIDTHS = 48_000, 32, (784, 64, 64, 10)
random = np.random.default_rng(7)
x = random.standard_normal((ROWS, WIDTHS[0]), dtype=np.float32)
y = (x @ random.standard_normal((WIDTHS[0], WIDTHS[-1]), dtype=np.float32)).argmax(1).astype(np.int32)


def keras_epoch():
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input((WIDTHS[0],)),
            *[keras.layers.Dense(width, "relu") for width in WIDTHS[1:-1]],
            keras.layers.Dense(WIDTHS[-1]),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.001), loss, metrics=["accuracy"])
    return lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)


def torch_epoch():
    import torch

    layers = []
    for inputs, units in zip(WIDTHS, WIDTHS[1:]):
        layers += [torch.nn.Linear(inputs, units), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters(), 0.001, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    features, labels = torch.from_numpy(x), torch.from_numpy(y.astype(np.int64))

    def steps(order):
        for rows in order.split(BATCH):
            optimizer.zero_grad()
            loss_of(model(features[rows]), labels[rows]).backward()
            optimizer.step()

    def seconds(threads):
        torch.set_num_threads(threads)
        start = time.perf_counter()
        steps(torch.arange(3200))
        return time.perf_counter() - start

    # On cores that others use too, its threads wait for each other: it runs with as many as are fastest.
    steps(torch.arange(3200))
    torch.set_num_threads(min((1, torch.get_num_threads()), key=seconds))
    return lambda: steps(torch.randperm(ROWS))


def jax_epoch():
    import jax
    import jax.numpy as jnp

    keys = jax.random.split(jax.random.key(0), len(WIDTHS))
    weights = [
        (jax.random.normal(key, (inputs, units)) * (2 / inputs) ** 0.5, jnp.zeros(units))
        for key, inputs, units in zip(keys, WIDTHS, WIDTHS[1:])
    ]

    def loss_of(weights, xs, ys):
        for kernel, bias in weights[:-1]:
            xs = jax.nn.relu(xs @ kernel + bias)
        logits = xs @ weights[-1][0] + weights[-1][1]
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), ys[:, None], 1).mean()

    def step(state, rows):
        weights, means, squares, count = state
        loss, gradients = jax.value_and_grad(loss_of)(weights, features[rows], labels[rows])
        count = count + 1
        means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
        squares = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, squares, gradients)
        rate = 0.001 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), weights, means, squares)
        return (weights, means, squares, count), loss

    features, labels = jnp.asarray(x), jnp.asarray(y)
    run = jax.jit(lambda state, order: jax.lax.scan(step, state, order))
    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = [(weights, zeros, zeros, jnp.float32(0))]

    def epoch():
        order = random.permutation(ROWS).astype(np.int32).reshape(-1, BATCH)
        state[0], losses = run(state[0], order)
        losses.block_until_ready()

    return epoch


epoch = {"keras": keras_epoch, "torch": torch_epoch, "jax": jax_epoch}[sys.argv[1]]()
epoch()
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    epoch()
    print(time.perf_counter() - start, flush=True)
