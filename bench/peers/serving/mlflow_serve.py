"""Saves a pyfunc model around ONNX Runtime and serves it as `mlflow models serve` does.

usage: mlflow_serve.py FOLDER PORT
"""
import os
import sys

import mlflow

folder, port = sys.argv[1:]
path = os.path.join(folder, "mlflow-model")
here = os.path.dirname(os.path.abspath(__file__))
if not os.path.exists(path):
    mlflow.pyfunc.save_model(
        path,
        python_model=os.path.join(here, "mlflow_model.py"),
        code_paths=[os.path.join(here, "network.py")],
        artifacts={"model": os.path.join(folder, "model.onnx")},
        pip_requirements=[],
    )
serve = ["mlflow", "models", "serve", "-m", path, "-h", "127.0.0.1", "-p", port, "--env-manager", "local", "--workers", "1"]
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
os.environ["MLFLOW_DISABLE_ENV_CREATION"] = "true"
os.execvp(os.path.join(os.path.dirname(sys.executable), "mlflow"), serve)
