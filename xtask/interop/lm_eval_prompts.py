"""Prompts of lm-evaluation-harness's own tasks on made-up rows, as lm-evaluation-harness renders them.

    lm_eval_prompts.py OUT.jsonl [--type multiple_choice] [--only PATTERN] [--each N]

No data set is fetched: rows are made up. Their columns are read off the templates and hooks, and their kinds (text, index,
letter, list, dict …) are searched for until lm_eval itself makes prompts and keys of them. One line a task:
{"task", "file", "splits": {split: rows}, "expected": [{"contexts", "choices", "golds"}], "error", "kind"}. With `--each N` only N
tasks of each kind (the same templates and hooks) are looked at; OUT.jsonl.kinds then says how many there are of each.
"""

import argparse
import ast
import fnmatch
import inspect
import json
import linecache
import logging
import os
import random
import re
import signal
import sys
import traceback

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"

import datasets
from jinja2 import meta

datasets.disable_progress_bars()
datasets.disable_caching()
logging.disable(logging.CRITICAL)

from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks import TaskManager
from lm_eval.tasks._index import Kind
from lm_eval.utils import env

N_ROWS = 3
ATTEMPTS = 240


class Sample:
    """Values of one kind, one a row."""

    def __init__(self, name, make):
        self.name, self.make = name, make


def text(column, n):
    # Blanks at both ends, both quotes and letters beyond ASCII: what differs between renderers.
    return [f" {column} é{n}'s \"one\"", f"{column} two {n}. ", f"{column} [title] {n}\nthree"][n % 3]


def options(column, n):
    return [f"{column} {letter}{n}'" if letter != "b" else f' {column} "b" {n}' for letter in "abcde"]


KINDS = [
    Sample("text", text),
    Sample("index", lambda column, n: n % 2),
    Sample("options", lambda column, n: options(column, n)[:4]),
    Sample("letter", lambda column, n: "AB"[n % 2]),
    Sample("digit", lambda column, n: str(n % 2)),
    Sample("one", lambda column, n: 1 + n % 2),
    Sample("one digit", lambda column, n: str(1 + n % 2)),
    Sample("labelled", lambda column, n: {"text": options(column, n)[:4], "label": list("ABCD")}),
    Sample("literal", lambda column, n: repr(options(column, n)[:4])),
    Sample("flag", lambda column, n: bool(n % 2)),
    Sample("scores", lambda column, n: [1, 0, 0, 0]),
    Sample("two", lambda column, n: options(column, n)[:2]),
    Sample("words", lambda column, n: f"{column} _ {n} alpha beta"),
    Sample("none", lambda column, n: None),
    Sample("choices", lambda column, n: {"choices": options(column, n)[:4], "labels": [1, 0, 0, 0]}),
    Sample("letters", lambda column, n: {letter: f"{column} {letter} {n}" for letter in "ABCD"}),
    Sample("records", lambda column, n: [{"text": one, "label": letter, "key": letter} for one, letter in zip(options(column, n), "ABCD")]),
    Sample("five", options),
    Sample("small letter", lambda column, n: "ab"[n % 2]),
    Sample("float", lambda column, n: 0.5 + n),
    Sample("indices", lambda column, n: [n % 2]),
    Sample("nested", lambda column, n: [options(column, n)[:2], options(column, n + 1)[:2]]),
    Sample("empty", lambda column, n: ""),
    Sample("json", lambda column, n: json.dumps(options(column, n)[:4])),
    Sample("yes", lambda column, n: ["yes", "no"][n % 2]),
    Sample("Yes", lambda column, n: ["Yes", "No"][n % 2]),
    Sample("True", lambda column, n: ["True", "False"][n % 2]),
    Sample("true", lambda column, n: ["true", "false"][n % 2]),
]
BY_NAME = {kind.name: kind for kind in KINDS}
LIKELY = [
    (r"choices|options|endings|candidates|targets?_choices|answers$|mc\d_targets|classes", "options"),
    (r"(^|_)(label|gold|idx|index|target|correct|ans)($|_)|labels?$|gold", "index"),
    (r"answer_?key|^answer$|cop|^key$|correct_answer|^Answer", "letter"),
]

# Columns of data sets whose hooks and templates the search does not satisfy by itself: names of kinds, or values.
FEW = ["one é", "two's", " three ", "4"]
DATASETS = [
    (r"belebele", dict({f"mc_answer{n}": "text" for n in range(1, 5)}, flores_passage="text", question="text", correct_answer_num="one digit")),
    (r"^MBZUAI/ArabicMMLU", dict({f"Option {n}": "text" for n in range(1, 6)}, **{"Answer Key": "letter"}, Question="text", Context="empty", Level="empty", Country="empty", Subject="text")),
    (r"AraDICE-ArabicMMLU", {"Subject": ["History"], "Level": "empty", "Country": "empty", "context": "empty", "question": "text", "options": "letters", "Answer Key": "letter"}),
    (r"arab_?culture", {"country": ["Egypt"], "region": ["Gulf"], "first_statement": "text", "options": [{"text": FEW[:3], "english_keys": ["A", "B", "C"], "arabic_keys": ["أ", "ب", "ج"]}], "answer_key": [{"english_answer_key": "B", "arabic_answer_key": "ب"}]}),
    (r"^hails/bigbench", {"inputs": "text", "multiple_choice_targets": [FEW], "targets": [FEW[1:2]], "multiple_choice_scores": "scores"}),
    (r"^toksuite/", {"question": "text", "choices": "options", "answer": "index"}),
]


def hooks_of(config):
    for key in ("process_docs", "doc_to_text", "doc_to_choice", "doc_to_target"):
        if callable(config.get(key)):
            yield key, config[key]
    fewshot = config.get("fewshot_config") or {}
    for key, value in fewshot.items() if isinstance(fewshot, dict) else ():
        if callable(value) and key != "samples":
            yield key, value


def module_of(function):
    function = getattr(function, "func", function)
    return sys.modules.get(getattr(function, "__module__", ""), None) or inspect.getmodule(function)


MODULES = {}


def facts(function):
    """Columns that a hook's module looks up, and short strings that it compares with."""
    function = getattr(function, "func", function)
    try:
        path = inspect.getsourcefile(function)
    except TypeError:
        return set(), []
    if path not in MODULES:
        columns, constants = set(), []
        for node in ast.walk(ast.parse(open(path).read())):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                columns.add(node.slice.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
                if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                    columns.add(node.args[0].value)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < 60:
                constants.append(node.value)
        MODULES[path] = columns, list(dict.fromkeys(constants))
    return MODULES[path]


def of_function(function):
    """Columns that one function looks up itself."""
    try:
        source = inspect.getsource(getattr(function, "func", function))
        tree = ast.parse(inspect.cleandoc(source))
    except Exception:
        return facts(function)[0]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            found.add(node.slice.value)
    return found


def templates_of(config):
    fewshot = config.get("fewshot_config") or {}
    for source in (config, fewshot if isinstance(fewshot, dict) else {}):
        for key in ("doc_to_text", "doc_to_choice", "doc_to_target", "description", "gen_prefix"):
            if isinstance(source.get(key), str):
                yield key, source[key]


def columns_of(config):
    """Columns that a row needs, as far as templates and hooks say."""
    found = {}
    for key, template in templates_of(config):
        if "{" in template:
            for name in sorted(meta.find_undeclared_variables(env.parse(template))):
                found.setdefault(name, set()).add(key)
        elif re.fullmatch(r"\w+", template) and key in ("doc_to_text", "doc_to_choice", "doc_to_target"):
            found.setdefault(template, set()).add(key)
    for key, function in hooks_of(config):
        for name in sorted(of_function(function)):
            found.setdefault(name, set()).add(key)
    return found


class Search:
    """Kinds of columns under which a task makes prompts."""

    def __init__(self, config, seed):
        self.config = config
        self.random = random.Random(seed)
        # Enough for the examples, should they be drawn from the rows that are asked.
        self.n_rows = N_ROWS + (config.get("num_fewshot") or 0)
        self.columns = columns_of(config)
        self.constants = []
        for _, function in hooks_of(config):
            keywords = getattr(function, "keywords", {}) or {}
            own = [value for value in keywords.values() if isinstance(value, str)]
            code = getattr(getattr(function, "func", function), "__code__", None)
            own += [value for value in (code.co_consts if code else ()) if isinstance(value, str) and 0 < len(value) < 60]
            self.constants += own + facts(function)[1]
        self.constants = list(dict.fromkeys(self.constants))[:200]
        self.own = [value for _, function in hooks_of(config) for value in (getattr(function, "keywords", {}) or {}).values() if isinstance(value, str)]
        self.schema = {column: self.first(column) for column in self.columns}
        path = f"{config.get('dataset_path')}"
        self.known = next((known for pattern, known in DATASETS if re.search(pattern, path, re.I)), {})
        self.schema |= {column: ("constant", kind[0]) if isinstance(kind, list) else kind for column, kind in self.known.items()}

    def first(self, column):
        for pattern, kind in LIKELY:
            if re.search(pattern, column, re.I):
                return kind
        return "text"

    def rows(self, first=0):
        def value(column, n):
            kind = self.schema[column]
            if isinstance(kind, tuple):
                return kind[1]
            return BY_NAME[kind].make(column, n)

        return [{column: value(column, n) for column in self.schema} for n in range(first, first + self.n_rows)]

    def mend(self, error, stage):
        """Changes what the error hints at."""
        words = str(error)
        missing = None
        if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
            missing = error.args[0]
        found = re.search(r"'(\w+)' is undefined", words)
        if found:
            missing = found.group(1)
        if missing and missing not in self.schema and re.fullmatch(r"[\w \-?()/.]+", missing):
            if not isinstance(error, KeyError) or self.random.random() < 0.7:
                self.schema[missing] = self.first(missing)
                self.columns.setdefault(missing, set()).add(stage)
                return
        named = [column for column in self.schema if column in guilty_line(error)]
        of_stage = [column for column, stages in self.columns.items() if stage in stages]
        pool = named if named and self.random.random() < 0.7 else of_stage or list(self.schema)
        if not pool:
            pool = list(self.schema)
        if not pool:
            return
        column = self.random.choice(pool)
        known = keys_on_line(error)
        if known and named and self.random.random() < 0.6:
            self.schema[column] = ("constant", self.random.choice(known))
        elif self.own and self.random.random() < 0.4:
            self.schema[column] = ("constant", self.random.choice(self.own))
        elif self.constants and self.random.random() < 0.35:
            self.schema[column] = ("constant", self.random.choice(self.constants))
        else:
            self.schema[column] = self.random.choice(KINDS).name


def guilty_line(error):
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.line or "" for frame in frames[-3:]]
    for frame in frames:
        if "/tasks/" in frame.filename:
            lines.append(linecache.getline(frame.filename, frame.lineno))
    return " ".join(lines)


def keys_on_line(error):
    """Strings and numbers that the names on the line of an error hold: what a row may be compared with."""
    trace, found = error.__traceback__, []
    while trace:
        if "/tasks/" in trace.tb_frame.f_code.co_filename:
            line = linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
            names = trace.tb_frame.f_globals | trace.tb_frame.f_locals
            values = [names[name] for name in re.findall(r"\w+", line) if isinstance(names.get(name), (dict, list, tuple))]
            for value in values:
                if value is not names.get("doc"):
                    found = [one for one in list(value)[:80] if isinstance(one, (str, int)) and not isinstance(one, bool)] or found
        trace = trace.tb_next
    return found


STAGES = ["process_docs", "doc_to_choice", "doc_to_text", "doc_to_target"]


def progress(stage):
    """How far an attempt came: its stage, and the line of the task's file."""
    lines = [frame.lineno for frame in traceback.extract_tb(stage.error.__traceback__) if "/tasks/" in frame.filename]
    return STAGES.index(stage.name) if stage.name in STAGES else 0, lines[-1] if lines else 0


class Slow(Exception):
    pass


def out_of_time(*_):
    raise Slow("more than the time of one attempt")


class Offline(ConfigurableTask):
    """A task on rows that are given."""

    SPLITS = {}

    def download(self, dataset_kwargs=None, **kwargs):
        self.dataset = {split: datasets.Dataset.from_list(rows) for split, rows in self.SPLITS.items()}


class Stage(Exception):
    def __init__(self, name, error):
        super().__init__(name)
        self.name, self.error = name, error


def staged(name, function, *arguments):
    try:
        return function(*arguments)
    except Slow:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise Stage(name, error) from error


def rendered(config, splits):
    Offline.SPLITS = splits
    config = {key: value for key, value in config.items() if key not in ("metric_list", "filter_list", "process_results")}
    task = staged("process_docs", lambda: Offline(config=dict(config)))
    task.set_fewshot_seed(1234)
    docs = list(task.eval_docs)
    if not docs:
        raise Stage("process_docs", ValueError("no rows are left"))
    expected = []
    for doc in docs[:N_ROWS]:
        choices = staged("doc_to_choice", task.doc_to_choice, doc)
        text = staged("doc_to_text", task.doc_to_text, doc)
        target = staged("doc_to_target", task.doc_to_target, doc)
        gold = text if task.multiple_input else target
        golds = staged("doc_to_target", golds_of, gold, choices)
        if not (isinstance(choices, list) and all(isinstance(choice, str) and choice for choice in choices)):
            raise Stage("doc_to_choice", TypeError(f"choices are no texts: {choices!r}"))
        shots = config.get("num_fewshot") or 0
        context = staged("doc_to_text", lambda: task.fewshot_context(doc, num_fewshot=shots, gen_prefix=task.doc_to_prefix(doc)))
        requests = task.construct_requests(doc, context, metadata=("", 0, 1))
        pairs = [request.args for request in requests]
        expected.append({
            "contexts": [pair[0] for pair in pairs],
            "choices": [pair[1] for pair in pairs],
            "golds": golds,
        })
    return expected


def golds_of(gold, choices):
    if isinstance(gold, list):
        golds = gold
    elif isinstance(gold, str):
        golds = [choices.index(gold)]
    else:
        golds = [gold]
    if not golds or not all(isinstance(one, int) and 0 <= one < len(choices) for one in golds):
        raise ValueError(f"{gold!r} names none of {choices!r}")
    return sorted({int(one) for one in golds})


def splits_of(config, search):
    """Rows of each split. Only those that are asked are the same: a question of another split is no leak."""
    fewshot = config.get("fewshot_config") or {}
    names = [config.get(key) for key in ("test_split", "validation_split", "training_split", "fewshot_split")]
    names.append(fewshot.get("split") if isinstance(fewshot, dict) else None)
    names = list(dict.fromkeys(name for name in names if name))
    return {name: search.rows(0 if at == 0 else 30 * at) for at, name in enumerate(names)}


KNOWN = {}
FAILED = {}


def signature(config):
    parts = [repr(config.get(key)) for key in ("doc_to_text", "doc_to_choice", "doc_to_target", "description", "fewshot_config")]
    for _, function in hooks_of(config):
        inner = getattr(function, "func", function)
        code = getattr(inner, "__code__", None)
        parts.append(str(hash((code.co_code, code.co_consts if all(isinstance(c, (str, int, type(None), tuple)) for c in code.co_consts) else "", code.co_names)) if code else inner))
    return "|".join(re.sub(r" at 0x\w+", "", part) for part in parts)


def examined(config, seed):
    """Rows under which lm_eval makes prompts, and the prompts."""
    search = Search(config, seed)
    known = None if search.known else KNOWN.get(signature(config))
    start = dict(search.schema)
    if known:
        search.schema = dict(known)
        if search.own:
            for column, kind in search.schema.items():
                if isinstance(kind, tuple):
                    search.schema[column] = ("constant", search.own[0])
    if FAILED.get(signature(config), 0) >= 2:
        return None, None, "no rows were found for a task with the same hooks and templates"
    error, best, best_schema = None, (-1, 0), dict(search.schema)
    for attempt in range(ATTEMPTS):
        signal.setitimer(signal.ITIMER_REAL, 5)
        try:
            splits = splits_of(config, search)
            expected = rendered(config, splits)
            KNOWN[signature(config)] = dict(search.schema)
            return splits, expected, None
        except Stage as stage:
            error = stage
            came = progress(stage)
            if came >= best:
                best, best_schema = came, dict(search.schema)
            elif search.random.random() < 0.8:
                # Worse than before: from there on again.
                search.schema = dict(best_schema)
            search.mend(stage.error, stage.name)
        except Slow as slow:
            error = Stage("time", slow)
            search.schema = dict(start)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if attempt % 80 == 79:
            search.schema, best = dict(start), (-1, 0)
    FAILED[signature(config)] = FAILED.get(signature(config), 0) + 1
    return None, None, f"{error.name}: {type(error.error).__name__}: {str(error.error)[:200]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--type", default="multiple_choice")
    parser.add_argument("--only", default="*")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--part", default="0/1", help="N/OF: every OF-th task, from N on")
    parser.add_argument("--each", type=int, help="at most so many tasks of the same templates and hooks")
    parser.add_argument("--known", action="append", default=[], help="a file from before: its tasks are taken from there")
    arguments = parser.parse_args()
    signal.signal(signal.SIGALRM, out_of_time)
    manager = TaskManager()
    part, of = map(int, arguments.part.split("/"))
    n = 0
    known = {line["task"]: line for path in arguments.known for line in map(json.loads, open(path))}
    counts = {}
    with open(arguments.out, "w") as out:
        for at, name in enumerate(sorted(manager.all_subtasks)):
            entry = manager.task_index[name]
            if at % of != part or not fnmatch.fnmatch(name, arguments.only):
                continue
            if entry.kind is Kind.PY_TASK or (entry.cfg or {}).get("output_type", "generate_until") != arguments.type:
                continue
            line = {"task": name, "file": str(entry.yaml_path)}
            try:
                config = manager._factory._load_full_config(entry)
                for key in ("tag", "group", "task_list"):
                    config.pop(key, None)
                kind = signature(config)
                counts[kind] = counts.get(kind, 0) + 1
                if arguments.each and counts[kind] > arguments.each:
                    continue
                if name in known and not (config.get("num_fewshot") or 0):
                    line = known[name]
                else:
                    splits, expected, error = examined(config, seed=at)
                    line |= {"splits": splits, "expected": expected, "error": error}
                line["kind"] = kind
                line["has_examples"] = bool(config.get("num_fewshot"))
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                line["error"] = f"load: {type(error).__name__}: {str(error)[:200]}"
            out.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            out.flush()
            n += 1
            if arguments.limit and n >= arguments.limit:
                break
    with open(f"{arguments.out}.kinds", "w") as out:
        json.dump(counts, out)
    print(f"{n} tasks written, {sum(counts.values())} looked at")


main()
