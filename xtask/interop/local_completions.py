"""lm-evaluation-harness runs a task of its own language on `examen models serve`, through its unmodified `local-completions`, and on
its `hf` model with the same weights. Fails unless all log-probabilities agree within 1e-3 and each is the likeliest in both or
in neither; prints the largest difference and the CPU-seconds of both."""

import argparse
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import torch
from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager

TOLERANCE = 1e-3


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, server):
    for _ in range(1200):
        if server.poll() is not None:
            sys.exit(f"the server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("the server does not answer")


def for_transformers(path, folder):
    """The model where transformers reads it: special tokens of the tests' checkpoints as texts, not as objects."""
    if not os.path.isdir(path):
        return path
    copy = os.path.join(folder, os.path.basename(path))
    shutil.copytree(path, copy)
    settings = os.path.join(copy, "tokenizer_config.json")
    with open(settings, encoding="utf-8") as file:
        config = json.load(file)
    for name, value in config.items():
        if isinstance(value, dict) and isinstance(value.get("content"), str):
            config[name] = value["content"]
    with open(settings, "w", encoding="utf-8") as file:
        json.dump(config, file)
    return copy


def responses(task, model, arguments, limit):
    manager = TaskManager(include_path=os.path.dirname(task))
    done = simple_evaluate(
        model=model,
        model_args=arguments,
        tasks=[os.path.splitext(os.path.basename(task))[0]],
        task_manager=manager,
        limit=limit,
        bootstrap_iters=0,
        log_samples=True,
    )
    samples = [sample for samples in done["samples"].values() for sample in samples]
    samples.sort(key=lambda sample: sample["doc_id"])
    numbers = [
        (float(log_prob), str(is_greedy) == "True")
        for sample in samples
        for ((log_prob, is_greedy),) in sample["resps"]
    ]
    return numbers, done["results"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examen", required=True)
    parser.add_argument("--model", required=True, help="folder with safetensors, or a .gguf file")
    parser.add_argument("--task", required=True, help="YAML file whose name is that of its task")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--concurrent", type=int, default=8)
    parser.add_argument("--batch", type=int, default=1)
    arguments = parser.parse_args()
    task, path = os.path.abspath(arguments.task), os.path.abspath(arguments.model)
    examen = os.path.abspath(arguments.examen)
    os.chdir(os.path.dirname(task))
    torch.set_num_threads(os.cpu_count() or 1)

    port = free_port()
    server = subprocess.Popen([examen, "models", "serve", path, "--port", str(port)])
    try:
        wait_for(port, server)
        served = {
            "model": path,
            "base_url": f"http://127.0.0.1:{port}/v1/completions",
            "num_concurrent": arguments.concurrent,
            "batch_size": arguments.batch,
        }
        ours, our_results = responses(task, "local-completions", served, arguments.limit)
    finally:
        server.terminate()
        server.wait()
    server_seconds = resource.getrusage(resource.RUSAGE_CHILDREN)
    server_seconds = server_seconds.ru_utime + server_seconds.ru_stime

    before = time.process_time()
    path = for_transformers(path, tempfile.mkdtemp())
    local = {"pretrained": path, "dtype": "float32", "device": "cpu"}
    if path.endswith(".gguf"):
        local = {**local, "pretrained": os.path.dirname(path), "gguf_file": os.path.basename(path)}
    theirs, their_results = responses(task, "hf", local, arguments.limit)
    hf_seconds = time.process_time() - before

    if len(ours) != len(theirs) or not ours:
        sys.exit(f"{len(ours)} log-probabilities against {len(theirs)}")
    differences = [abs(a[0] - b[0]) for a, b in zip(ours, theirs)]
    greedy = sum(a[1] != b[1] for a, b in zip(ours, theirs))
    print(json.dumps({
        "log_probs": len(ours),
        "largest_difference": max(differences),
        "greedy_differs": greedy,
        "server_cpu_seconds": round(server_seconds, 1),
        "hf_cpu_seconds": round(hf_seconds, 1),
        "ours": our_results,
        "theirs": their_results,
    }, indent=1, default=str))
    if max(differences) > TOLERANCE or greedy:
        sys.exit("the log-probabilities differ")


if __name__ == "__main__":
    main()
