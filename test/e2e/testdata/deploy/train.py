"""Stands for a program that ends: it leaves what it was given in the folder that it is told, and ends with 0."""

import json
import os
import sys

options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
folder = options.get("--out") or options["--checkpoints"]
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "result.json"), "w") as result:
    json.dump({"options": options, "token": len(os.environ.get("HF_TOKEN", "")), "task": os.environ.get("AYNI_TASK")}, result)
print("trained", json.dumps(options, sort_keys=True), "with a token of", len(os.environ.get("HF_TOKEN", "")), flush=True)
