"""Writes a GGUF file's weights, dequantised to f32, as a folder that transformers loads, with the right tokenizer.

    make_model.py MODEL.gguf FOLDER TOKENIZER.jsonl

transformers dequantises the weights correctly, but rebuilds this file's tokenizer wrongly (it does not split digits,
adds a begin token and takes it for the end token too). So the tokenizer is rebuilt here from the file's own lists, and
its ids are compared with TOKENIZER.jsonl, lines of {"text": …, "ids": […]}.
"""

import json
import sys
from pathlib import Path

import torch
from gguf import GGUFReader
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

CONTROL = 3  # in tokenizer.ggml.token_type


def tokenizer(gguf: Path) -> PreTrainedTokenizerFast:
    fields = GGUFReader(gguf).fields
    value = lambda name: fields[f"tokenizer.ggml.{name}"].contents()
    if (value("model"), value("pre")) != ("gpt2", "smollm"):
        raise SystemExit(f"{gguf}: only SmolLM's tokenizer is known here")
    tokens, kinds = value("tokens"), value("token_type")
    merges = [tuple(merge.split(" ")) for merge in value("merges")]
    inner = Tokenizer(models.BPE(vocab={token: id for id, token in enumerate(tokens)}, merges=merges))
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    inner.decoder = decoders.ByteLevel()
    special = [AddedToken(token, special=True, normalized=False) for token, kind in zip(tokens, kinds) if kind == CONTROL]
    inner.add_special_tokens(special)
    name = lambda role: tokens[value(f"{role}_token_id")]
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=name("eos"), bos_token=name("bos"), pad_token=name("eos"))


def check(folder: Path, expected: Path) -> None:
    loaded = PreTrainedTokenizerFast.from_pretrained(folder)
    for line in expected.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        ids = loaded(row["text"])["input_ids"]
        if ids != row["ids"]:
            raise SystemExit(f"the rebuilt tokenizer is wrong: {row['text']!r} gives {ids}, not {row['ids']}")


def main() -> None:
    gguf, folder, expected = map(Path, sys.argv[1:])
    model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    folder.mkdir(parents=True, exist_ok=True)
    # `save_pretrained` refuses a model that was read from a GGUF file. The tied output layer is saved once.
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.config.save_pretrained(folder)
    tokenizer(gguf).save_pretrained(folder)
    check(folder, expected)
    print(f"{folder}: {model.num_parameters()} parameters")


main()
