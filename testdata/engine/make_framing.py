"""Token ids of a text under `add_bos_token` and `add_eos_token`: python make_framing.py LABEL, once with transformers 4 (4.57.6)
and once with transformers 5 (5.24.0 and 5.23.0 agree); LABEL is v4 or v5. Writes that column of framing.jsonl. No torch."""
import json
import pathlib
import shutil
import sys
import tempfile

from transformers import AutoTokenizer

here = pathlib.Path(__file__).parent
output = here / "framing.jsonl"
label = sys.argv[1]
old = {}
if output.exists():
    for line in output.read_text().splitlines():
        row = json.loads(line)
        old[json.dumps([row[key] for key in ("base", "settings")])] = row

rows = []
for base in ("llama3", "qwen2"):
    for name in (None, "LlamaTokenizerFast", "GemmaTokenizerFast", "PreTrainedTokenizerFast", "Qwen2TokenizerFast"):
        for bos in (True, False):
            for eos in (None, True, False):
                settings = {"tokenizer_class": name, "add_bos_token": bos, "add_eos_token": eos}
                settings = {key: value for key, value in settings.items() if value is not None}
                with tempfile.TemporaryDirectory() as folder:
                    folder = pathlib.Path(folder)
                    for file in (here / base).glob("*.json"):
                        shutil.copy(file, folder)
                    config = json.loads((folder / "tokenizer_config.json").read_text())
                    config.update(settings, eos_token="</s>")
                    (folder / "tokenizer_config.json").write_text(json.dumps(config))
                    try:
                        ids = AutoTokenizer.from_pretrained(folder)("The river").input_ids
                    except Exception as error:  # transformers 5 rebuilds some classes, which this vocabulary does not suit
                        print(base, settings, error)
                        ids = None
                row = old.get(json.dumps([base, settings]), {"base": base, "settings": settings})
                rows.append({**row, label: ids})
output.write_text("".join(json.dumps(row) + "\n" for row in rows))
