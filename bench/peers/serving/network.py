"""What the peers share: the network that Flywheel exported, and how its answers are written."""
import json
import os

import numpy as np

columns = [f"p{i}" for i in range(784)]


def onnx_session(folder):
    """Rows of pixels -> probabilities, with ONNX Runtime in this process, on one thread: the network is small."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(os.path.join(folder, "model.onnx"), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x / np.float32(255)})[0]


def answers(probabilities):
    return [
        {"label": int(p.argmax()), "probabilities": {str(i): v for i, v in enumerate(p.tolist())}} for p in probabilities
    ]


def safetensors(folder):
    """The weights in the order of the layers: kernel, bias, kernel, bias …"""
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = file.read()
    tensors = [(name, entry) for name, entry in header.items() if name != "__metadata__"]
    arrays = {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
        for name, entry in tensors
    }
    kernels = [name for name in arrays if arrays[name].ndim == 2]
    # From the pixels to the classes.
    order, width = [], 784
    while kernels:
        kernel = next(name for name in sorted(kernels) if arrays[name].shape[0] == width)
        kernels.remove(kernel)
        order += [kernel, kernel.replace("kernel", "bias")]
        width = arrays[kernel].shape[1]
    return [arrays[name] for name in order]
