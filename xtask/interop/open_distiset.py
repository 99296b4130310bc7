"""Opens a Distiset folder that Examen wrote with distilabel's own reader.

    python open_distiset.py DISTISET_FOLDER [--expected FILE]

Checks configurations, counts, columns and values, against FILE (see open_datasets.py) where it is given, and that
distilabel can save what it read. Exits with 1 and one line for each difference.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import datasets
from distilabel.distiset import Distiset

# The columns that the original workflow's annotation script reads.
DEFAULT_COLUMNS = ["document", "generation", "distilabel_metadata", "generation_model"]

differences = []


def check(holds, message):
    if not holds:
        differences.append(message)


def open_distiset(folder, expected):
    distiset = Distiset.load_from_disk(folder)
    configs = {path.parent.name for path in folder.glob("*/dataset_dict.json")}
    check(set(distiset) == configs, f"configurations are {sorted(distiset)} instead of {sorted(configs)}")
    check({"default", "questions", "rejected"} <= set(distiset), f"configurations are {sorted(distiset)}")
    for config, saved in distiset.items():
        rows = saved["train"].to_list()
        info = json.loads((folder / config / "train" / "dataset_info.json").read_text(encoding="utf-8"))
        check(len(rows) == info["splits"]["train"]["num_examples"], f"{config}: {len(rows)} rows")
        check(saved["train"].column_names == list(info["features"]), f"{config}: columns {saved['train'].column_names}")
        if expected is not None:
            check(rows == expected[config], f"{config}: rows differ")
        print(f"Distiset {config}: {len(rows)} rows")
    check(distiset["default"]["train"].column_names == DEFAULT_COLUMNS, "default: not distilabel's columns")
    for row in distiset["default"]["train"]:
        for question in json.loads(row["generation"])["exam"]:
            check(len(question["distractors"]) == 3, f"default: distractors {question['distractors']}")
    for path in (distiset.pipeline_path, distiset.log_filename_path):
        check(path is not None and path.is_file(), f"no {path}")
    return distiset


def save_and_read_again(distiset):
    # `datasets` cannot load an empty table that it saved itself (it writes no shard); ours has one.
    distiset = Distiset({config: saved for config, saved in distiset.items() if len(saved["train"]) > 0})
    with tempfile.TemporaryDirectory() as folder:
        distiset.save_to_disk(folder, save_card=False, save_pipeline_config=False, save_pipeline_log=False)
        again = Distiset.load_from_disk(folder)
        for config, saved in distiset.items():
            check(again[config]["train"].to_list() == saved["train"].to_list(), f"{config}: changed by saving")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("distiset", type=Path)
    parser.add_argument("--expected", type=Path)
    arguments = parser.parse_args()
    expected = json.loads(arguments.expected.read_text(encoding="utf-8"))["distiset"] if arguments.expected else None
    datasets.disable_progress_bars()
    print(f"datasets {datasets.__version__}")
    save_and_read_again(open_distiset(arguments.distiset, expected))
    for difference in differences:
        print(f"difference: {difference}", file=sys.stderr)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
