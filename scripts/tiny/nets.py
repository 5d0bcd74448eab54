"""The two networks: a text transformer (architecture llama of GGUF), and a vision transformer whose
projector turns what it sees into tokens for the first (architecture clip, projector mlp)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .config import TextConfig, VisionConfig

Matrices = list[tuple[nn.Parameter, int]]
"""Matrices, and how many lie below each other in each: queries, keys and values are one product."""


class SwiGlu(torch.autograd.Function):
    """silu(gate) * up. Made of sigmoid, because silu is four times slower in this torch."""

    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        sigmoid = torch.sigmoid(gate)
        silu = gate * sigmoid
        ctx.save_for_backward(up, sigmoid, silu)
        return silu * up

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        up, sigmoid, silu = ctx.saved_tensors
        slope = sigmoid + silu * (1 - sigmoid)
        return gradient * up * slope, gradient * silu


class QuickGelu(torch.autograd.Function):
    """x * sigmoid(1.702 x), as CLIP has it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        sigmoid = torch.sigmoid(1.702 * x)
        ctx.save_for_backward(x, sigmoid)
        return x * sigmoid

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        x, sigmoid = ctx.saved_tensors
        return gradient * (sigmoid + 1.702 * x * sigmoid * (1 - sigmoid))


class RmsNorm(nn.Module):
    """Scales each vector to a root mean square of 1, then each of its numbers."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + self.eps) * self.weight


def heads_of(x: Tensor, parts: int, heads: int) -> Tensor:
    """(n, length, parts * width) as (parts, n, heads, length, width / heads)."""
    n, length, _ = x.shape
    return x.view(n, length, parts, heads, -1).permute(2, 0, 3, 1, 4)


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """What all heads see, (n, length, width). q, k and v are (n, heads, length, size)."""
    n, heads, length, size = q.shape
    q, k, v = (x.reshape(n * heads, length, size) for x in (q, k, v))
    scores = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=1 / math.sqrt(size))
    seen = torch.bmm(scores.softmax(-1), v)
    return seen.view(n, heads, length, size).transpose(1, 2).reshape(n, length, heads * size)


def rotated(x: Tensor, turns: Tensor) -> Tensor:
    """Rotary positions: the numbers 2i and 2i + 1 of a head are a point that is turned.

    x: (..., length, size); turns: (length, size / 2), complex. llama.cpp calls these pairs NORM.
    """
    points = torch.view_as_complex(x.unflatten(-1, (x.shape[-1] // 2, 2)))
    return torch.view_as_real(points * turns).flatten(-2)


def turns_of(config: TextConfig) -> Tensor:
    """How each pair of a head is turned at each position, (context, size / 2), complex."""
    size = config.width // config.heads
    speeds = config.rope_base ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    angles = torch.arange(config.context, dtype=torch.float64)[:, None] * speeds
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex64)


class TextBlock(nn.Module):
    """Attention to what was before, then a gated feed-forward network."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.attn_norm = RmsNorm(width, config.eps)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.ffn_norm = RmsNorm(width, config.eps)
        self.gate_up = nn.Linear(width, 2 * config.feed_forward, bias=False)
        self.down = nn.Linear(config.feed_forward, width, bias=False)

    def forward(self, x: Tensor, turns: Tensor, mask: Tensor) -> Tensor:
        qkv = heads_of(self.qkv(self.attn_norm(x)), 3, self.heads)
        q, k = rotated(qkv[:2], turns).unbind()
        x = x + self.output(attention(q, k, qkv[2], mask))
        gate, up = self.gate_up(self.ffn_norm(x)).chunk(2, -1)
        return x + self.down(SwiGlu.apply(gate, up))

    def matrices(self) -> Matrices:
        """What Muon trains."""
        return [
            (self.qkv.weight, 3),
            (self.output.weight, 1),
            (self.gate_up.weight, 2),
            (self.down.weight, 1),
        ]

    def weights(self) -> dict[str, Tensor]:
        """The block's weights by their names in GGUF."""
        q, k, v = self.qkv.weight.chunk(3)
        gate, up = self.gate_up.weight.chunk(2)
        return {
            "attn_norm": self.attn_norm.weight,
            "attn_q": q,
            "attn_k": k,
            "attn_v": v,
            "attn_output": self.output.weight,
            "ffn_norm": self.ffn_norm.weight,
            "ffn_gate": gate,
            "ffn_up": up,
            "ffn_down": self.down.weight,
        }


class TextNet(nn.Module):
    """Predicts the next token of each. Its output matrix is its embedding matrix."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.token_embd = nn.Parameter(torch.randn(config.vocabulary, config.width) * 0.02)
        self.blocks = nn.ModuleList(TextBlock(config) for _ in range(config.layers))
        self.output_norm = RmsNorm(config.width, config.eps)
        self.turns = turns_of(config)
        for block in self.blocks:
            for matrix, _ in block.matrices():
                # What is added to the residual stream begins small.
                adds = matrix is block.output.weight or matrix is block.down.weight
                deviation = (0.5 if adds else 1.0) / math.sqrt(matrix.shape[1])
                nn.init.normal_(matrix, std=deviation)

    def forward(self, ids: Tensor, pictures: Tensor | None = None) -> Tensor:
        """Final hidden states, (n, length, width), normalized.

        ids: (n, length); one below 0 stands for the next row of `pictures`, (any, width).
        """
        x = F.embedding(ids.clamp(min=0), self.token_embd)
        if pictures is not None:
            x = x.masked_scatter((ids < 0)[..., None], pictures)
        length = ids.shape[1]
        mask = torch.full((1, length, length), -1e9).triu(1)
        for block in self.blocks:
            x = block(x, self.turns[:length], mask)
        return self.output_norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores of all tokens to be the next one, (..., vocabulary)."""
        return hidden @ self.token_embd.t()

    def matrices(self) -> Matrices:
        """What Muon trains: all matrices but the embeddings."""
        return [matrix for block in self.blocks for matrix in block.matrices()]

    def rest(self) -> list[nn.Parameter]:
        """What AdamW trains: everything else."""
        return _others(self, [matrix for matrix, _ in self.matrices()])

    def weights(self) -> dict[str, np.ndarray]:
        """All weights by their names in GGUF; a matrix is (out, in)."""
        return _arrays(self._named())

    def load(self, weights: dict[str, np.ndarray]) -> None:
        """Takes what `weights` gave, perhaps rounded."""
        _fill(self._named, weights)

    def _named(self) -> dict[str, Tensor]:
        found = {"token_embd": self.token_embd, "output_norm": self.output_norm.weight}
        for i, block in enumerate(self.blocks):
            found |= {f"blk.{i}.{name}": weight for name, weight in block.weights().items()}
        return found


class VisionBlock(nn.Module):
    """Attention of all patches to all, then a feed-forward network."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.ln1 = nn.LayerNorm(width, eps=config.eps)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.ln2 = nn.LayerNorm(width, eps=config.eps)
        self.up = nn.Linear(width, config.feed_forward)
        self.down = nn.Linear(config.feed_forward, width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = heads_of(self.qkv(self.ln1(x)), 3, self.heads).unbind()
        x = x + self.out(attention(q, k, v, x.new_zeros(1, 1, 1)))
        return x + self.down(QuickGelu.apply(self.up(self.ln2(x))))

    def matrices(self) -> Matrices:
        """What Muon trains."""
        linears = ((self.qkv, 3), (self.out, 1), (self.up, 1), (self.down, 1))
        return [(linear.weight, parts) for linear, parts in linears]

    def weights(self) -> dict[str, Tensor]:
        """The block's weights by their names in GGUF."""
        found: dict[str, Tensor] = {}
        for kind in ("weight", "bias"):
            q, k, v = getattr(self.qkv, kind).chunk(3)
            found |= {f"attn_q.{kind}": q, f"attn_k.{kind}": k, f"attn_v.{kind}": v}
        layers = {
            "ln1": self.ln1,
            "attn_out": self.out,
            "ln2": self.ln2,
            "ffn_up": self.up,
            "ffn_down": self.down,
        }
        return found | _layers(layers)


class VisionNet(nn.Module):
    """Sees a picture as patches, and projects each to a token of the text transformer."""

    def __init__(self, config: VisionConfig, text_width: int) -> None:
        super().__init__()
        self.patch = config.patch
        self.patch_embd = nn.Linear(3 * config.patch**2, config.width)
        self.position_embd = nn.Parameter(torch.randn(config.patches, config.width) * 0.02)
        self.pre_ln = nn.LayerNorm(config.width, eps=config.eps)
        self.blocks = nn.ModuleList(VisionBlock(config) for _ in range(config.layers))
        self.post_ln = nn.LayerNorm(config.width, eps=config.eps)
        self.mm0 = nn.Linear(config.width, text_width)
        self.mm2 = nn.Linear(text_width, text_width)

    def features(self, pictures: Tensor) -> Tensor:
        """What is seen in each patch, (n, patches, width), from bytes (n, side, side, 3)."""
        n, side, _, _ = pictures.shape
        grid = side // self.patch
        pixels = (pictures.float() / 255 - 0.5) / 0.5
        pixels = pixels.view(n, grid, self.patch, grid, self.patch, 3)
        # A patch holds its colours first, then rows, then columns, as the kernel of a convolution.
        patches = pixels.permute(0, 1, 3, 5, 2, 4).reshape(n, grid * grid, -1)
        x = self.pre_ln(self.patch_embd(patches) + self.position_embd)
        for block in self.blocks:
            x = block(x)
        return self.post_ln(x)

    def forward(self, pictures: Tensor) -> Tensor:
        """Tokens for the text transformer, (n * patches, text width)."""
        projected = self.mm0(self.features(pictures))
        return self.mm2(F.gelu(projected, approximate="tanh")).flatten(0, 1)

    def matrices(self) -> Matrices:
        """What Muon trains, the projector aside."""
        in_blocks = [matrix for block in self.blocks for matrix in block.matrices()]
        return [(self.patch_embd.weight, 1), *in_blocks]

    def projector(self) -> list[nn.Linear]:
        """The layers that belong to neither transformer: new to both of them."""
        return [self.mm0, self.mm2]

    def rest(self) -> list[nn.Parameter]:
        """What AdamW trains: everything else, the projector aside."""
        projector = [p for layer in self.projector() for p in layer.parameters()]
        return _others(self, [matrix for matrix, _ in self.matrices()] + projector)

    def weights(self) -> dict[str, np.ndarray]:
        """All weights by their names in GGUF; a matrix is (out, in)."""
        return _arrays(self._named())

    def load(self, weights: dict[str, np.ndarray]) -> None:
        """Takes what `weights` gave, perhaps rounded."""
        _fill(self._named, weights)

    def _named(self) -> dict[str, Tensor]:
        width, side = self.patch_embd.out_features, self.patch
        found = {
            "patch_embd": self.patch_embd.weight.view(width, 3, side, side),
            "patch_bias": self.patch_embd.bias,
            "position_embd": self.position_embd,
        }
        found |= _layers({"pre_ln": self.pre_ln, "post_ln": self.post_ln})
        for i, block in enumerate(self.blocks):
            found |= {f"blk.{i}.{name}": weight for name, weight in block.weights().items()}
        return found | _layers({"mm.0": self.mm0, "mm.2": self.mm2})


def _others(net: nn.Module, taken: list[nn.Parameter]) -> list[nn.Parameter]:
    numbers = {id(parameter) for parameter in taken}
    return [parameter for parameter in net.parameters() if id(parameter) not in numbers]


def _layers(layers: dict[str, nn.Linear | nn.LayerNorm]) -> dict[str, Tensor]:
    return {
        f"{name}.{kind}": getattr(layer, kind)
        for name, layer in layers.items()
        for kind in ("weight", "bias")
    }


def _arrays(weights: dict[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: weight.detach().clone().numpy() for name, weight in weights.items()}


@torch.no_grad()
def _fill(named: Callable[[], dict[str, Tensor]], weights: dict[str, np.ndarray]) -> None:
    for name, weight in named().items():
        weight.copy_(torch.from_numpy(weights[name]))
