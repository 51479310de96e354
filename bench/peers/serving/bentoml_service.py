"""A BentoML service around ONNX Runtime, with its adaptive batching; served by bentoml_serve.py."""
import os

import bentoml
import numpy as np
from network import answers, columns, onnx_session


@bentoml.service(workers=1, traffic={"timeout": 30}, logging={"access": {"enabled": False}})
class Digits:
    def __init__(self):
        self.run = onnx_session(os.environ["MODEL_FOLDER"])

    @bentoml.api(batchable=True, max_batch_size=128, max_latency_ms=1000)
    def predict(self, instances: list[dict[str, float]]) -> list[dict]:
        return answers(self.run(np.array([[row[c] for c in columns] for row in instances], np.float32)))
