"""The exam as a LightEval 0.13 task, in the original workflow's words. `EXAM` is a folder that `datasets` can load."""

import os

from lighteval.metrics.metrics import Metrics
from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc

INSTRUCTION = "Choose the correct answer for the following exam question:"
ANSWERS = ["answer_a", "answer_b", "answer_c", "answer_d"]


def prompt(line: dict, task_name: str | None = None) -> Doc:
    return Doc(
        task_name=task_name,
        query=f"{INSTRUCTION} {line['question']}",
        choices=[f" {line[answer]}" for answer in ANSWERS],
        gold_index=ANSWERS.index(line["correct_answer"]),
        instruction=INSTRUCTION,
    )


TASKS_TABLE = [
    LightevalTaskConfig(
        name="exam_questions",
        prompt_function=prompt,
        hf_repo=os.environ["EXAM"],
        hf_subset="default",
        hf_avail_splits=["train"],
        evaluation_splits=["train"],
        metrics=[Metrics.loglikelihood_acc],
    )
]
