"""Cohen's kappa of made-up judges and labels, by scikit-learn. Writes kappa.json beside itself."""

import json
import math
import pathlib
import random
import warnings

from sklearn.metrics import cohen_kappa_score

warnings.simplefilter("ignore")
draw = random.Random(15)
cases = [([0] * 5, [0] * 5), ([0, 1], [1, 0]), ([0, 0, 1, 1], [0, 1, 0, 1])]
for n, n_verdicts in [(4, 2), (10, 2), (25, 2), (100, 2), (7, 3), (40, 3), (60, 4), (200, 5), (31, 2), (12, 6)]:
    labels = [draw.randrange(n_verdicts) for _ in range(n)]
    judge = [one if draw.random() < 0.7 else draw.randrange(n_verdicts) for one in labels]
    cases.append((judge, labels))


def case(judge, labels):
    kappa = float(cohen_kappa_score(judge, labels))
    return {"judge": judge, "labels": labels, "kappa": None if math.isnan(kappa) else kappa}


path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps([case(*one) for one in cases]) + "\n")
