"""Writes measures.json: the values of `crates/evaluate/src/measures` by second implementations.

    python measures.py LIGHTEVAL > measures.json

LIGHTEVAL is a checkout of huggingface/lighteval (0.13.1.dev0, commit 3fd15266); its classes are taken out of their files, so
that its dependencies need not be there. Needs sacrebleu 2.6.0, rouge_score 0.1.2, scikit-learn 1.9.1, nltk 3.10.4, scipy 1.17.1
and lm_eval 0.4.13.
"""

import ast
import json
import math
import random
import re
import string
import sys
from pathlib import Path

import nltk
import numpy as np
import sacrebleu
import sklearn.metrics
from lm_eval.tasks.drop.utils import get_metrics as drop_metrics
from lm_eval.tasks.qasper.metrics import f1_abstractive
from rouge_score import rouge_scorer
from scipy.stats import hypergeom

# Reply and references: written for this file.
PAIRS = [
    ("The left ventricle", ["the left ventricle"]),
    ("the left ventricle pumps blood into the aorta.", ["The left ventricle pumps blood into the aorta."]),
    ("It pumps 1,200.5 ml, i.e. about 1.2 l - or so.", ["It pumps 1,200.5 ml (about 1.2 l)."]),
    ("El ñandú corrió deprisa por la pampa.", ["El ñandú corre por la pampa.", "Por la pampa corrió el ñandú, deprisa."]),
    ("Das Herz schlägt 70-mal pro Minute.", ["Pro Minute schlägt das Herz 70-mal."]),
    ("Le cœur n'est pas à gauche, c'est l'idée reçue.", ["C'est une idée reçue : le cœur n'est pas à gauche."]),
    ("心脏位于胸腔中部偏左。", ["心脏在胸腔中央偏左的位置。"]),
    ("القلب عضلة تضخ الدم.", ["القلب عضو عضلي يضخ الدم في الجسم."]),
    ("heart", ["heart"]),
    ("heart", ["kidney"]),
    ("heart", ["The heart", "a muscle", "heart muscle"]),
    ("", ["heart"]),
    ("heart", [""]),
    ("", [""]),
    ("  the  heart\t\nbeats \n", ["the heart beats"]),
    ("a b c d e f g h", ["e f g h a b c d"]),
    ("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"]),
    ("on the mat sat a cat and watched the door all night long", ["a cat sat on the mat and all night long watched the door"]),
    ("first line here\nsecond line there\n\nthird", ["second line here\nfirst line there\nthird and last"]),
    ("&quot;quoted&quot; &amp; <skipped> soft-\nhyphen, 3.5-4.5% (sic)", ['"quoted" & soft hyphen, 3.5-4.5 % [sic]']),
    ("42", ["42.0"]),
    ("The answer is 42 km", ["42", "42 km"]),
    ("-5", ["5", "-5.0"]),
    ("1_000 well-known facts", ["1000 well known facts"]),
    ("a.b,c.,d ..e", ["a. b, c. , d . . e"]),
    ("word " * 60 + "end", ["end " + "word " * 55]),
    (" ".join(f"w{i % 17}" for i in range(120)), [" ".join(f"w{(i * 5) % 19}" for i in range(100))]),
    ("xin chào thế giới", ["chào thế giới xin", "thế giới"]),
    ("I'm sure it's John's.", ["I am sure: it is John's"]),
    ("😀 good 👍🏽", ["👍🏽 good 😀"]),
]

DROPS = [
    (["3 goals"], [["3"], ["4 goals"]]),
    (["4"], [["4 goals"]]),
    (["Smith", "Jones"], [["Jones", "Smith"]]),
    (["Smith Jones"], [["Jones", "Smith"]]),
    (["John Smith", "Mary Jones", "Al"], [["mary jones", "john q smith"]]),
    (["the 1,200 men"], [["1200.0 men"]]),
    (["-3.5"], [["3.5"], ["-3.50"]]),
    (["well-known"], [["well known"]]),
    (["a"], [["the"], ["heart"]]),
    (["heart"], [[""], ["heart attack"]]),
    ([""], [["heart"]]),
    (["x y", "y z", "z x"], [["z x y", "x", "y z w"]]),
    (["uno dos", "dos tres", "tres cuatro", "cuatro"], [["dos", "tres", "uno"], ["cuatro tres", "dos tres uno"]]),
]


def lighteval(root, file, names):
    """Functions and classes of one of LightEval's files, without what it imports."""
    tree = ast.parse((Path(root) / "src/lighteval/metrics" / file).read_text())
    body = [node for node in tree.body if getattr(node, "name", None) in names]
    for node in body:
        node.decorator_list = []
    scope = {
        "np": np, "re": re, "string": string, "hypergeom": hypergeom, "nltk": nltk, "math": math,
        "Literal": {("zh", "ja", "ko", ""): str}, "CorpusLevelComputation": object, "Callable": object, "Union": {(int, list[int]): int}, "Doc": object, "ModelResponse": Reply,
        "SampleLevelComputation": object, "as_list": lambda x: x if isinstance(x, list) else [x],
    }
    for node in ast.walk(ast.Module(body, [])):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in node.args.args + node.args.kwonlyargs:
                argument.annotation = None
    exec(compile(ast.Module(body, []), file, "exec"), scope)
    return scope


class Reply:
    def __init__(self, text=None, logprobs=None):
        self.final_text, self.logprobs = text, logprobs


class Question:
    def __init__(self, golds=None, gold_index=None, choices=None):
        self.golds, self.gold_index, self.choices = golds, gold_index, choices

    def get_golds(self):
        return self.golds


def squad_f1(reply, references):
    """lm-evaluation-harness's copy of SQuAD 1.1's F1; where a text has no words SQuAD 2.0's rule holds, which it lacks."""
    from lm_eval.tasks.qasper.metrics import normalize_answer

    def one(reference):
        words = [normalize_answer(text).split() for text in (reply, reference)]
        return f1_abstractive([reply], [reference]) if all(words) else float(words[0] == words[1])

    return max(one(reference) for reference in references)


def pair(root, reply, references):
    sample = lighteval(root, "metrics_sample.py", {"ExactMatches"})["ExactMatches"]
    helm = lighteval(root, "normalizations.py", {"helm_normalizer"})["helm_normalizer"]

    def match(part, normalise):
        metric = sample(normalize_gold=normalise, normalize_pred=normalise, strip_strings=True, type_exact_match=part)
        return metric.compute(Question(golds=references), Reply(text=[reply]))

    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"])
    rouges = scorer.score_multi(references, reply)
    bleus = [sacrebleu.BLEU(max_ngram_order=n).corpus_score([reply], [[r] for r in references]).score for n in range(1, 5)]
    distance = nltk.edit_distance(reply, references[0])
    longest = max(len(reply), len(references[0]))
    return {
        "reply": reply,
        "references": references,
        "exact": {part: [match(part, None), match(part, helm)] for part in ("full", "prefix", "suffix")},
        "token_f1": squad_f1(reply, references),
        "bleu": bleus,
        "chrf": sacrebleu.CHRF().corpus_score([reply], [[r] for r in references]).score,
        "chrf++": sacrebleu.CHRF(word_order=2).corpus_score([reply], [[r] for r in references]).score,
        "ter": sacrebleu.TER().corpus_score([reply], [[r] for r in references]).score,
        "rouge": [rouges[kind].fmeasure for kind in ("rouge1", "rouge2", "rougeL", "rougeLsum")],
        "edit_distance": distance,
        "edit_similarity": 1 - distance / max(longest, 1),
        "n_words": len(re.split(r"\s+", reply)),
        "n_bytes": len(reply.encode()),
    }


def corpus():
    """The scores of all pairs with at least one word, by their first reference."""
    replies = [reply for reply, _ in PAIRS]
    references = [[references[0] for _, references in PAIRS]]
    return {
        "bleu": [sacrebleu.BLEU(max_ngram_order=n).corpus_score(replies, references).score for n in range(1, 5)],
        "chrf": sacrebleu.CHRF().corpus_score(replies, references).score,
        "chrf++": sacrebleu.CHRF(word_order=2).corpus_score(replies, references).score,
        "ter": sacrebleu.TER().corpus_score(replies, references).score,
    }


def repeats(root):
    classes = lighteval(root, "metrics_sample.py", {"SamplingMetric", "PassAtK", "GPassAtK"})
    cases = []
    for n in (1, 2, 5, 16, 200):
        for n_right in sorted({0, 1, n // 3, n // 2, n - 1, n}):
            for k in sorted({1, 2, n // 2, n} - {0}):
                if k > n:
                    continue
                metric = classes["PassAtK"].__new__(classes["PassAtK"])
                metric.n, metric.k = n, k
                scores = [1] * n_right + [0] * (n - n_right)
                stable = classes["GPassAtK"].__new__(classes["GPassAtK"])
                stable.n, stable._k, stable.thresholds, stable.name = n, [k], [0.0, 0.25, 0.5, 0.75, 1.0], "g-pass@"
                cases.append({
                    "n": n, "n_right": n_right, "k": k,
                    "pass": float(metric.pass_at_k(scores)),
                    "g_pass": [float(value) for value in stable.g_pass_at_k(scores).values()],
                })
    return cases


def questions(rng, n, n_options):
    """Log-probabilities of options and right ones, of which some questions have several."""
    rows = []
    for index in range(n):
        log_probs = [round(rng.uniform(-40, -0.5), 3) for _ in range(n_options)]
        golds = sorted(rng.sample(range(n_options), 1 + (index % 5 == 0)))
        if index % 7 == 0:
            log_probs[golds[0]] = max(log_probs) + 0.25
        rows.append({"log_probs": log_probs, "golds": golds})
    return rows


def equal_mass_error(confidence, right, n_bins):
    order = np.argsort(confidence, kind="stable")
    bins = np.array_split(order, n_bins)
    return sum(abs(confidence[b].sum() - right[b].sum()) for b in bins) / len(confidence)


def equal_width_error(confidence, right, n_bins):
    """Guo et al.'s own code (gpleiss/temperature_scaling): bins (low, high]."""
    edges = np.linspace(0, 1, n_bins + 1)
    error = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += abs(confidence[inside].mean() - right[inside].mean()) * inside.mean()
    return error


def choices(root):
    classes = lighteval(root, "metrics_sample.py", {"MRR", "Recall", "NormalizedMultiChoiceProbability"} | {"safe_divide"})
    rows = questions(random.Random(15), 60, 5)
    mrr, recalls = classes["MRR"](), [classes["Recall"](k) for k in (1, 2, 3)]
    gold, chosen, confidence, right, log_loss, one_gold = [], [], [], [], [], []
    for row in rows:
        question, reply = Question(gold_index=row["golds"]), Reply(logprobs=row["log_probs"])
        row["mrr"] = mrr.compute(question, reply)
        row["recall"] = [recall.compute(question, reply) for recall in recalls]
        p = np.exp(np.array(row["log_probs"]))
        p = p / p.sum()
        row["probabilities"] = p.tolist()
        row["mc2"] = float(p[row["golds"]].sum())
        wanted = np.zeros(5)
        wanted[row["golds"]] = 1 / len(row["golds"])
        row["brier"] = float(((p - wanted) ** 2).sum())
        best = int(np.argmax(p))
        gold.append(row["golds"][0])
        chosen.append(best)
        confidence.append(p[best])
        right.append(float(best in row["golds"]))
        if len(row["golds"]) == 1:
            one_gold.append((row["golds"][0], p))
    confidence, right = np.array(confidence), np.array(right)
    labels = list(range(5))
    from lm_eval.api.metrics import brier_score

    return {
        "rows": rows,
        "f1_macro": sklearn.metrics.f1_score(gold, chosen, average="macro"),
        "f1_second": sklearn.metrics.f1_score([g == 1 for g in gold], [c == 1 for c in chosen]),
        "f1_micro": sklearn.metrics.f1_score(gold, chosen, average="micro"),
        "matthews": sklearn.metrics.matthews_corrcoef(gold, chosen),
        "log_loss_one_gold": sklearn.metrics.log_loss([g for g, _ in one_gold], [p for _, p in one_gold], labels=labels),
        "brier_one_gold": float(brier_score([(g, p.tolist()) for g, p in one_gold])),
        "calibration": {str(n): [equal_width_error(confidence, right, n), equal_mass_error(confidence, right, n)] for n in (1, 5, 10, 15)},
    }


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def differences(root):
    """Corpus values of LightEval that differ from those of the programs it calls: the guide's table."""
    corpus = lighteval(root, "metrics_corpus.py", {"CorpusLevelTranslationMetric"})
    corpus["sacrebleu"], corpus["logger"] = sacrebleu, None
    replies = ["the cat sat on it", "a dog ran far away"]
    references = ["the cat sat on it", "some bird flew by me"]

    class Item:
        def __init__(self, reply, reference):
            self.preds, self.golds = [reply], [reference]

    items = [Item(*pair) for pair in zip(replies, references)]
    rows = {}
    for name, right in (("chrf", sacrebleu.CHRF()), ("chrf++", sacrebleu.CHRF(word_order=2)), ("ter", sacrebleu.TER())):
        metric = corpus["CorpusLevelTranslationMetric"].__new__(corpus["CorpusLevelTranslationMetric"])
        metric.metric_type, metric.lang = name, ""
        rows[name] = {"lighteval": metric.compute_corpus(items), "right": right.corpus_score(replies, [references]).score}
    return {"replies": replies, "references": references, "values": rows}


def main(root):
    golden = {
        "differences": differences(root),
        "pairs": [pair(root, reply, references) for reply, references in PAIRS],
        "corpus": corpus(),
        "drop": [
            {"reply": reply, "references": references, "scores": np.max([
                drop_metrics(reply, reference) for reference in references if reference[0].strip()
            ], axis=0).tolist()}
            for reply, references in DROPS
        ],
        "repeats": repeats(root),
        "choices": choices(root),
    }
    json.dump(plain(golden), sys.stdout, ensure_ascii=False, indent=1)
    print()


main(sys.argv[1])
