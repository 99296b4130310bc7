"""Opens what `examen evaluate --also` wrote, with the programs that it is for.

Usage: python open_outputs.py inspect|lm-eval RUN_FOLDER
Exits with 1 and a reason where a number is not the one of LightEval's results beside it.
"""

import json
import sys
from pathlib import Path


def only(paths):
    (path,) = paths
    return path


def close(one, other, what):
    assert abs(one - other) < 1e-12, f"{what}: {one}, not {other}"


def inspect(folder, expected):
    from inspect_ai.log import list_eval_logs, read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries

    path = str(only(list_eval_logs(str(folder / "inspect"))).name)
    log = read_eval_log(path)
    assert (log.version, log.status) == (2, "success"), (log.version, log.status)
    assert log.results is not None and log.samples is not None
    scores = {score.name: score for score in log.results.scores}
    for metric in ("acc", "acc_norm"):
        close(scores[metric].metrics["accuracy"].value, expected[metric], metric)
        close(scores[metric].metrics["stderr"].value, expected[f"{metric}_stderr"], metric)
    right = [sample.scores["acc"].value == "C" for sample in log.samples if sample.scores]
    close(sum(right) / len(right), expected["acc"], "samples")
    header = read_eval_log(path, header_only=True)
    assert header.eval.dataset.samples == len(log.samples) == header.results.total_samples
    summaries = read_eval_log_sample_summaries(path)
    assert [summary.id for summary in summaries] == [sample.id for sample in log.samples]
    first = read_eval_log_sample(path, id=log.samples[0].id)
    assert first.messages[0].role == "user" and first.output.completion == first.messages[-1].text
    print(f"inspect_ai reads {len(log.samples)} samples, acc {expected['acc']:.4f}")


def lm_eval(folder, expected):
    from lm_eval import utils
    from lm_eval.utils import make_table

    files = [str(path) for path in (folder / "lm-eval").glob("*/*")]
    results_file, samples_file = only(utils.get_results_filenames(files)), only(utils.get_sample_results_filenames(files))
    results = json.loads(Path(results_file).read_text())
    task = only(results["results"])
    assert utils.get_file_task_name(Path(samples_file).name) == task
    close(results["results"][task]["acc,none"], expected["acc"], "acc")
    print(make_table(results))
    samples = [json.loads(line) for line in Path(samples_file).read_text().splitlines()]
    scored = [sample["acc"] for sample in samples if "acc" in sample["metrics"]]
    close(sum(scored) / len(scored), expected["acc"], "samples")
    hashes = "".join(sample["doc_hash"] + sample["prompt_hash"] + sample["target_hash"] for sample in samples)
    assert utils.hash_string(hashes) == results["task_hashes"][task]
    import datasets

    rows = datasets.load_dataset("json", data_files=samples_file, split="train")
    assert len(rows) == len(samples)
    hub_results(folder, expected)


def hub_results(folder, expected):
    import yaml
    from huggingface_hub import parse_eval_result_entries

    path = only(folder.glob("hub/**/.eval_results/*.yaml"))
    (entry,) = parse_eval_result_entries(yaml.safe_load(path.read_text()))
    close(entry.value, expected["acc"], "the Hub's")
    assert (entry.dataset_id, entry.task_id) == ("org/exam", "exam_questions"), entry
    print(f"huggingface_hub reads {entry}")


def main():
    kind, folder = sys.argv[1], Path(sys.argv[2])
    results = json.loads(only(folder.glob("results/**/results_*.json")).read_text())
    {"inspect": inspect, "lm-eval": lm_eval}[kind](folder, results["results"]["all"])


main()
