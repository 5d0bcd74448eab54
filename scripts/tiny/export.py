"""Writes trained nets as the two GGUF files that llama.cpp loads: the text model, the projector.

The names and shapes of the arrays are those of config.text_shapes and config.vision_shapes. They
are written as they are: RoPE of the architecture "llama" turns neighbours, and so do our nets.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .config import Shapes, TextConfig, VisionConfig, text_shapes, vision_shapes
from .gguf_file import GgufFile, TensorType
from .gguf_reader import read
from .tokenizer import Tokenizer

Weights = dict[str, np.ndarray]

NAME = "Hutch Tiny"
DESCRIPTION = "A small model of a small world, to try Hutch and to test it"
LICENSE = "MIT"

FILE_TYPE_F16 = 1
FILE_TYPE_Q8_0 = 7
"""Of what type most matrices are; llama.h's llama_ftype."""

SPECIAL_TOKENS = {
    "bos": "<|endoftext|>",
    "eos": "<|im_end|>",
    "eot": "<|im_end|>",
    "padding": "<|pad|>",
    "fim_pre": "<|fim_prefix|>",
    "fim_suf": "<|fim_suffix|>",
    "fim_mid": "<|fim_middle|>",
    "fim_pad": "<|fim_pad|>",
    "fim_rep": "<|repo_name|>",
    "fim_sep": "<|file_sep|>",
}

Names = dict[str, str]

PATCH_NAMES: Names = {
    "patch_embd": "v.patch_embd.weight",
    "patch_bias": "v.patch_embd.bias",
    "position_embd": "v.position_embd.weight",
}


def export_text(
    config: TextConfig, weights: Weights, tokenizer: Tokenizer, template: str, path: Path | str
) -> None:
    """Writes the text model: matrices as Q8_0, norms as F32, output tied to token_embd.

    weights: arrays as config.text_shapes has them
    """
    _check(weights, text_shapes(config))
    if tokenizer.size != config.vocabulary:
        raise ValueError(f"{tokenizer.size} tokens, but {config.vocabulary} vectors")
    file = GgufFile("llama")
    _add_general(file, "model", NAME, FILE_TYPE_Q8_0)
    _add_text_sizes(file, config)
    _add_tokenizer(file, tokenizer)
    file.add("tokenizer.chat_template", template)
    file.add("hutch.reasoning", "off")  # a short answer at once, unless somebody asks for thoughts
    for name in text_shapes(config):
        array = weights[name]
        type_ = TensorType.Q8_0 if array.ndim > 1 else TensorType.F32
        file.add_tensor(f"{name}.weight", array, type_)
    file.write(path)


def export_projector(config: VisionConfig, weights: Weights, path: Path | str) -> None:
    """Writes the vision model and its projector: matrices as F16, all else as F32.

    weights: arrays as config.vision_shapes has them
    """
    text_width = len(weights["mm.2.bias"])
    shapes = vision_shapes(config, text_width)
    _check(weights, shapes)
    file = GgufFile("clip")
    _add_general(file, "mmproj", f"{NAME} vision", FILE_TYPE_F16)
    _add_vision_sizes(file, config, text_width)
    for name in shapes:
        array = weights[name]
        is_matrix = array.ndim > 1 and name != "position_embd"  # one is added, not multiplied
        type_ = TensorType.F16 if is_matrix else TensorType.F32
        file.add_tensor(_vision_name(name), array, type_)
    file.write(path)


def import_text(config: TextConfig, tokenizer: Tokenizer, path: Path | str) -> Weights:
    """What `export_text` wrote, rounded as it was.

    Raises ValueError if it has other arrays, or other tokens than the tokenizer.
    """
    metadata, tensors = read(path)
    if metadata.get("tokenizer.ggml.tokens") != tokenizer.tokens:
        raise ValueError(f"{path} has other tokens")
    names = {f"{name}.weight": name for name in text_shapes(config)}
    return _known(tensors, names, text_shapes(config))


def import_projector(config: VisionConfig, text_width: int, path: Path | str) -> Weights:
    """What `export_projector` wrote, rounded as it was. Raises ValueError as `import_text` does."""
    shapes = vision_shapes(config, text_width)
    return _known(read(path).tensors, {_vision_name(name): name for name in shapes}, shapes)


def export_adapter(
    factors: dict[str, tuple[np.ndarray, np.ndarray]], rank: int, path: Path | str
) -> None:
    """Writes an adapter (LoRA) of the text model, all as F16.

    factors: by the matrix's name, (rank, in) and (out, rank)
    """
    file = GgufFile("llama")
    _add_general(file, "adapter", f"{NAME} pirate", FILE_TYPE_F16, "It lets it speak like a pirate")
    file.add("adapter.type", "lora")
    file.add("adapter.lora.alpha", float(rank))  # a scale of 1
    for name, (a, b) in factors.items():
        file.add_tensor(f"{name}.weight.lora_a", a, TensorType.F16)
        file.add_tensor(f"{name}.weight.lora_b", b, TensorType.F16)
    file.write(path)


def _known(found: Weights, names: Names, shapes: Shapes) -> Weights:
    """Arrays by our names, from those of a file."""
    weights = {names.get(name, name): array for name, array in found.items()}
    _check(weights, shapes)
    return weights


def _check(weights: Weights, shapes: Shapes) -> None:
    """Raises ValueError if there are other arrays than there should be, or of other shapes."""
    found = {name: array.shape for name, array in weights.items()}
    wrong = [name for name in {**shapes, **found} if shapes.get(name) != found.get(name)]
    if wrong:
        told = "; ".join(f"{n}: {found.get(n)}, not {shapes.get(n)}" for n in wrong)
        raise ValueError(f"wrong arrays: {told}")


def _vision_name(name: str) -> str:
    """What llama.cpp calls an array."""
    return PATCH_NAMES.get(name) or (name if name.startswith("mm.") else f"v.{name}")


def _add_general(
    file: GgufFile, type_: str, name: str, file_type: int, description: str = DESCRIPTION
) -> None:
    file.add("general.type", type_)
    file.add("general.name", name)
    file.add("general.description", description)
    file.add("general.license", LICENSE)
    file.add("general.file_type", file_type)
    file.add("general.quantization_version", 2)


def _add_text_sizes(file: GgufFile, config: TextConfig) -> None:
    # No llama.pooling_type: a model that has one is taken for one that only embeds.
    file.add("llama.vocab_size", config.vocabulary)
    file.add("llama.context_length", config.context)
    file.add("llama.embedding_length", config.width)
    file.add("llama.block_count", config.layers)
    file.add("llama.feed_forward_length", config.feed_forward)
    file.add("llama.attention.head_count", config.heads)
    file.add("llama.attention.head_count_kv", config.heads)
    file.add("llama.attention.layer_norm_rms_epsilon", config.eps)
    file.add("llama.rope.dimension_count", config.head_width)
    file.add("llama.rope.freq_base", config.rope_base)


def _add_tokenizer(file: GgufFile, tokenizer: Tokenizer) -> None:
    file.add("tokenizer.ggml.model", "gpt2")
    file.add("tokenizer.ggml.pre", "qwen2")
    file.add("tokenizer.ggml.tokens", tokenizer.tokens)
    file.add("tokenizer.ggml.token_type", [int(type_) for type_ in tokenizer.types])
    file.add("tokenizer.ggml.merges", [" ".join(pair) for pair in tokenizer.merges])
    for use, token in SPECIAL_TOKENS.items():
        file.add(f"tokenizer.ggml.{use}_token_id", tokenizer.ids[token])
    file.add("tokenizer.ggml.add_bos_token", False)
    file.add("tokenizer.ggml.add_eos_token", False)


def _add_vision_sizes(file: GgufFile, config: VisionConfig, text_width: int) -> None:
    file.add("clip.has_vision_encoder", True)
    file.add("clip.projector_type", "mlp")
    file.add("clip.use_gelu", False)  # but quick-GELU
    file.add("clip.vision.image_size", config.side)
    file.add("clip.vision.patch_size", config.patch)
    file.add("clip.vision.embedding_length", config.width)
    file.add("clip.vision.feed_forward_length", config.feed_forward)
    file.add("clip.vision.block_count", config.layers)
    file.add("clip.vision.attention.head_count", config.heads)
    file.add("clip.vision.attention.layer_norm_epsilon", config.eps)
    file.add("clip.vision.projection_dim", text_width)
    file.add("clip.vision.image_mean", [0.5, 0.5, 0.5])
    file.add("clip.vision.image_std", [0.5, 0.5, 0.5])
    # Without it, llama.cpp leaves out the last layer, as LLaVA does.
    file.add("clip.vision.feature_layer", [config.layers])
