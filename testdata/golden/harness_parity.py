"""Values of harness_parity.json: what lm-evaluation-harness 0.4.13 makes of testdata/tasks/parity with SmolLM2-135M-Instruct.

    harness_parity.py FOLDER > harness_parity.json

FOLDER is the model as xtask/peers/make_model.py writes it: the weights of the GGUF file in f32, with its tokenizer. No chat template.
Per question: the log-probabilities of its choices and the likeliest, or the reply.
"""

import json
import logging
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"
logging.disable(logging.CRITICAL)

from lm_eval import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

TASKS = Path(__file__).resolve().parent.parent / "tasks" / "parity"
NAMES = ["parity_letters", "parity_hybrid", "parity_inverted", "parity_continuation", "parity_whole", "parity_written"]

os.chdir(TASKS)
out, sys.stdout = sys.stdout, sys.stderr
model = HFLM(pretrained=sys.argv[1], device="cpu", dtype="float32", batch_size=8)
manager = TaskManager(include_path=str(TASKS), include_defaults=False)


def question(name, sample):
    replies = [reply[0] for reply in sample["resps"]]
    if name == "parity_written":
        return replies[0]
    if name == "parity_whole":
        return [round(float(reply), 6) for reply in replies]
    return [round(float(reply[0]), 6) for reply in replies]


golden = {}
for name in NAMES:
    run = simple_evaluate(model, tasks=[name], task_manager=manager, log_samples=True, bootstrap_iters=0)
    results = {key: value for key, value in run["results"][name].items() if "stderr" not in key and key not in ("alias", "name", "sample_len", "sample_count")}
    samples = {}
    for sample in run["samples"][name]:
        samples.setdefault(sample["doc_id"], question(name, sample))
    print(name, "is done", file=sys.stderr)
    golden[name] = {"results": results, "questions": [samples[n] for n in sorted(samples)]}
json.dump(golden, out, ensure_ascii=False)
print(file=out)
