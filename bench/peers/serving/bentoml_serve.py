"""Serves a BentoML service as `bentoml serve` does.

usage: bentoml_serve.py FOLDER PORT
"""
import os
import sys

folder, port = sys.argv[1:]
os.environ["MODEL_FOLDER"] = folder
os.environ["BENTOML_DO_NOT_TRACK"] = "true"
os.chdir(os.path.dirname(os.path.abspath(__file__)))
bentoml = os.path.join(os.path.dirname(sys.executable), "bentoml")
os.execv(bentoml, [bentoml, "serve", "bentoml_service:Digits", "--host", "127.0.0.1", "--port", port])
