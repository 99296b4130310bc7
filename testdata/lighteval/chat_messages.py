"""Writes chat_messages.jsonl: the messages and the plain text that LightEval 0.13.0's PromptManager makes of questions.

usage: chat_messages.py FOLDER    FOLDER holds lighteval/tasks/prompt_manager.py of `pip download lighteval==0.13.0`.
Only that file runs; what it imports is stood in for, so that torch is not needed.
"""

import importlib.util
import json
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
INSTRUCTION = "Choose the correct answer for the following exam question:"


@dataclass
class Doc:
    query: str
    choices: list
    gold_index: int
    instruction: str | None = None
    fewshot_samples: list = field(default_factory=list)

    def get_golds(self):
        return [self.choices[self.gold_index]]


def module(name, **parts):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(parts)


module("lighteval")
module("lighteval.tasks")
module("lighteval.tasks.requests", Doc=Doc)
module("lighteval.utils")
module("lighteval.utils.utils", as_list=lambda x: x if isinstance(x, list) else [x])
spec = importlib.util.spec_from_file_location("pm", Path(sys.argv[1]) / "lighteval/tasks/prompt_manager.py")
pm = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pm)


def doc(row):
    letters = ["answer_a", "answer_b", "answer_c", "answer_d"]
    return Doc(
        query=f"{INSTRUCTION} {row['question']}",
        choices=[f" {row[letter]}" for letter in letters],
        gold_index=letters.index(row["correct_answer"]),
        instruction=INSTRUCTION,
    )


rows = [json.loads(line) for line in open(HERE / "exam.jsonl")]
with open(HERE / "chat_messages.jsonl", "w") as out:
    for row, shots, system in [(0, [], None), (1, [2], None), (3, [4, 5], "Be brief."), (6, [], "Be brief.")]:
        asked = doc(rows[row])
        asked.fewshot_samples = [doc(rows[shot]) for shot in shots]
        manager = pm.PromptManager(system_prompt=system)
        line = {
            "row": row,
            "shots": shots,
            "system": system,
            "messages": manager._prepare_chat_template(asked, tokenize=False),
            "plain": manager._prepare_plain_text(asked),
        }
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
