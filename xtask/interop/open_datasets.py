"""Opens what Examen wrote with Hugging Face `datasets`: a Distiset folder and a published folder.

    python open_datasets.py DISTISET_FOLDER PUBLISHED_FOLDER [--expected FILE]

Checks counts, columns and values, against FILE (`{"distiset": {config: [row…]}, "published": [row…]}`) where it is given
and against what the formats promise in any case. Exits with 1 and one line for each difference.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import datasets

EXAM_COLUMNS = ["question", "answer_a", "answer_b", "answer_c", "answer_d", "correct_answer"]
LETTERS = EXAM_COLUMNS[1:5]
QUESTION_LISTS = ["distractors", "reasons"]

differences = []


def check(holds, message):
    if not holds:
        differences.append(message)


def same_rows(found, expected, where):
    check(len(found) == len(expected), f"{where}: {len(found)} rows instead of {len(expected)}")
    for number, (row, wanted) in enumerate(zip(found, expected)):
        if row != wanted:
            columns = [name for name in wanted if row.get(name) != wanted[name]] or sorted(set(row) ^ set(wanted))
            check(False, f"{where}, row {number}: differs in {', '.join(columns)}")
            return


def open_distiset(folder, expected):
    configs = sorted(path.parent.name for path in folder.glob("*/dataset_dict.json"))
    check({"default", "questions", "rejected"} <= set(configs), f"{folder}: configurations are {configs}")
    for config in configs:
        saved = datasets.load_from_disk(str(folder / config))
        check(list(saved) == ["train"], f"{config}: splits are {list(saved)}")
        split = saved["train"]
        rows = split.to_list()
        declared = json.loads((folder / config / "train" / "dataset_info.json").read_text(encoding="utf-8"))
        check(len(rows) == declared["splits"]["train"]["num_examples"], f"{config}: rows differ from dataset_info.json")
        check(split.column_names == list(declared["features"]), f"{config}: columns are {split.column_names}")
        if expected is not None:
            same_rows(rows, expected[config], config)
        if config == "default":
            check_generations(rows)
        elif config in ("questions", "rejected"):
            check_questions(config, split, rows)
        # Slicing seeks by record batch; a map rewrites the table by its features.
        check(split.select(range(len(rows))).to_list() == rows, f"{config}: rows differ when selected one by one")
        check(split.map(lambda row: row).features == split.features, f"{config}: features change in a map")
        print(f"load_from_disk {config}: {len(rows)} rows, {len(split.column_names)} columns")


def check_generations(rows):
    for number, row in enumerate(rows):
        for question in json.loads(row["generation"])["exam"]:
            check({"question", "answer", "distractors"} <= set(question), f"default, row {number}: keys {list(question)}")
        messages = row["distilabel_metadata"]["raw_input_exam_generation"]
        check(all({"role", "content"} == set(message) for message in messages), f"default, row {number}: {messages!r}")


def check_questions(config, split, rows):
    verdict = "accepted" if config == "questions" else "rejected"
    for column in QUESTION_LISTS:
        value = split.features[column]
        value = value[0] if isinstance(value, list) else value.feature
        check(value == datasets.Value("string"), f"{config}: {column} is {split.features[column]}")
    for number, row in enumerate(rows):
        check(row["verdict"] == verdict, f"{config}, row {number}: verdict {row['verdict']!r}")
        check((verdict == "rejected") == bool(row["reasons"]), f"{config}, row {number}: reasons {row['reasons']}")
        if verdict == "accepted":
            check(len(row["distractors"]) == 3, f"{config}, row {number}: distractors {row['distractors']}")


def open_published(folder, expected):
    with tempfile.TemporaryDirectory() as cache:
        whole = datasets.load_dataset(str(folder), cache_dir=cache)
        check(list(whole) == ["train"], f"published: splits are {list(whole)}")
        rows = whole["train"].to_list()
        stream = datasets.load_dataset(str(folder), streaming=True, split="train", cache_dir=cache)
        check(list(stream) == rows, "published: streaming gives other rows")
        info = datasets.load_dataset_builder(str(folder), cache_dir=cache).info
        check(info.splits["train"].num_examples == len(rows), "published: the card's num_examples is wrong")
        check(info.splits["train"].num_bytes > 0, "published: the card has no num_bytes")
        check(info.features == whole["train"].features, "published: the card's features are not the file's")
        in_file = datasets.load_dataset("parquet", data_files=str(folder / "data/*.parquet"), cache_dir=cache)["train"]
        check(in_file.features == info.features, "published: the file's own features are not the card's")
    columns = whole["train"].column_names
    check(columns[:6] == EXAM_COLUMNS, f"published: first columns are {columns[:6]}")
    for number, row in enumerate(rows):
        options = [row[letter] for letter in LETTERS]
        check(row["correct_answer"] in LETTERS, f"published, row {number}: key {row['correct_answer']!r}")
        check(len(set(options)) == 4 and all(options), f"published, row {number}: options {options}")
        check(row["key_source"] in ("reviewed", "adjudicated", "suggested"), f"published, row {number}: {row['key_source']!r}")
        check((row["key_source"] == "suggested") == (row["n_votes"] == 0), f"published, row {number}: votes and source")
    if expected is not None:
        same_rows(rows, expected, "published")
    check(len(rows) > 0, "published: no rows")
    print(f"load_dataset {folder.name}: {len(rows)} rows, {len(columns)} columns, streaming too")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("distiset", type=Path)
    parser.add_argument("published", type=Path)
    parser.add_argument("--expected", type=Path)
    arguments = parser.parse_args()
    expected = json.loads(arguments.expected.read_text(encoding="utf-8")) if arguments.expected else {}
    datasets.disable_progress_bars()
    datasets.disable_caching()
    print(f"datasets {datasets.__version__}")
    open_distiset(arguments.distiset, expected.get("distiset"))
    open_published(arguments.published, expected.get("published"))
    for difference in differences:
        print(f"difference: {difference}", file=sys.stderr)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
