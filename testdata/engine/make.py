"""Makes the tiny random checkpoints of this folder and their golden numbers. See ORIGIN.md.

    python -m venv venv && venv/bin/pip install torch transformers sentencepiece gguf
    venv/bin/python testdata/engine/make.py
"""

import json
import pathlib
import shutil
import tempfile

import gguf
import numpy
import sentencepiece
import tokenizers
import torch
import transformers

HERE = pathlib.Path(__file__).parent
TEXT = """The river rises in the mountains and flows to the sea. In spring the snow melts and the water is high.
A dam holds the water back; its turbines make electricity for 12,345 homes. Fish pass the dam by a ladder.
El río nace en las montañas y llega al mar. En primavera la nieve se derrite y el agua sube.
Una presa retiene el agua; sus turbinas dan electricidad a 12.345 hogares. Los peces pasan por una escala.
""" * 4
SAMPLES = [
    "The river rises in the mountains.",
    "A dam holds 12 fish; el agua sube y la nieve se derrite en primavera. The water is high, the sea is low.",
    "— naïve 中文 \n\n  x=10",
]
SPECIAL = ["<s>", "</s>", "<|im_end|>"]
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'].strip() }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


def byte_level_tokenizer(adds_bos):
    """A byte-level BPE tokenizer with a few merges."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=SPECIAL,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    if adds_bos:
        tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 0)]
        )
    return tokenizer


def randomise(model):
    """Larger weights than a fresh model has, so that an error in any of them shows."""
    generator = torch.Generator().manual_seed(5)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data = 1 + 0.2 * noise if "norm" in name else 0.15 * noise


def golden(model, encoded):
    """Natural log-probability of every token after the first, in f32."""
    rows = []
    for text, ids in encoded:
        logits = model(torch.tensor([ids])).logits[0].float()
        log_probs = torch.log_softmax(logits, -1)[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        rows.append({"text": text, "ids": ids, "logprobs": [round(x, 7) for x in log_probs.tolist()]})
    return rows


def write_golden(name, rows):
    path = HERE / name / "golden.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def save(name, model, tokenizer, dtype, shard):
    """Saves in `dtype`, and computes the golden numbers in f32 from the rounded weights, read back: a conversion in
    memory would round the rotary frequencies too."""
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    randomise(model)
    model.to(dtype).save_pretrained(folder, max_shard_size=shard)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "chat_template": TEMPLATE}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    model = type(model).from_pretrained(folder, dtype=torch.float32).eval()
    write_golden(name, golden(model, [(text, tokenizer.encode(text).ids) for text in SAMPLES]))


def sizes(**others):
    return dict(
        vocab_size=304,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        bos_token_id=0,
        eos_token_id=1,
        **others,
    )


def llama():
    rope = dict(
        rope_type="llama3",
        rope_theta=500.0,
        factor=8.0,
        low_freq_factor=1.0,
        high_freq_factor=4.0,
        original_max_position_embeddings=32,
    )
    config = transformers.LlamaConfig(**sizes(rope_parameters=rope, tie_word_embeddings=False))
    save("llama3", transformers.LlamaForCausalLM(config), byte_level_tokenizer(True), torch.bfloat16, "100KB")


def qwen2():
    config = transformers.Qwen2Config(**sizes(tie_word_embeddings=True))
    save("qwen2", transformers.Qwen2ForCausalLM(config), byte_level_tokenizer(False), torch.float16, "10MB")


def mistral_gguf():
    """A sliding window and a SentencePiece vocabulary, in f32 GGUF, query and key rows permuted as llama.cpp's are."""
    folder = HERE / "mistral-gguf"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    pieces = sentence_pieces()
    config = transformers.MistralConfig(
        vocab_size=pieces.get_piece_size(),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        sliding_window=8,
        tie_word_embeddings=True,
    )
    model = transformers.MistralForCausalLM(config).eval()
    randomise(model)
    write_gguf(folder / "model.gguf", model, config, pieces)
    encoded = [(text, [pieces.bos_id(), *pieces.encode(text)]) for text in SAMPLES]
    write_golden("mistral-gguf", golden(model, encoded))


def sentence_pieces():
    with tempfile.TemporaryDirectory() as scratch:
        corpus = pathlib.Path(scratch) / "corpus.txt"
        corpus.write_text(TEXT)
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus),
            model_prefix=scratch + "/pieces",
            model_type="bpe",
            vocab_size=420,
            byte_fallback=True,
            character_coverage=0.99,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            minloglevel=2,
        )
        return sentencepiece.SentencePieceProcessor(model_file=scratch + "/pieces.model")


def write_gguf(path, model, config, pieces):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_sliding_window(config.sliding_window)
    ids = range(pieces.get_piece_size())
    kinds = [2 if pieces.is_unknown(i) else 3 if pieces.is_control(i) else 6 if pieces.is_byte(i) else 1 for i in ids]
    writer.add_tokenizer_model("llama")
    writer.add_token_list([pieces.id_to_piece(i) for i in ids])
    writer.add_token_scores([pieces.get_score(i) for i in ids])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(pieces.bos_id())
    writer.add_eos_token_id(pieces.eos_id())
    writer.add_unk_token_id(pieces.unk_id())
    for name, tensor in model.state_dict().items():
        if name != "lm_head.weight":
            writer.add_tensor(gguf_name(name), permuted(name, tensor.numpy(), config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_name(name):
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 2)
    return names.get_name(name, try_suffixes=(".weight",))


def permuted(name, weight, config):
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    n = next((n for part, n in heads.items() if part in name), None)
    if n is None:
        return weight
    halves = weight.reshape(n, 2, weight.shape[0] // n // 2, *weight.shape[1:])
    return numpy.ascontiguousarray(halves.swapaxes(1, 2).reshape(weight.shape))


with torch.no_grad():
    llama()
    qwen2()
    mistral_gguf()
