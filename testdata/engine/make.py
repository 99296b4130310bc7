"""Makes the tiny random checkpoints of this folder and their golden numbers. See ORIGIN.md.

    python -m venv venv && venv/bin/pip install torch transformers sentencepiece gguf
    venv/bin/python testdata/engine/make.py [NAME ...]

Without names, all of them; the names are those of the functions at the end.
"""

import json
import pathlib
import shutil
import sys
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
    # Gemma stores what is added to 1.
    centre = 0 if "gemma" in model.config.model_type else 1
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data = centre + 0.2 * noise if "norm" in name else 0.15 * noise


def golden(model, encoded):
    """Natural log-probability of every token after the first, in f32."""
    rows = []
    for text, ids in encoded:
        logits = model(torch.tensor([ids])).logits[0].float()
        log_probs = torch.log_softmax(logits, -1)[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        rows.append({"text": text, "ids": ids, "logprobs": [round(x, 7) for x in log_probs.tolist()]})
    return rows


def write_golden(name, rows, file="golden.jsonl"):
    path = HERE / name / file
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
    return model


def sizes(**others):
    return {**SIZES, **others}


SIZES = dict(
    vocab_size=304,
    hidden_size=64,
    intermediate_size=96,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=256,
    bos_token_id=0,
    eos_token_id=1,
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


def sentence_pieces(**options):
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
            **options,
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
    add_pieces(writer, pieces)
    for name, tensor in model.state_dict().items():
        if name != "lm_head.weight":
            writer.add_tensor(gguf_name(name), permuted(name, tensor.numpy(), config))
    finish(writer)


def add_pieces(writer, pieces, user_defined=()):
    def kind(i):
        if pieces.id_to_piece(i) in user_defined:
            return 4
        return 2 if pieces.is_unknown(i) else 3 if pieces.is_control(i) else 6 if pieces.is_byte(i) else 1

    ids = range(pieces.get_piece_size())
    writer.add_tokenizer_model("llama")
    writer.add_token_list([pieces.id_to_piece(i) for i in ids])
    writer.add_token_scores([pieces.get_score(i) for i in ids])
    writer.add_token_types([kind(i) for i in ids])
    writer.add_bos_token_id(pieces.bos_id())
    writer.add_eos_token_id(pieces.eos_id())
    writer.add_unk_token_id(pieces.unk_id())


def finish(writer):
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


def qwen3():
    """Heads of another size than the hidden size says, and YaRN."""
    rope = dict(rope_type="yarn", rope_theta=100.0, factor=4.0, original_max_position_embeddings=64, beta_fast=2.0)
    config = transformers.Qwen3Config(**sizes(head_dim=24, rope_parameters=rope, tie_word_embeddings=True))
    tokenizer = byte_level_tokenizer(False)
    model = save("qwen3", transformers.Qwen3ForCausalLM(config), tokenizer, torch.float16, "10MB")
    writer = byte_level_gguf("qwen3", gguf.MODEL_ARCH.QWEN3, model, tokenizer, False)
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(rope["factor"])
    writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
    writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
    finish(writer)


def gemma2():
    """Caps and a window small enough to matter. Queries are scaled by the head size, as GGUF supposes."""
    config = transformers.Gemma2Config(
        **sizes(
            head_dim=24,
            query_pre_attn_scalar=24,
            attn_logit_softcapping=3.0,
            final_logit_softcapping=4.0,
            sliding_window=8,
            tie_word_embeddings=True,
        )
    )
    tokenizer = byte_level_tokenizer(True)
    model = save("gemma2", transformers.Gemma2ForCausalLM(config), tokenizer, torch.float16, "10MB")
    writer = byte_level_gguf("gemma2", gguf.MODEL_ARCH.GEMMA2, model, tokenizer, True)
    writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
    writer.add_final_logit_softcapping(config.final_logit_softcapping)
    writer.add_sliding_window(config.sliding_window)
    finish(writer)


def gemma3():
    """Two layers with a window and one without, each kind with its rotary positions."""
    rope = {
        "full_attention": dict(rope_type="linear", rope_theta=500.0, factor=4.0),
        "sliding_attention": dict(rope_type="default", rope_theta=50.0),
    }
    config = transformers.Gemma3TextConfig(
        **sizes(
            num_hidden_layers=3,
            head_dim=24,
            query_pre_attn_scalar=20,
            sliding_window=8,
            sliding_window_pattern=2,
            rope_parameters=rope,
            tie_word_embeddings=True,
        )
    )
    save("gemma3", transformers.Gemma3ForCausalLM(config), byte_level_tokenizer(True), torch.bfloat16, "10MB")


def gemma3_gguf():
    """What a file leaves out, as llama.cpp supposes it: one layer of six without a window, base 10,000 in the others.
    A SentencePiece vocabulary without a space in front, with pieces for two and three spaces."""
    folder = HERE / "gemma3-gguf"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    spaces = ["\u2581\u2581", "\u2581\u2581\u2581"]
    pieces = sentence_pieces(add_dummy_prefix=False, user_defined_symbols=["\n\n", *spaces])
    rope = {
        "full_attention": dict(rope_type="linear", rope_theta=500.0, factor=4.0),
        "sliding_attention": dict(rope_type="default", rope_theta=10000.0),
    }
    config = transformers.Gemma3TextConfig(
        vocab_size=pieces.get_piece_size(),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=6,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        query_pre_attn_scalar=16,
        max_position_embeddings=256,
        sliding_window=8,
        rope_parameters=rope,
    )
    model = transformers.Gemma3ForCausalLM(config).eval()
    randomise(model)
    for parameter in model.parameters():
        parameter.data = parameter.data.half().float()
    writer = gguf_writer(folder / "model.gguf", gguf.MODEL_ARCH.GEMMA3, model, 500.0)
    writer.add_sliding_window(config.sliding_window)
    writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
    writer.add_rope_scaling_factor(4.0)
    add_pieces(writer, pieces, ["\n\n", *spaces])
    writer.add_add_space_prefix(False)
    writer.add_add_bos_token(True)
    add_tensors(writer, gguf.MODEL_ARCH.GEMMA3, model)
    finish(writer)
    encoded = [(text, [pieces.bos_id(), *pieces.encode(text)]) for text in [*SAMPLES, "x  y   z    12"]]
    write_golden("gemma3-gguf", golden(model, encoded))


def phi3():
    """LongRoPE on a half of each head; `long.jsonl` is beyond the original context."""
    factors = dict(short_factor=[1.0, 1.1, 1.3, 1.7], long_factor=[1.5, 2.0, 3.0, 7.0])
    rope = dict(rope_type="longrope", rope_theta=100.0, **factors)
    config = transformers.Phi3Config(
        **sizes(
            max_position_embeddings=512,
            original_max_position_embeddings=128,
            partial_rotary_factor=0.5,
            rope_parameters=rope,
            sliding_window=12,
            tie_word_embeddings=False,
            pad_token_id=1,
        )
    )
    tokenizer = byte_level_tokenizer(True)
    model = save("phi3", transformers.Phi3ForCausalLM(config), tokenizer, torch.float16, "10MB")
    write_golden("phi3", golden(model, [(text, tokenizer.encode(text).ids) for text in [TEXT[:240]]]), "long.jsonl")
    writer = byte_level_gguf("phi3", gguf.MODEL_ARCH.PHI3, model, tokenizer, True)
    writer.add_rope_dimension_count(8)
    writer.add_sliding_window(config.sliding_window)
    writer.add_rope_scaling_orig_ctx_len(config.original_max_position_embeddings)
    writer.add_rope_scaling_attn_factors(model.model.rotary_emb.attention_scaling)
    for key, name in [("short_factor", "rope_factors_short.weight"), ("long_factor", "rope_factors_long.weight")]:
        writer.add_tensor(name, numpy.array(factors[key], dtype=numpy.float32))
    finish(writer)


def rope():
    """The qwen2 checkpoint under other settings of its rotary positions."""
    folder = HERE / "qwen2"
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    factors = dict(short_factor=[1 + i / 8 for i in range(8)], long_factor=[2 + i for i in range(8)])
    scalings = [
        dict(rope_type="linear", factor=3.0),
        dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=64),
        dict(rope_type="yarn", factor=8.0, original_max_position_embeddings=32, beta_fast=4.0, truncate=False),
        dict(rope_type="yarn", factor=8.0, original_max_position_embeddings=32, mscale=0.7, mscale_all_dim=1.1),
        dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=64, attention_factor=0.8),
        dict(rope_type="longrope", factor=2.0, original_max_position_embeddings=128, **factors),
        dict(rope_type="longrope", attention_factor=1.3, original_max_position_embeddings=128, **factors),
    ]
    rows = []
    for scaling in scalings:
        config = transformers.Qwen2Config.from_pretrained(folder)
        config.rope_parameters = {**scaling, "rope_theta": 100.0}
        kind = transformers.Qwen2ForCausalLM
        model = kind.from_pretrained(folder, config=config, dtype=torch.float32).eval()
        text = SAMPLES[1]
        rows += [{"rope_parameters": config.rope_parameters, **golden(model, [(text, tokenizer.encode(text).ids)])[0]}]
    write_golden("qwen2", rows, "rope.jsonl")


def byte_level_gguf(name, arch, model, tokenizer, adds_bos):
    """A file beside the folder's others, with the same weights; tensors are in it, `finish` is left to the caller."""
    rope = model.config.rope_parameters
    writer = gguf_writer(HERE / name / "model.gguf", arch, model, rope["rope_theta"])
    spec = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(spec["vocab"], key=spec["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in SPECIAL else 1 for token in tokens])
    writer.add_token_merges([" ".join(merge) for merge in spec["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_add_bos_token(adds_bos)
    writer.add_vocab_size(model.config.vocab_size)
    add_tensors(writer, arch, model)
    return writer


def gguf_writer(path, arch, model, theta):
    config = model.config
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[arch])
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    head_size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_key_length(head_size)
    writer.add_value_length(head_size)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(theta)
    return writer


def add_tensors(writer, arch, model):
    """Matrices in f16, which the weights were rounded to; norms in f32, Gemma's with the 1 that its converter adds."""
    names = gguf.get_tensor_name_map(arch, model.config.num_hidden_layers)
    is_gemma = "gemma" in model.config.model_type
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        if tensor.ndim == 1:
            numbers = (tensor + 1 if is_gemma else tensor).numpy()
        else:
            numbers = tensor.half().numpy()
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), numbers)


MAKERS = [llama, qwen2, mistral_gguf, qwen3, gemma2, gemma3, gemma3_gguf, phi3, rope]

if __name__ == "__main__":
    with torch.no_grad():
        for maker in MAKERS:
            if len(sys.argv) == 1 or maker.__name__ in sys.argv:
                maker()
