"""Values of harness_replies.json: what lm-evaluation-harness 0.4.13 makes of replies by its filters, and its `exact_match`.

    harness_replies.py > harness_replies.json
"""

import json
import sys

from lm_eval.api.instance import Instance
from lm_eval.api.metrics import exact_match_hf_evaluate
from lm_eval.filters import build_filter_ensemble

REPLIES = [
    ["The answer is (B).\n", "the answer is 12, I think. The answer is 7.", "#### -1,200.5\n#### 3"],
    [" Paris ", "paris", "Paris", "It is Guilty of Romance.", "Answer: C"],
    ["[('die', 'DET'), ('Katze', 'NOUN')]", "no tags", "¿Qué? İstanbul STRASSE"],
    ["A", "b", "", "x\ny\n"],
]
ROWS = [{"choices": ["Guilty", "Guilty of Romance", "no. one", "12"]}] * len(REPLIES)
FIRST = {"function": "take_first"}
PIPELINES = [
    [FIRST],
    [{"function": "remove_whitespace"}, FIRST],
    [{"function": "lowercase"}, FIRST],
    [{"function": "uppercase"}, {"function": "take_first_k", "k": 2}],
    [{"function": "majority_vote"}, FIRST],
    [{"function": "lowercase"}, {"function": "remove_whitespace"}, {"function": "majority_vote"}, FIRST],
    [{"function": "map", "mapping_dict": {"A": "first", "b": "second"}, "default_value": "none"}],
    [{"function": "regex"}],
    [{"function": "regex", "regex_pattern": "(-?[$0-9.,]{2,})|(-?[0-9]+)", "group_select": -1}, FIRST],
    [{"function": "regex", "regex_pattern": r"((?<=The answer is )(.*)(?=.)|(?<=the answer is )(.*)(?=.))"}],
    [{"function": "regex", "regex_pattern": r"^(.*?)(?=\n|$)", "fallback": "none"}],
    [{"function": "regex", "regex_pattern": r"^(.*?)\s*$"}],
    [{"function": "regex", "regex_pattern": r"\b(Paris|paris)\b", "group_select": 0}],
    [{"function": "regex_pos"}],
    [{"function": "multi_choice_regex", "regex_pattern": r"(\([A-Z]\))", "group_select": 0, "ignore_case": True, "ignore_punctuation": True}],
    [{"function": "multi_choice_regex", "regex_pattern": r"(\([A-Z]\))", "group_select": -1, "regexes_to_ignore": [" of", "[.]$"]}],
]
MATCHES = [
    (["72."], ["72"]), (["72"], ["72"]), (["The Heart"], ["the heart"]), (["$1,000"], ["1000"]), ([" 5"], ["5"]), (["5 "], ["5"]),
    (["a1"], ["a2"]), (["x"], ["y"]), (["so\n#### 9"], ["9"]), ([""], [""]), (["ok — yes"], ["ok yes"]),
]
OPTIONS = [
    {}, {"ignore_case": True}, {"ignore_punctuation": True}, {"ignore_numbers": True},
    {"ignore_case": True, "ignore_punctuation": True, "regexes_to_ignore": [",", r"\$", r"(?s).*#### ", r"\.$"]},
    {"regexes_to_ignore": [r"^\s+", r"\s+$"], "ignore_case": False},
]


def filtered(steps):
    instances = [Instance("generate_until", row, ("", {}), 0, resps=list(replies)) for replies, row in zip(REPLIES, ROWS)]
    components = [[step["function"], {key: value for key, value in step.items() if key != "function"}] for step in steps]
    build_filter_ensemble("f", components).apply(instances)
    values = [instance.filtered_resps["f"] for instance in instances]
    # What `take_first` leaves is no list there; here it is a list of one.
    return [value if isinstance(value, list) else [value] for value in values]


json.dump(
    {
        "replies": REPLIES,
        "rows": ROWS,
        "filters": [{"filter": steps, "expected": filtered(steps)} for steps in PIPELINES],
        "matches": [
            {"options": options, "reply": reply[0], "reference": reference[0], "expected": float(exact_match_hf_evaluate(reply, reference, **options)["exact_match"])}
            for options in OPTIONS
            for reply, reference in MATCHES
        ],
    },
    sys.stdout,
    ensure_ascii=False,
    indent=1,
)
print()
