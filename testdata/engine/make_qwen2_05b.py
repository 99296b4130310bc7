"""Writes the golden log-probabilities of Qwen2.5-Coder-0.5B-Instruct from its Q4_K_M GGUF file. See ORIGIN.md.

    venv/bin/python testdata/engine/make_qwen2_05b.py PATH/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf

transformers dequantises the weights; the texts are tokenised here from the file's own vocabulary and merges with the
pre-tokenizer that Qwen 2 ships with, because transformers rebuilds the tokenizers of GGUF files otherwise.
"""

import json
import pathlib
import sys

import gguf
import tokenizers
import torch
import transformers

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEXTS = [
    "The river rises in the mountains and flows to the sea.",
    "Question: How many turbines does the dam have?\nAnswer: The dam has 12 turbines, which make electricity for 12,345 homes.",
    "El río nace en las montañas y llega al mar; en primavera la nieve se derrite.",
    "def area(width, height):\n    return width * height\n\n\nprint(area(3, 4))  # 12",
    "— naïve 中文字 \n\n  x=10 we've HTTPServer 3.14159",
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\nThe capital of France is Paris.<|im_end|>",
]


def file_tokenizer(path):
    fields = gguf.GGUFReader(path).fields
    words = lambda key: fields[key].contents()
    tokens, kinds = words("tokenizer.ggml.tokens"), words("tokenizer.ggml.token_type")
    merges = [tuple(merge.split(" ")) for merge in words("tokenizer.ggml.merges")]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, merges))
    tokenizer.normalizer = tokenizers.normalizers.NFC()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Split(tokenizers.Regex(SPLIT), "isolated"),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    special = [token for token, kind in zip(tokens, kinds) if kind in (3, 4)]
    tokenizer.add_special_tokens([tokenizers.AddedToken(token, normalized=False) for token in special])
    return tokenizer


def main(path):
    path = pathlib.Path(path).resolve()
    tokenizer = file_tokenizer(path)
    model = transformers.Qwen2ForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    rows = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        logits = model(torch.tensor([ids])).logits[0].float()
        log_probs = torch.log_softmax(logits, -1)[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        rows.append({"text": text, "ids": ids, "logprobs": [round(x, 6) for x in log_probs.tolist()]})
    folder = pathlib.Path(__file__).parent / "qwen2.5-0.5b"
    folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "golden.jsonl").write_text(text)


if __name__ == "__main__":
    with torch.no_grad():
        main(sys.argv[1])
