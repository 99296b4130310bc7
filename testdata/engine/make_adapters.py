"""Makes the LoRA adapters of adapters/ and their golden numbers: python make_adapters.py

Needs transformers (5.23 was used), peft (0.21.2) and torch. The numbers are those of PEFT's model, not of merged weights.
"""
import json
import pathlib

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

here = pathlib.Path(__file__).parent
TEXTS = [
    "The river rises in the mountains.",
    "A dam holds 12 fish; el agua sube y la nieve se derrite en primavera.",
]
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def make(name, base, **config):
    torch.manual_seed(7)
    model = AutoModelForCausalLM.from_pretrained(here / base, dtype=torch.float32)
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **config))
    for parameter_name, parameter in adapted.named_parameters():
        if "lora_" in parameter_name:
            torch.nn.init.normal_(parameter, std=0.3)
        elif "modules_to_save" in parameter_name:
            parameter.data += 0.1 * torch.randn_like(parameter)
    folder = here / "adapters" / name
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    saved = json.loads(path.read_text())
    # As a path from the adapter's folder; PEFT wrote that of this machine.
    saved["base_model_name_or_path"] = f"../../{base}"
    path.write_text(json.dumps(saved, indent=2, sort_keys=True) + "\n")
    tokenizer = Tokenizer.from_file(str(here / base / "tokenizer.json"))
    rows = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        with torch.no_grad():
            logits = adapted(torch.tensor([ids])).logits[0]
        log_probs = torch.log_softmax(logits, -1)[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        rows.append({"text": text, "ids": ids, "logprobs": [round(x, 7) for x in log_probs.tolist()]})
    (folder / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


make("linear", "llama3", r=2, lora_alpha=8, target_modules=LINEAR, modules_to_save=["lm_head"])
make(
    "rslora",
    "qwen2",
    r=2,
    lora_alpha=3,
    use_rslora=True,
    fan_in_fan_out=True,
    target_modules=["q_proj", "k_proj", "v_proj"],
    rank_pattern={"q_proj": 4},
    alpha_pattern={"self_attn.k_proj": 5},
)
