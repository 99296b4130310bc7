"""What `examen evaluate --custom-tasks` starts: runs one task file, and answers requests of the program that started it.

One request a line comes in as JSON, one answer a line goes out. Whatever the task file prints goes to stderr. `ours` stands in
for the parts of `lighteval` that task files import; `theirs` uses the installed package.

    {"op": "load", "file": PATH | "module": NAME, "bridge": "ours" | "theirs"}  -> {"tasks": [...], "lighteval": ...}
    {"op": "docs", "task": N, "rows": [...], "few_shots": bool}                -> {"docs": [[doc, ...] | {"error"}, ...]}
    {"op": "score", "task": N, "samples": [...]}                               -> {"metrics": [...]}
    {"op": "rows", "file": PATH, "function": NAME, "rows": [...]}              -> {"rows": [...]}
    {"op": "each", "file": PATH, "function": NAME, "rows": [...]}              -> {"values": [...]}
    {"op": "results", "process_results": {"file", "function"} | null, "metrics": [...], "form": FORM, "samples": [...]}
                                                                               -> {"metrics": [...], "notes": [...]}
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import math
import os
import sys
import traceback
import types
from dataclasses import dataclass, field
from enum import Enum, auto

REPLIES = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
REQUESTS = os.fdopen(os.dup(0), "r", encoding="utf-8")
TASKS = []


# What task files import of lighteval, old and new.


class SamplingMethod(str, Enum):
    GENERATIVE = "GENERATIVE"
    LOGPROBS = "LOGPROBS"
    PERPLEXITY = "PERPLEXITY"


class MetricCategory(str, Enum):
    TARGET_PERPLEXITY = "TARGET_PERPLEXITY"
    PERPLEXITY = "PERPLEXITY"
    GENERATIVE = "GENERATIVE"
    GENERATIVE_LOGPROB = "GENERATIVE_LOGPROB"
    GENERATIVE_SAMPLING = "GENERATIVE_SAMPLING"
    LLM_AS_JUDGE_MULTI_TURN = "LLM_AS_JUDGE_MULTI_TURN"
    LLM_AS_JUDGE = "LLM_AS_JUDGE"
    MULTICHOICE = "MULTICHOICE"
    MULTICHOICE_PMI = "MULTICHOICE_PMI"
    MULTICHOICE_ONE_TOKEN = "MULTICHOICE_ONE_TOKEN"
    IGNORED = "IGNORED"


class MetricUseCase(str, Enum):
    ACCURACY = auto()
    PERPLEXITY = auto()
    CODE = auto()
    COPYRIGHT = auto()
    MATH = auto()
    REASONING = auto()
    SOCIAL_IMPACTS = auto()
    SUMMARIZATION = auto()
    TRANSLATION = auto()
    NONE = auto()


@dataclass
class Metric:
    metric_name: object
    higher_is_better: object
    category: object = None
    sample_level_fn: object = None
    corpus_level_fn: object = None
    use_case: object = None
    batched_compute: bool = False


class MetricGrouping(Metric):
    pass


class CorpusLevelMetric(Metric):
    pass


class SampleLevelMetric(Metric):
    pass


class CorpusLevelMetricGrouping(MetricGrouping):
    pass


class SampleLevelMetricGrouping(MetricGrouping):
    pass


class NamedMetric:
    """A metric of lighteval's own, by its name: the program computes it, or says that it does not."""

    def __init__(self, name, parameters=None):
        self.metric_name, self.name, self.parameters = name, name, parameters

    @property
    def value(self):
        return self

    def __call__(self, *_, **parameters):
        return NamedMetric(self.name, parameters)

    def __repr__(self):
        return f"Metrics.{self.name}"


class MetricsType(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return NamedMetric(name)

    def __getitem__(cls, name):
        return getattr(cls, name)


class Metrics(metaclass=MetricsType):
    pass


@dataclass
class Doc:
    query: str = ""
    choices: list = field(default_factory=list)
    gold_index: object = 0
    id: str = ""
    original_query: object = ""
    specific: object = None
    task_name: object = ""
    system_prompt: object = None
    full_prompt: object = None
    instruction: object = ""
    fewshot_sorting_class: object = None
    target_for_fewshot_sorting: object = None
    num_asked_few_shots: int = -1
    num_effective_few_shots: int = -1
    unconditioned_query: object = None
    fewshot_samples: list = field(default_factory=list)
    sampling_methods: list = field(default_factory=list)
    generation_size: object = None
    do_sample: bool = False
    stop_sequences: list = field(default_factory=list)
    use_logits: bool = False
    num_samples: int = 1
    images: object = None
    ctx: object = ""

    def get_golds(self, few_shot=False):
        golds = []
        for index in as_list(self.gold_index):
            golds.extend(as_list(self.choices[index]))
        return golds


@dataclass
class LightevalTaskConfig:
    name: str
    prompt_function: object
    hf_repo: object = None
    hf_subset: object = None
    metric: object = None
    metrics: object = None
    hf_data_files: object = None
    hf_revision: object = None
    hf_filter: object = None
    hf_avail_splits: object = ("train", "validation", "test")
    trust_dataset: bool = False
    evaluation_splits: object = ("validation",)
    few_shots_split: object = None
    few_shots_select: object = None
    generation_size: object = None
    generation_grammar: object = None
    stop_sequence: object = None
    output_regex: object = None
    num_samples: object = None
    suite: object = ("custom",)
    num_fewshots: int = 0
    original_num_docs: int = -1
    effective_num_docs: int = -1
    must_remove_duplicate_docs: bool = False
    version: object = 0
    frozen: bool = False
    solver: object = None
    scorer: object = None
    sample_fields: object = None
    sample_to_fewshot: object = None
    filter: object = None


@dataclass
class ModelResponse:
    input: object = None
    text: list = field(default_factory=list)
    logprobs: list = field(default_factory=list)
    argmax_logits_eq_gold: list = field(default_factory=list)
    unconditioned_logprobs: object = None
    output_tokens: list = field(default_factory=list)
    input_tokens: list = field(default_factory=list)
    text_post_processed: object = None

    @property
    def final_text(self):
        return self.text_post_processed or self.text


class MetricPart:
    """Base of metrics that are classes."""

    def __init__(self, *_, **__):
        pass


def as_list(value):
    if isinstance(value, (list, tuple)):
        return list(value)
    return [] if value is None else [value]


class Logger:
    def __getattr__(self, _):
        return lambda *_, **__: None


def say_nothing(*_, **__):
    return None


LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
METRIC_CLASSES = dict(
    Metric=Metric, MetricGrouping=MetricGrouping, CorpusLevelMetric=CorpusLevelMetric, SampleLevelMetric=SampleLevelMetric,
    CorpusLevelMetricGrouping=CorpusLevelMetricGrouping, SampleLevelMetricGrouping=SampleLevelMetricGrouping,
    MetricCategory=MetricCategory, MetricUseCase=MetricUseCase, SamplingMethod=SamplingMethod,
)
PARTS = {
    "lighteval": {},
    "lighteval.metrics": {},
    "lighteval.metrics.metrics": dict(Metrics=Metrics, **METRIC_CLASSES),
    "lighteval.metrics.utils": {},
    "lighteval.metrics.utils.metric_utils": METRIC_CLASSES,
    "lighteval.metrics.metrics_sample": dict(SampleLevelComputation=MetricPart),
    "lighteval.metrics.metrics_corpus": dict(CorpusLevelComputation=MetricPart),
    "lighteval.metrics.sample_preparator": {},
    "lighteval.models": {},
    "lighteval.models.model_output": dict(ModelResponse=ModelResponse),
    "lighteval.tasks": {},
    "lighteval.tasks.default_prompts": dict(LETTER_INDICES=LETTERS, INTEGER_INDICES=[str(n) for n in range(1, 27)]),
    "lighteval.tasks.lighteval_task": dict(LightevalTaskConfig=LightevalTaskConfig, TextGenerationInputGrammarType=dict),
    "lighteval.tasks.requests": dict(Doc=Doc, SamplingMethod=SamplingMethod),
    "lighteval.logging": {},
    "lighteval.logging.hierarchical_logger": dict(hlog=say_nothing, hlog_warn=say_nothing, hlog_err=say_nothing),
    "lighteval.utils": {},
    "lighteval.utils.utils": dict(as_list=as_list, ListLike=list),
}


def numbers():
    """The functions of numpy that metrics call, where it is not installed."""

    def best(values, better):
        values = list(values)
        return max(range(len(values)), key=lambda n: (better * values[n], -n))

    def mean(values):
        values = [float(value) for value in values]
        return sum(values) / len(values) if values else math.nan

    def median(values):
        values = sorted(values)
        middle = len(values) // 2
        return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2

    def array(values, *_, **__):
        return list(values)

    return dict(
        argmax=lambda values: best(values, 1), argmin=lambda values: best(values, -1), mean=mean, nanmean=mean, average=mean,
        median=median, sum=lambda values: sum(values), max=lambda values: max(values), min=lambda values: min(values),
        array=array, asarray=array, exp=math.exp, log=math.log, nan=math.nan, inf=math.inf, isnan=math.isnan,
        float64=float, int64=int, bool_=bool, ndarray=list,
    )


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the parts of modules that are not installed."""

    def __init__(self, parts):
        self.parts = parts

    def find_spec(self, name, path=None, target=None):
        if name not in self.parts:
            return None
        is_package = any(other.startswith(name + ".") for other in self.parts)
        return importlib.machinery.ModuleSpec(name, self, is_package=is_package)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        module.__dict__.update(self.parts[name])
        if name.startswith("lighteval"):
            def missing(attribute):
                raise AttributeError(f"the bridge has no {name}.{attribute}; `--bridge theirs` uses the installed lighteval")
            module.__getattr__ = missing


def installed(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def stand_in(bridge):
    """Puts what is missing in its place."""
    has_theirs = installed("lighteval")
    if bridge == "theirs" and not has_theirs:
        raise ModuleNotFoundError(f"lighteval is not installed for {sys.executable}; `--bridge ours` does without")
    parts = {}
    if bridge == "ours":
        parts |= PARTS
    if not installed("numpy"):
        parts["numpy"] = numbers()
    if bridge == "ours" or not installed("aenum"):
        parts["aenum"] = dict(extend_enum=lambda kind, name, value: setattr(kind, name, value))
    # First: an installed lighteval must not be taken by `ours`.
    sys.meta_path.insert(0, Finder(parts))
    return has_theirs


# Requests.


def load(request):
    has_theirs = stand_in(request["bridge"])
    module = run_module(request)
    table = getattr(module, "TASKS_TABLE", None)
    if table is None:
        raise AttributeError("the file defines no TASKS_TABLE")
    TASKS[:] = list(table.values() if isinstance(table, dict) else table)
    return {"tasks": [described(task) for task in TASKS], "python": sys.version.split()[0], "has_lighteval": has_theirs}


def run_module(request):
    if "module" in request:
        sys.path.insert(0, os.getcwd())
        return importlib.import_module(request["module"])
    return file_module(request["file"])


MODULES = {}


def file_module(path):
    path = os.path.abspath(path)
    if path not in MODULES:
        name = os.path.splitext(os.path.basename(path))[0]
        # Its neighbours are imported as when it is run, and lm_eval's own tasks by their names.
        sys.path.insert(0, os.path.dirname(path))
        marker = os.sep + os.path.join("lm_eval", "tasks") + os.sep
        if marker in path:
            name = "lm_eval.tasks." + os.path.splitext(path.split(marker)[1])[0].replace(os.sep, ".")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(name, module)
        # A task file reads the command line of its own program.
        arguments, sys.argv = sys.argv, [path]
        try:
            spec.loader.exec_module(module)
        finally:
            sys.argv = arguments
        MODULES[path] = module
    return MODULES[path]


def described(task):
    get = lambda name, default=None: getattr(task, name, default)
    metrics = as_list(get("metrics")) or as_list(get("metric"))
    return {
        "name": str(task.name),
        "suite": [str(suite) for suite in as_list(get("suite"))],
        "version": plain(get("version", 0)),
        "hf_repo": get("hf_repo") and str(get("hf_repo")),
        "hf_subset": get("hf_subset") and str(get("hf_subset")),
        "evaluation_splits": [str(split) for split in as_list(get("evaluation_splits"))],
        "few_shots_split": [str(split) for split in as_list(get("few_shots_split"))],
        "few_shots_select": get("few_shots_select") and str(get("few_shots_select")),
        "avail_splits": [str(split) for split in as_list(get("hf_avail_splits"))],
        "generation_size": plain(get("generation_size")),
        "has_filter": callable(get("hf_filter")),
        "metrics": [described_metric(metric) for metric in metrics],
    }


def value_of(metric):
    inner = getattr(metric, "value", metric)
    return metric if isinstance(metric, NamedMetric) or not hasattr(inner, "sample_level_fn") else inner


def described_metric(metric):
    metric = value_of(metric)
    category = getattr(metric, "category", None)
    return {
        "names": [str(name) for name in as_list(getattr(metric, "metric_name", metric))],
        "own": not isinstance(metric, NamedMetric) and callable_part(getattr(metric, "sample_level_fn", None), "compute") is not None,
        "category": str(getattr(category, "value", category)) if category is not None else None,
        "higher_is_better": plain(getattr(metric, "higher_is_better", True)),
    }


def docs(request):
    task = TASKS[request["task"]]
    made = []
    keeps = getattr(task, "hf_filter", None)
    for row in request["rows"]:
        try:
            if callable(keeps) and not keeps(row):
                made.append([])
                continue
            row["__few_shots"] = request["few_shots"]
            one = task.prompt_function(row, task.name)
            made.append([described_doc(doc) for doc in as_list(one)])
        except Exception as error:
            made.append({"error": last_lines(error)})
    return {"docs": made}


def described_doc(doc):
    choices = doc.choices
    if isinstance(choices, str) or not all(isinstance(choice, str) for choice in choices):
        raise TypeError(f"choices are no list of texts: {choices!r}")
    return {
        "query": str(doc.query),
        "choices": list(choices),
        "golds": [int(gold) for gold in as_list(doc.gold_index)],
        "instruction": str(doc.instruction or ""),
        "id": str(getattr(doc, "id", "") or ""),
    }


def doc_class(task):
    return sys.modules["lighteval.tasks.requests"].Doc if "lighteval.tasks.requests" in sys.modules else Doc


def score(request):
    task = TASKS[request["task"]]
    results = []
    for metric in as_list(getattr(task, "metrics", None)) or as_list(getattr(task, "metric", None)):
        metric = value_of(metric)
        if not isinstance(metric, NamedMetric):
            results.extend(scored(metric, request["samples"], doc_class(task), task.name))
    return {"metrics": results}


def scored(metric, samples, make, task_name):
    names = as_list(metric.metric_name)
    is_group = isinstance(metric.metric_name, (list, tuple))
    function = callable_part(metric.sample_level_fn, "compute")
    values = {name: [] for name in names}
    for sample in samples:
        made = function(**accepted(function, arguments_of(sample, make, task_name)))
        for name in names:
            values[name].append(made[name] if is_group else made)
    results = []
    for name in names:
        corpus = metric.corpus_level_fn[name] if isinstance(metric.corpus_level_fn, dict) else metric.corpus_level_fn
        corpus = callable_part(corpus, "compute_corpus")
        better = metric.higher_is_better
        value = corpus(values[name]) if corpus and values[name] else None
        results.append({
            "name": str(name),
            "value": number(value),
            "samples": [number(one) for one in values[name]],
            "higher_is_better": bool(better[name] if isinstance(better, dict) else better),
        })
    return results


def callable_part(function, method):
    """A function, or the method of an object that computes."""
    part = getattr(function, method, None)
    return part if callable(part) else function if callable(function) else None


def arguments_of(sample, make, task_name):
    golds = sample["golds"]
    doc = make(query=sample["query"], choices=sample["choices"], gold_index=golds if len(golds) != 1 else golds[0])
    for name, value in (("task_name", task_name), ("instruction", sample["instruction"]), ("specific", sample.get("specific"))):
        setattr(doc, name, value)
    text = as_list(sample.get("text"))
    response = ModelResponse(input=sample.get("context"), text=text, logprobs=sample["log_probs"])
    return {
        "formatted_doc": doc, "doc": doc, "model_response": response, "gold_ixs": golds, "golds": doc.get_golds(),
        "choices_logprob": sample["log_probs"], "unconditioned_logprob": sample.get("unconditioned"), "predictions": text,
        "choices_tokens": sample.get("tokens"), "choices_logprobs": sample["log_probs"], "results": response,
    }


def accepted(function, arguments):
    """Those of the arguments that a function takes."""
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return arguments
    return {parameter.name: arguments[parameter.name] for parameter in parameters if parameter.name in arguments}


def number(value):
    if value is None:
        return None
    try:
        value = float(value)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def plain(value):
    """A value that JSON can hold."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(one) for one in value]
    if hasattr(value, "item") and not isinstance(value, str):
        try:
            value = value.item()
        except Exception:
            return str(value)
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


# Hooks of lm-evaluation-harness's tasks.


class Rows(list):
    """Rows where `datasets` is not installed: what hooks call of it."""

    def map(self, function, remove_columns=(), **_):
        drop = as_list(remove_columns)
        return Rows({**{key: value for key, value in row.items() if key not in drop}, **(function(dict(row)) or {})} for row in self)

    def filter(self, function, **_):
        return Rows(row for row in self if function(dict(row)))

    def select(self, indices, **_):
        return Rows(self[n] for n in indices)

    def rename_column(self, old, new):
        return Rows({new if key == old else key: value for key, value in row.items()} for row in self)

    def remove_columns(self, columns):
        return Rows({key: value for key, value in row.items() if key not in as_list(columns)} for row in self)

    @property
    def column_names(self):
        return list(self[0]) if self else []

    @property
    def features(self):
        return {name: None for name in self.column_names}

    @classmethod
    def from_list(cls, rows):
        return cls(rows)

    @classmethod
    def from_dict(cls, columns):
        return cls(dict(zip(columns, row)) for row in zip(*columns.values()))

    def __getitem__(self, index):
        return [row[index] for row in self] if isinstance(index, str) else list.__getitem__(self, index)


def hook(request):
    if not installed("datasets") and "datasets" not in sys.modules:
        sys.meta_path.insert(0, Finder({"datasets": dict(Dataset=Rows, DatasetDict=dict)}))
    function = file_module(request["file"])
    for name in request["function"].split("."):
        function = getattr(function, name)
    return function


def rows(request):
    function = hook(request)
    import datasets

    if hasattr(datasets, "disable_progress_bars"):
        datasets.disable_progress_bars()
    if hasattr(datasets, "disable_caching"):
        datasets.disable_caching()
    made = function(datasets.Dataset.from_list(request["rows"]))
    return {"rows": [plain(dict(row)) for row in made]}


def each(request):
    function = hook(request)
    if not request["rows"]:
        return {"values": [plain(function())]}
    return {"values": [plain(function(row)) for row in request["rows"]]}


def results(request):
    """What `process_results`, or the functions of `metric_list`, say of all questions."""
    metrics = request["metrics"]
    process = request["process_results"] and hook(request["process_results"])
    functions = {metric["name"]: hook(metric["function"]) for metric in metrics if metric["function"]}
    keys = {metric["name"]: metric["arguments"] or {} for metric in metrics}
    values, others = {metric["name"]: [] for metric in metrics}, set()
    for sample in request["samples"]:
        told = results_of(sample, request["form"])
        for name, value in (process(sample["row"], told) if process else called(functions, keys, sample, told)).items():
            if name in values:
                values[name].append(value)
            else:
                others.add(str(name))
    notes = [f"the task's Python gives `{name}`, which its metric_list does not name: it is not aggregated" for name in sorted(others)]
    notes += [f"the task's Python gives no `{name}`" for name, all in values.items() if not all]
    return {"metrics": [aggregated(metric, values[metric["name"]]) for metric in metrics], "notes": notes}


def results_of(sample, form):
    """The model's answer as lm-evaluation-harness hands it over."""
    if form == "choices":
        return list(zip(sample["log_probs"], sample["is_greedy"]))
    if form == "text":
        return [sample["log_probs"][0]]
    return list(sample["text"])


def called(functions, keys, sample, told):
    golds = sample["references"] or [sample["choices"][gold] for gold in sample["golds"]]
    made = {}
    for name, function in functions.items():
        try:
            value = function(references=golds[:1], predictions=told, **keys[name])
        except TypeError:
            value = function([golds[0], told[0]])
        made.update(value if isinstance(value, dict) else {name: value})
    return made


def weighted_mean(items):
    values, weights = zip(*items)
    return sum(values) / sum(weights)


AGGREGATIONS = {
    "bypass": lambda items: None,
    "mean": lambda items: sum(items) / len(items),
    "nanmean": lambda items: (lambda kept: sum(kept) / len(kept) if kept else math.nan)([one for one in items if not math.isnan(one)]),
    "median": lambda items: sorted(items)[len(items) // 2],
    "perplexity": lambda items: math.exp(-sum(items) / len(items)),
    "weighted_perplexity": lambda items: math.exp(-weighted_mean(items)),
    "bits_per_byte": lambda items: -weighted_mean(items) / math.log(2),
}
# Aggregations of metrics that lm-evaluation-harness knows by name; the others are means.
USUAL = {
    "perplexity": "perplexity", "word_perplexity": "weighted_perplexity", "byte_perplexity": "weighted_perplexity",
    "bits_per_byte": "bits_per_byte", "f1": "f1", "mcc": "matthews_corrcoef", "bleu": "bleu", "chrf": "chrf", "ter": "ter",
    "brier_score": "brier_score",
}


def aggregation(metric):
    if metric["aggregation_function"]:
        return hook(metric["aggregation_function"])
    name = metric["aggregation"] or USUAL.get(metric["name"], "mean")
    if name in AGGREGATIONS:
        return AGGREGATIONS[name]
    if not installed("lm_eval"):
        raise ModuleNotFoundError(f"the aggregation `{name}` is lm_eval's, which is not installed for {sys.executable}")
    import lm_eval.api.metrics
    from lm_eval.api.registry import get_aggregation

    return get_aggregation(name)


def aggregated(metric, values):
    return {
        "name": metric["name"],
        "value": number(aggregation(metric)(values)) if values else None,
        "samples": [number(one) for one in values],
        "higher_is_better": metric["higher_is_better"],
    }


def last_lines(error):
    """The end of a traceback: where the task file stood, and what was wrong."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != "<string>"]
    where = [f"{os.path.basename(frame.filename)}, line {frame.lineno}, in {frame.name}" for frame in frames[-2:]]
    return "; ".join(where + [f"{type(error).__name__}: {error}"])


HANDLERS = {"load": load, "docs": docs, "score": score, "rows": rows, "each": each, "results": results}


def main():
    for line in REQUESTS:
        try:
            request = json.loads(line)
            reply = HANDLERS[request["op"]](request)
        except SystemExit as error:
            reply = {"error": f"the file ended Python: SystemExit: {error}"}
        except BaseException as error:
            reply = {"error": last_lines(error)}
        REPLIES.write(json.dumps(reply) + "\n")
        REPLIES.flush()


main()
