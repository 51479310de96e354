"""Serves an ONNX model as FastAPI's docs show it: rows of named columns in, label and probabilities out.

usage: fastapi_onnx.py FOLDER PORT PROCESSES
"""
import sys

import numpy as np
import uvicorn
from fastapi import FastAPI
from network import answers, columns, onnx_session
from pydantic import BaseModel

run = onnx_session(sys.argv[1])
app = FastAPI()


class Rows(BaseModel):
    instances: list[dict[str, float]]


@app.post("/predict")
async def predict(rows: Rows):
    return {"predictions": answers(run(np.array([[row[c] for c in columns] for row in rows.instances], np.float32)))}


if __name__ == "__main__":
    port, workers = int(sys.argv[2]), int(sys.argv[3])
    target = app if workers == 1 else "fastapi_onnx:app"
    uvicorn.run(target, host="127.0.0.1", port=port, workers=workers, log_level="error", access_log=False)
