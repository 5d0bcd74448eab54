"""Sizes of the two nets, and the arrays that they are made of."""

from __future__ import annotations

from dataclasses import dataclass

from .gguf_file import BLOCK

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class TextConfig:
    """The language model: of architecture "llama", with as many key heads as query heads."""

    vocabulary: int = 2048
    """Tokens."""
    width: int = 192
    """Numbers in the vector of one token."""
    layers: int = 6
    heads: int = 6
    feed_forward: int = 512
    context: int = 1024
    """Longest text that it is trained with, tokens."""
    rope_base: float = 10000.0
    eps: float = 1e-5
    """What RMSNorm adds to the mean square."""

    def __post_init__(self) -> None:
        if self.width % (2 * self.heads) != 0:
            raise ValueError("heads must be of equal, even width: RoPE turns pairs")
        for size in (self.vocabulary, self.width, self.feed_forward):
            if size % BLOCK != 0:
                raise ValueError(f"{size} is no multiple of {BLOCK}")

    @property
    def head_width(self) -> int:
        return self.width // self.heads


@dataclass(frozen=True)
class VisionConfig:
    """What looks at pictures: a CLIP vision transformer without a class token."""

    side: int = 96
    """Of the square picture, pixels."""
    patch: int = 16
    """Side of a patch, pixels."""
    width: int = 128
    layers: int = 4
    heads: int = 4
    feed_forward: int = 384
    eps: float = 1e-5

    def __post_init__(self) -> None:
        if self.side % self.patch != 0 or self.width % self.heads != 0:
            raise ValueError("patches must fill the picture, and heads the width")
        if self.feed_forward == self.width:
            raise ValueError("llama.cpp takes ffn_up for ffn_down where both are square")

    @property
    def patches(self) -> int:
        """How many there are, which is how many tokens a picture takes."""
        return (self.side // self.patch) ** 2


SMOKE_TEXT = TextConfig(vocabulary=512, width=64, layers=2, heads=2, feed_forward=160)
SMOKE_VISION = VisionConfig(width=64, layers=2, heads=2, feed_forward=160)
"""They learn next to nothing, but they train in a minute."""


def text_shapes(config: TextConfig) -> Shapes:
    """Arrays of the language model, by name. Matrices are (out, in), as in torch.nn.Linear.

    Output is tied: logits = token_embd · norm(x). RoPE turns neighbours: in each head, numbers 2j
    and 2j + 1 of q and k by the angle position / rope_base ** (2j / head_width). No layer has a
    bias. A layer adds attn_output(attention(attn_norm(x))) to x, then
    ffn_down(silu(ffn_gate(n)) * ffn_up(n)) with n = ffn_norm(x).
    """
    width, inner = config.width, config.feed_forward
    shapes: Shapes = {"token_embd": (config.vocabulary, width), "output_norm": (width,)}
    for i in range(config.layers):
        layer: Shapes = {
            "attn_norm": (width,),
            "attn_q": (width, width),
            "attn_k": (width, width),
            "attn_v": (width, width),
            "attn_output": (width, width),
            "ffn_norm": (width,),
            "ffn_gate": (inner, width),
            "ffn_up": (inner, width),
            "ffn_down": (width, inner),
        }
        shapes |= {f"blk.{i}.{name}": shape for name, shape in layer.items()}
    return shapes


def vision_shapes(config: VisionConfig, text_width: int) -> Shapes:
    """Arrays of the vision model and of its projector. Matrices are (out, in).

    Pixels are (value / 255 - 0.5) / 0.5. A patch, read left to right and then downwards, becomes
    patch_embd · pixels + patch_bias + position_embd[its number]; then come pre_ln, the layers with
    their norms first (ln1, ln2; ffn_up, quick-GELU x · sigmoid(1.702 x), ffn_down), and post_ln.
    The projector is mm.0, GELU (the tanh form), mm.2.
    """
    width, inner = config.width, config.feed_forward
    linear = {f"attn_{name}": (width, width) for name in ("q", "k", "v", "out")}
    linear |= {"ffn_up": (inner, width), "ffn_down": (width, inner)}
    shapes: Shapes = {
        "patch_embd": (width, 3, config.patch, config.patch),
        "patch_bias": (width,),
        "position_embd": (config.patches, width),
        **_with_bias("pre_ln", (width,)),
        **_with_bias("post_ln", (width,)),
    }
    for i in range(config.layers):
        for norm in ("ln1", "ln2"):
            shapes |= _with_bias(f"blk.{i}.{norm}", (width,))
        for name, shape in linear.items():
            shapes |= _with_bias(f"blk.{i}.{name}", shape)
    shapes |= _with_bias("mm.0", (text_width, width))
    return shapes | _with_bias("mm.2", (text_width, text_width))


def _with_bias(name: str, shape: tuple[int, ...]) -> Shapes:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
