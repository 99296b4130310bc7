"""Makes golden.jsonl: what transformers' own processors leave of a distribution. See ORIGIN.md.

    python -m venv venv && venv/bin/pip install torch transformers
    venv/bin/python testdata/sampling/make.py
"""

import json
import pathlib

import torch
from transformers.generation.logits_process import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

HERE = pathlib.Path(__file__).parent
WIDTH = 48
SETTINGS = [
    {},
    {"temperature": 0.7},
    {"top_k": 1},
    {"top_k": 7},
    {"top_k": 1000},
    {"top_p": 0.5},
    {"top_p": 0.9},
    {"min_p": 0.05},
    {"min_p": 1.0},
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.8},
    {"top_k": 9, "top_p": 0.8},
    {"temperature": 1.6, "top_k": 12, "top_p": 0.7},
    {"temperature": 0.5, "top_p": 0.95, "min_p": 0.1},
    {"temperature": 1.2, "top_k": 20, "top_p": 0.9, "min_p": 0.04, "repetition_penalty": 1.5},
]


def processors(settings):
    """In the order of transformers' `generate`."""
    made = LogitsProcessorList()
    if "repetition_penalty" in settings:
        made.append(RepetitionPenaltyLogitsProcessor(settings["repetition_penalty"]))
    if "temperature" in settings:
        made.append(TemperatureLogitsWarper(settings["temperature"]))
    if "top_k" in settings:
        made.append(TopKLogitsWarper(settings["top_k"]))
    if "top_p" in settings:
        made.append(TopPLogitsWarper(settings["top_p"]))
    if "min_p" in settings:
        made.append(MinPLogitsWarper(settings["min_p"]))
    return made


def main():
    torch.manual_seed(17)
    with open(HERE / "golden.jsonl", "w") as file:
        for settings in SETTINGS:
            logits = torch.randn(1, WIDTH) * 2.5
            # Equal logits, and tokens that a constraint forbids.
            logits[0, 5] = logits[0, 6] = logits.max()
            logits[0, [11, 30]] = -torch.inf
            seen = torch.randint(0, WIDTH, (1, 14))
            seen[0, :2] = torch.tensor([5, 11])
            scores = processors(settings)(seen, logits.clone().double())
            case = {
                "settings": settings,
                "seen": seen[0].tolist(),
                "logits": [x if x > -float("inf") else None for x in logits[0].tolist()],
                "probabilities": torch.softmax(scores, -1)[0].tolist(),
            }
            file.write(json.dumps(case) + "\n")


main()
