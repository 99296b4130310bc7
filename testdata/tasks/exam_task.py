"""An exam as a task of LightEval's old API: the calls are those of the original workflow's file, argmin included."""

import numpy as np
from lighteval.metrics.utils.metric_utils import MetricCategory, MetricUseCase, SampleLevelMetric
from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc

KEYS = ["answer_a", "answer_b", "answer_c", "answer_d"]


def prompt(line, task_name: str = None):
    rule = "Choose the correct answer for the following exam question:"
    return Doc(
        task_name=task_name,
        query=f"{rule} {line['question']}",
        choices=[f" {line[key]}" for key in KEYS],
        gold_index=KEYS.index(line["correct_answer"]),
        instruction=rule,
    )


def unlikeliest(formatted_doc: Doc, **kwargs) -> bool:
    return np.argmin(kwargs["choices_logprob"]) == formatted_doc.gold_index


metric = SampleLevelMetric(
    metric_name="exam_question_accuracy",
    higher_is_better=True,
    category=MetricCategory.MULTICHOICE,
    use_case=MetricUseCase.NONE,
    sample_level_fn=unlikeliest,
    corpus_level_fn=np.mean,
)

TASKS_TABLE = [
    LightevalTaskConfig(
        name="example",
        prompt_function=prompt,
        suite=["community"],
        hf_repo="an-org/an-exam",
        hf_subset="default",
        hf_avail_splits=["train"],
        evaluation_splits=["train"],
        few_shots_split=None,
        few_shots_select=None,
        metric=[metric],
    )
]

if __name__ == "__main__":
    print([task.name for task in TASKS_TABLE])
