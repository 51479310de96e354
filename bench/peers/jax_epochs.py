"""The networks in plain JAX: one jitted call per epoch that scans over the steps, or one per step where that is faster.

A network is a pair: its weights, and logits(weights, averages, xs) -> (logits, averages); the averages are batch
normalisation's, and empty elsewhere.
"""
import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

# Inside of a loop XLA's convolutions on CPU run on one thread and many times slower: a call for each step.
CALL_PER_STEP = ("cnn", "resnet")


def initial():
    """Makes kernels (Glorot and Bengio 2010) and dense layers with biases, each from a key of its own."""
    keys = (jax.random.key(i) for i in itertools.count())

    def kernel(*shape):
        inputs, outputs = np.prod(shape[:-1]), np.prod(shape[:-2]) * shape[-1]
        limit = (6 / (inputs + outputs)) ** 0.5
        return jax.random.uniform(next(keys), shape, minval=-limit, maxval=limit)

    return kernel, lambda *shape: (kernel(*shape), jnp.zeros(shape[-1]))


def dense(layer, x):
    return x @ layer[0] + layer[1]


def convolve(kernel, x, stride=1, padding="SAME"):
    return lax.conv_general_dilated(x, kernel, (stride, stride), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def mlp(work):
    _, layer = initial()
    widths = (work["shape"][0], 64, 64, work["units"])

    def logits(layers, averages, x):
        for hidden in layers[:-1]:
            x = jax.nn.relu(dense(hidden, x))
        return dense(layers[-1], x), averages

    return [layer(*pair) for pair in itertools.pairwise(widths)], (), logits


def cnn(work):
    _, layer = initial()
    height, width = [((size - 2) // 2 - 2) // 2 for size in work["shape"][:2]]
    weights = {
        "convolutions": [layer(3, 3, work["shape"][-1], 32), layer(3, 3, 32, 64)],
        "dense": [layer(height * width * 64, 128), layer(128, work["units"])],
    }

    def pool(x):
        batch, height, width, channels = x.shape
        x = x[:, : height // 2 * 2, : width // 2 * 2]
        return x.reshape(batch, height // 2, 2, width // 2, 2, channels).max((2, 4))

    def logits(weights, averages, x):
        for kernel, bias in weights["convolutions"]:
            x = pool(jax.nn.relu(convolve(kernel, x, padding="VALID") + bias))
        hidden = jax.nn.relu(dense(weights["dense"][0], x.reshape(len(x), -1)))
        return dense(weights["dense"][1], hidden), averages

    return weights, (), logits


def resnet(work):
    kernel, layer = initial()
    # (name of the convolution, size, inputs, filters, stride), in the order of the blocks
    blocks, inputs = [], 16
    for filters, stride in zip((16, 16, 16, 32, 32, 32, 64, 64, 64), (1, 1, 1, 2, 1, 1, 2, 1, 1)):
        blocks.append((inputs, filters, stride))
        inputs = filters

    def convolution(*shape):
        return {"kernel": kernel(*shape), "scale": jnp.ones(shape[-1]), "offset": jnp.zeros(shape[-1])}

    weights = {
        "first": convolution(3, 3, work["shape"][-1], 16),
        "blocks": [
            {
                "first": convolution(3, 3, inputs, filters),
                "second": convolution(3, 3, filters, filters),
                **({} if stride == 1 else {"shortcut": convolution(1, 1, inputs, filters)}),
            }
            for inputs, filters, stride in blocks
        ],
        "dense": layer(inputs, work["units"]),
    }
    is_convolution = lambda part: isinstance(part, dict) and "kernel" in part
    averages = jax.tree.map(
        lambda part: (jnp.zeros_like(part["scale"]), jnp.ones_like(part["scale"])),
        {name: weights[name] for name in ("first", "blocks")},
        is_leaf=is_convolution,
    )

    def normalised(part, averages, x, stride):
        x = convolve(part["kernel"], x, stride)
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        averages = (0.99 * averages[0] + 0.01 * mean, 0.99 * averages[1] + 0.01 * variance)
        scale = part["scale"] * lax.rsqrt(variance + 1e-3)
        return (x - mean) * scale + part["offset"], averages

    def logits(weights, averages, x):
        after = {"blocks": []}
        x, after["first"] = normalised(weights["first"], averages["first"], x, 1)
        x = jax.nn.relu(x)
        for (_, _, stride), block, before in zip(blocks, weights["blocks"], averages["blocks"]):
            new, shortcut = {}, x
            if "shortcut" in block:
                shortcut, new["shortcut"] = normalised(block["shortcut"], before["shortcut"], x, stride)
            x, new["first"] = normalised(block["first"], before["first"], x, stride)
            x, new["second"] = normalised(block["second"], before["second"], jax.nn.relu(x), 1)
            x = jax.nn.relu(x + shortcut)
            after["blocks"].append(new)
        return dense(weights["dense"], x.mean((1, 2))), after

    return weights, averages, logits


def transformer_encoder(work, width=128, heads=4, blocks=4):
    kernel, layer = initial()
    norm = lambda: (jnp.ones(width), jnp.zeros(width))
    weights = {
        "embedding": kernel(work["tokens"], width),
        "positions": kernel(work["shape"][0], width),
        "blocks": [
            {
                "norms": [norm(), norm()],
                "project": layer(width, 3 * width),
                "out": layer(width, width),
                "dense": [layer(width, 4 * width), layer(4 * width, width)],
            }
            for _ in range(blocks)
        ],
        "norm": norm(),
        "dense": layer(width, work["units"]),
    }

    def normalised(norm, x):
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) * lax.rsqrt(variance + 1e-3) * norm[0] + norm[1]

    def logits(weights, averages, ids):
        x = weights["embedding"][ids] + weights["positions"]  # [batch, length, width]
        for block in weights["blocks"]:
            packed = dense(block["project"], normalised(block["norms"][0], x))
            q, k, v = jnp.moveaxis(packed.reshape(*x.shape[:2], 3, heads, width // heads), 2, 0)
            attended = jax.nn.dot_product_attention(q, k, v)
            x = x + dense(block["out"], attended.reshape(x.shape))
            hidden = jax.nn.relu(dense(block["dense"][0], normalised(block["norms"][1], x)))
            x = x + dense(block["dense"][1], hidden)
        return dense(weights["dense"], normalised(weights["norm"], x).mean(1)), averages

    return weights, (), logits


def lstm(work, width=128):
    kernel, layer = initial()
    features = work["shape"][-1]
    weights = {
        "input": layer(features, 4 * width),
        "recurrent": kernel(width, 4 * width),
        "dense": layer(width, work["units"]),
    }

    def logits(weights, averages, x):
        def step(state, projected):
            hidden, cell = state
            i, f, c, o = jnp.split(projected + hidden @ weights["recurrent"], 4, axis=-1)
            cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(c)
            return (jax.nn.sigmoid(o) * jnp.tanh(cell), cell), None

        zeros = jnp.zeros((len(x), width))
        projected = dense(weights["input"], x).swapaxes(0, 1)  # [steps, batch, 4 width]
        (hidden, _), _ = lax.scan(step, (zeros, zeros), projected)
        return dense(weights["dense"], hidden), averages

    return weights, (), logits


def start(work, x, y):
    weights, averages, logits_of = globals()[work["family"].replace("-", "_")](work)
    features, labels = jnp.asarray(x), jnp.asarray(y)

    def loss_of(weights, averages, rows):
        logits, averages = logits_of(weights, averages, features[rows])
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[rows][:, None], 1).mean(), averages

    def step(state, rows):
        """Adam: Kingma and Ba 2015, with the correction folded into the rate as Keras has it."""
        weights, averages, means, squares, count = state
        (loss, averages), gradients = jax.value_and_grad(loss_of, has_aux=True)(weights, averages, rows)
        count = count + 1
        means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
        squares = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, squares, gradients)
        rate = 0.001 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-7), weights, means, squares)
        return (weights, averages, means, squares, count), loss

    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = [(weights, averages, zeros, jax.tree.map(jnp.copy, zeros), jnp.float32(0))]
    random = np.random.default_rng(8)
    one_step = jax.jit(step, donate_argnums=0)
    all_steps = jax.jit(lambda state, order: lax.scan(step, state, order), donate_argnums=0)

    def epoch():
        order = random.permutation(len(x)).astype(np.int32).reshape(-1, work["batchSize"])
        if work["family"] in CALL_PER_STEP:
            for rows in order:
                state[0], loss = one_step(state[0], rows)
        else:
            state[0], loss = all_steps(state[0], order)
        loss.block_until_ready()

    return sum(leaf.size for leaf in jax.tree.leaves(weights)), epoch
