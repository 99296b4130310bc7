"""Compares prompts that `examen tasks show` makes with those of lm_eval_prompts.py.

    compare_prompts.py PROMPTS.jsonl… --examen PROGRAM [--python PYTHON] [--least-native 0.8] [--least-bridge 0.95]

Prints of all tasks the share that loads and renders the same prompts, choices and keys without Python, and with it. A task for
which lm_eval_prompts.py found no rows counts as not shown.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile


def ours(arguments, line, more):
    """What examen shows of a task on the rows, or why it shows nothing."""
    with tempfile.TemporaryDirectory() as folder:
        for split, rows in line["splits"].items():
            with open(os.path.join(folder, f"{split}.jsonl"), "w") as out:
                for row in rows:
                    out.write(json.dumps(row) + "\n")
        # One file serves for the one split that is asked; examples are drawn from others.
        names = list(line["splits"])
        data = folder if line.get("has_examples") else os.path.join(folder, f"{names[0]}.jsonl")
        command = [arguments.examen, "tasks", "show", line["file"], "--dataset", data, "--format", "json", *more]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        return None, done.stderr.strip().splitlines()[0] if done.stderr.strip() else f"exit {done.returncode}"
    shown = [task for task in json.loads(done.stdout) if task["task"] == line["task"]]
    if not shown:
        return None, "the file has no task of this name"
    return shown[0]["questions"], None


def difference(expected, questions):
    if len(questions) != len(expected):
        return f"{len(questions)} questions, not {len(expected)}"
    for theirs, mine in zip(expected, questions):
        contexts = mine["contexts"] * (len(mine["choices"]) if len(mine["contexts"]) == 1 else 1)
        for what, a, b in (("contexts", theirs["contexts"], contexts), ("choices", theirs["choices"], mine["choices"]), ("golds", theirs["golds"], mine["golds"])):
            if a != b:
                at = next((n for n, (x, y) in enumerate(zip(a, b)) if x != y), "length")
                pair = (a[at], b[at]) if isinstance(at, int) else (len(a), len(b))
                return f"{what}: {pair[0]!r} is {pair[1]!r}"
    return None


def compared(arguments, line):
    if not line.get("expected"):
        return line["task"], "no rows", "no rows", line.get("error")
    questions, error = ours(arguments, line, [])
    native = "failed" if error else "same" if not difference(line["expected"], questions) else "different"
    reason = error or difference(line["expected"], questions)
    bridge = native
    if native == "failed" and "Python" in error and arguments.python:
        questions, error = ours(arguments, line, ["--run-hooks", "--python", arguments.python])
        bridge = "failed" if error else "same" if not difference(line["expected"], questions) else "different"
        reason = f"{reason} / {error or difference(line['expected'], questions)}"
    return line["task"], native, bridge, reason


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("prompts", nargs="+")
    parser.add_argument("--examen", required=True)
    parser.add_argument("--python")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--details")
    parser.add_argument("--least-native", type=float, default=0)
    parser.add_argument("--least-bridge", type=float, default=0)
    arguments = parser.parse_args()
    lines, weights = [], []
    for path in arguments.prompts:
        kinds = json.load(open(f"{path}.kinds")) if os.path.exists(f"{path}.kinds") else {}
        of_path = [json.loads(line) for line in open(path)]
        looked_at = collections.Counter(line.get("kind") for line in of_path)
        for line in of_path:
            lines.append(line)
            # A kind of which only some were looked at counts as a whole.
            weights.append(kinds.get(line.get("kind"), 1) / looked_at[line.get("kind")] if kinds else 1)
    native, bridge, reasons = collections.Counter(), collections.Counter(), collections.Counter()
    details = open(arguments.details, "w") if arguments.details else None
    with concurrent.futures.ThreadPoolExecutor(arguments.threads) as pool:
        for weight, (task, one, other, reason) in zip(weights, pool.map(lambda line: compared(arguments, line), lines)):
            native[one] += weight
            bridge[other] += weight
            if other != "same":
                reasons[re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "…", str(reason))[:120]] += weight
            if details:
                details.write(json.dumps({"task": task, "native": one, "bridge": other, "reason": reason}) + "\n")
    shares = []
    for name, counts in (("without Python", native), ("with the bridge", bridge)):
        n_tasks = round(sum(weights))
        share = counts["same"] / max(n_tasks, 1)
        shares.append(share)
        rest = ", ".join(f"{n:.0f} {what}" for what, n in counts.most_common() if what != "same")
        print(f"{name}: {counts['same']:.0f} of {n_tasks} tasks load and render the same prompts ({share:.1%}); {rest or 'no others'}")
    for reason, n in reasons.most_common(15):
        print(f"  {n:5.0f} {reason}")
    if shares[0] < arguments.least_native or shares[1] < arguments.least_bridge:
        sys.exit(f"fewer than {arguments.least_native:.0%} without Python or {arguments.least_bridge:.0%} with it")


main()
