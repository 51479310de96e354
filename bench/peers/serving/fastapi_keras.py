"""Serves a Keras model with FastAPI: rows of named columns in, label and probabilities out.

usage: fastapi_keras.py FOLDER PORT
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
import uvicorn
from fastapi import FastAPI
from network import answers, columns, safetensors
from pydantic import BaseModel

weights = safetensors(sys.argv[1])
model = keras.Sequential(
    [keras.Input((784,))]
    + [keras.layers.Dense(64, "relu") for _ in range(2)]
    + [keras.layers.Dense(10, "softmax")]
)
model.set_weights(weights)
forward = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec([None, 784], tf.float32)])
app = FastAPI()


class Rows(BaseModel):
    instances: list[dict[str, float]]


@app.post("/predict")
async def predict(rows: Rows):
    x = np.array([[row[c] for c in columns] for row in rows.instances], np.float32) / 255
    return {"predictions": answers(forward(tf.constant(x)).numpy())}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
