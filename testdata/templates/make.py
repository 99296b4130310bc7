"""Renders chat templates as transformers does: python make.py [FOLDER [OUTPUT]]

Without arguments it writes golden.jsonl for the templates of this folder, which are ours. With a folder of others, such as
models/templates of llama.cpp, which its source package on PyPI (llama_cpp_python, vendor/llama.cpp) holds too, it writes the
rows that the ignored test `templates_of_real_models_render_as_in_transformers` compares (EXAMEN_TEMPLATES names the file).
Needs transformers (5.24 was used) and jinja2 (3.1.6), no torch.
"""
import datetime
import json
import pathlib
import sys

from transformers.utils import chat_template_utils

NOW = datetime.datetime(2024, 7, 4, 8, 5, 9)
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = Clock


def message(role, content):
    return {"role": role, "content": content}


USER = message("user", " Qué é \"it\"? <b>&'\\ \n two ")
CHATS = [
    [USER],
    [message("system", "Be brief.\n"), USER],
    [message("user", "a"), message("assistant", "<think>\nhm\n</think>\n\nb "), message("user", "c")],
    [message("system", "S"), message("user", "a"), message("assistant", "b"), message("user", "c"), message("assistant", "d")],
]


def rows(path):
    text = path.read_text(encoding="utf-8")
    for chat in CHATS:
        for prompt in (True, False):
            row = {"name": path.name, "messages": chat, "add_generation_prompt": prompt}
            try:
                rendered, _ = chat_template_utils.render_jinja_template(
                    [chat], chat_template=text, add_generation_prompt=prompt, **TOKENS
                )
                row["text"] = rendered[0]
            except Exception as error:  # a template may refuse a conversation, or be broken
                row["refused"] = f"{type(error).__name__}: {error}"
            yield row


here = pathlib.Path(__file__).parent
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else here / "golden.jsonl"
with output.open("w", encoding="utf-8") as file:
    for path in sorted(folder.glob("*.jinja")):
        for row in rows(path):
            if folder != here:
                row["template"] = path.read_text(encoding="utf-8")
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
