"""The networks in PyTorch, eager, in the forms that are fastest: channels last, packed attention, fused Adam."""
import time

import torch
from torch import nn
from torch.nn import functional as F


def mlp(shape, units):
    return nn.Sequential(nn.Linear(*shape, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, units))


def cnn(shape, units):
    convolutions = [nn.Conv2d(shape[-1], 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
    convolutions += [nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)]
    height, width = [((size - 2) // 2 - 2) // 2 for size in shape[:2]]
    dense = [nn.Linear(height * width * 64, 128), nn.ReLU(), nn.Linear(128, units)]
    return nn.Sequential(*convolutions, nn.Flatten(), *dense)


def convolution(inputs, filters, size, stride):
    return nn.Sequential(
        nn.Conv2d(inputs, filters, size, stride, padding=size // 2, bias=False), nn.BatchNorm2d(filters)
    )


class Residual(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.first = convolution(inputs, filters, 3, stride)
        self.second = convolution(filters, filters, 3, 1)
        self.shortcut = nn.Identity() if stride == 1 else convolution(inputs, filters, 1, stride)

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


def resnet(shape, units):
    layers, inputs = [convolution(shape[-1], 16, 3, 1), nn.ReLU()], 16
    for stage, filters in enumerate((16, 32, 64)):
        for block in range(3):
            layers.append(Residual(inputs, filters, 2 if stage > 0 and block == 0 else 1))
            inputs = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, units))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_dense = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))

    def forward(self, x):
        batch, length, width = x.shape
        packed = self.project(self.before_attention(x)).view(batch, length, 3, self.heads, -1)
        q, k, v = packed.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, width)
        x = x + self.out(attended)
        return x + self.dense(self.before_dense(x))


class Transformer(nn.Module):
    def __init__(self, length, tokens, units, width=128, heads=4, blocks=4):
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        self.positions = nn.Parameter(torch.randn(length, width) * 0.02)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(blocks)], nn.LayerNorm(width))
        self.dense = nn.Linear(width, units)

    def forward(self, ids):
        return self.dense(self.blocks(self.embedding(ids) + self.positions).mean(1))


class Lstm(nn.Module):
    def __init__(self, features, units):
        super().__init__()
        self.lstm, self.dense = nn.LSTM(features, 128, batch_first=True), nn.Linear(128, units)
        # PyTorch adds a second bias to the first: without it the network is the others'.
        nn.init.zeros_(self.lstm.bias_hh_l0).requires_grad_(False)

    def forward(self, x):
        return self.dense(self.lstm(x)[0][:, -1])


def network(work):
    shape, units = work["shape"], work["units"]
    if work["family"] == "transformer-encoder":
        return Transformer(*shape, work["tokens"], units)
    if work["family"] == "lstm":
        return Lstm(shape[-1], units)
    return globals()[work["family"].replace("-", "_")](shape, units).to(memory_format=torch.channels_last)


def start(work, x, y):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = network(work).to(device)
    trainable = [weights for weights in model.parameters() if weights.requires_grad]
    optimizer = torch.optim.Adam(trainable, 0.001, fused=True)
    loss_of = nn.CrossEntropyLoss()
    features, labels = torch.from_numpy(x).to(device), torch.from_numpy(y).long().to(device)
    is_image = features.dim() == 4

    def steps(order):
        for rows in order.split(work["batchSize"]):
            # [batch, height, width, channels] seen as channels last
            batch = features[rows].permute(0, 3, 1, 2) if is_image else features[rows]
            optimizer.zero_grad()
            loss_of(model(batch), labels[rows]).backward()
            optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()

    def seconds(threads):
        torch.set_num_threads(threads)
        started = time.perf_counter()
        steps(few)
        return time.perf_counter() - started

    # On cores that others use too, its threads wait for each other: it runs with as many as are fastest.
    most = torch.get_num_threads()
    few = torch.arange(min(len(x), 10 * work["batchSize"]), device=device)
    steps(few)
    with_one = with_most = 0
    for _ in range(3):
        with_one, with_most = with_one + seconds(1), with_most + seconds(most)
        if max(with_one, with_most) > 2 * min(with_one, with_most):
            break
    torch.set_num_threads(1 if with_one < with_most else most)
    return sum(weights.numel() for weights in trainable), lambda: steps(torch.randperm(len(x), device=device))
