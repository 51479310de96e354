"""The networks in Keras 3 as its guides write them, trained by `fit` with its defaults."""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
from keras import layers


def mlp(x, units):
    for width in (64, 64):
        x = layers.Dense(width, "relu")(x)
    return layers.Dense(units)(x)


def cnn(x, units):
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(128, "relu")(layers.Flatten()(x))
    return layers.Dense(units)(x)


def resnet(x, units):
    def convolution(x, filters, size, stride):
        x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    x = layers.ReLU()(convolution(x, 16, 3, 1))
    for stage, filters in enumerate((16, 32, 64)):
        for block in range(3):
            stride = 2 if stage > 0 and block == 0 else 1
            shortcut = x if stride == 1 else convolution(x, filters, 1, stride)
            x = layers.ReLU()(convolution(x, filters, 3, stride))
            x = layers.ReLU()(layers.add([shortcut, convolution(x, filters, 3, 1)]))
    return layers.Dense(units)(layers.GlobalAveragePooling2D()(x))


class Positions(layers.Layer):
    def build(self, shape):
        self.positions = self.add_weight(shape=shape[1:], initializer="uniform")

    def call(self, x):
        return x + self.positions


def transformer_encoder(ids, units, tokens, width=128, heads=4, blocks=4):
    x = Positions()(layers.Embedding(tokens, width)(ids))
    for _ in range(blocks):
        normed = layers.LayerNormalization()(x)
        x = layers.add([x, layers.MultiHeadAttention(heads, width // heads)(normed, normed)])
        hidden = layers.Dense(4 * width, "relu")(layers.LayerNormalization()(x))
        x = layers.add([x, layers.Dense(width)(hidden)])
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    return layers.Dense(units)(x)


def lstm(x, units):
    return layers.Dense(units)(layers.LSTM(128)(x))


def network(work):
    tokens = {"tokens": work["tokens"]} if "tokens" in work else {}
    inputs = layers.Input(work["shape"], dtype="int32" if tokens else "float32")
    return keras.Model(inputs, globals()[work["family"].replace("-", "_")](inputs, work["units"], **tokens))


def start(work, x, y):
    model = network(work)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.001), loss, metrics=["accuracy"])
    parameters = sum(weight.shape.num_elements() for weight in model.trainable_weights)
    return parameters, lambda: model.fit(x, y, batch_size=work["batchSize"], epochs=1, verbose=0)
