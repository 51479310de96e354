"""Serves a saved Keras model as FastAPI's docs show it: one row of named columns in, label and probabilities out.

usage: keras_serving.py MODEL PORT
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

model = keras.models.load_model(sys.argv[1])
forward = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec([None, 784], tf.float32)])
columns = [f"p{i}" for i in range(784)]
app = FastAPI()


class Rows(BaseModel):
    instances: list[dict[str, float]]


@app.post("/predict")
def predict(rows: Rows):
    x = np.array([[row[c] for c in columns] for row in rows.instances], np.float32) / 255
    probabilities = forward(tf.constant(x)).numpy()
    return {
        "predictions": [
            {"label": int(p.argmax()), "probabilities": {str(i): float(v) for i, v in enumerate(p)}}
            for p in probabilities
        ]
    }


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
