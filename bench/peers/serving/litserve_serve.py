"""Serves an ONNX model with LitServe, batched as its docs show it.

usage: litserve_serve.py FOLDER PORT
"""
import sys

import litserve
import numpy as np
from network import answers, columns, onnx_session


class Digits(litserve.LitAPI):
    def setup(self, device):
        self.run = onnx_session(sys.argv[1])

    def decode_request(self, request):
        return np.array([[row[c] for c in columns] for row in request["instances"]], np.float32)

    def batch(self, inputs):
        self.sizes = [len(rows) for rows in inputs]
        return np.concatenate(inputs)

    def predict(self, x):
        return answers(self.run(x))

    def unbatch(self, output):
        ends = np.cumsum(self.sizes)
        return [output[end - size : end] for end, size in zip(ends, self.sizes)]

    def encode_response(self, output):
        return {"predictions": output}


if __name__ == "__main__":
    api = Digits(max_batch_size=64, batch_timeout=0.001)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False, generate_client_file=False)
