"""The pyfunc model: rows as a data frame of named columns in, label and probabilities out."""
import os

import mlflow
import numpy as np
from network import answers, columns, onnx_session


class Digits(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.run = onnx_session(os.path.dirname(context.artifacts["model"]))

    def predict(self, context, model_input, params=None):
        return answers(self.run(model_input[columns].to_numpy(np.float32)))


mlflow.models.set_model(Digits())
