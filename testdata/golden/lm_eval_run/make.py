"""Makes results.json and samples.jsonl: lm_eval 0.4.13 (transformers 5.23, torch 2.15, CPU) on the tiny model of testdata/engine/qwen2.

Usage: python make.py, in this folder. The model's tokenizer_config.json has its end token as an object, which transformers
refuses; a copy of the model has it as text. Paths, and what describes the machine, are left out of results.json.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

here = Path(__file__).parent
with tempfile.TemporaryDirectory() as work:
    model = Path(work) / "qwen2"
    shutil.copytree(here / "../../engine/qwen2", model)
    config = json.loads((model / "tokenizer_config.json").read_text())
    plain = {key: value["content"] if isinstance(value, dict) else value for key, value in config.items()}
    (model / "tokenizer_config.json").write_text(json.dumps(plain))
    run = [sys.executable, "-m", "lm_eval", "--model", "hf", "--model_args", f"pretrained={model},dtype=float32"]
    run += ["--include_path", str(here), "--tasks", "small", "--output_path", work + "/out", "--log_samples", "--device", "cpu"]
    subprocess.run(run, check=True, cwd=here)
    (results_file,) = Path(work).glob("out/*/results_*.json")
    (samples_file,) = Path(work).glob("out/*/samples_*.jsonl")
    results = json.loads(results_file.read_text())
    results |= {"pretty_env_info": "left out", "model_name": "qwen2", "model_name_sanitized": "qwen2"}
    results["config"]["model_args"]["pretrained"] = "qwen2"
    results["configs"]["small"]["metadata"]["pretrained"] = "qwen2"
    (here / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    shutil.copy(samples_file, here / "samples.jsonl")
