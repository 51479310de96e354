"""Serves an ONNX model through Triton, its batcher and its HTTP front end, with the server that is in the wheel.

usage: triton_serve.py FOLDER PORT
"""
import os
import sys
import sysconfig

# Triton starts Python for itself: it must find the library of this interpreter, and no other of the same version.
os.environ["LD_LIBRARY_PATH"] = sysconfig.get_config_var("LIBDIR")

import numpy as np
from network import onnx_session
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

run = onnx_session(sys.argv[1])
port = int(sys.argv[2])


@batch
def infer(features):
    probabilities = run(features)
    labels = np.char.encode(probabilities.argmax(1).astype(str), "utf-8")
    return {"label": labels[:, None], "probabilities": probabilities}


config = TritonConfig(
    http_address="127.0.0.1", http_port=port, grpc_port=port + 1, allow_metrics=False, log_verbose=0
)
with Triton(config=config) as triton:
    triton.bind(
        model_name="digits",
        infer_func=infer,
        inputs=[Tensor(name="features", dtype=np.float32, shape=(784,))],
        outputs=[Tensor(name="label", dtype=bytes, shape=(1,)), Tensor(name="probabilities", dtype=np.float32, shape=(10,))],
        config=ModelConfig(max_batch_size=256, batcher=DynamicBatcher(max_queue_delay_microseconds=0)),
        strict=False,
    )
    triton.serve()
