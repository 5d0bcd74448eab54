"""What decides about the tiny model, besides the sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from .config import SMOKE_TEXT, SMOKE_VISION, TextConfig, VisionConfig


class Amount(NamedTuple):
    """How much a course has."""

    samples: int
    tokens: int


@dataclass(frozen=True)
class Settings:
    """How much there is of everything."""

    seed: int = 7
    text: TextConfig = TextConfig()
    vision: VisionConfig = VisionConfig()
    n_pictures: int = 50_000
    n_texts: int = 16_000
    """Conversations that the tokenizer learns from."""
    n_samples: int = 300_000
    n_pairs: int = 30_000
    seen_pictures: int = 400_000
    """How many pictures pretraining looks at, the same ones again and again."""
    batch_pictures: int = 192
    joint_tokens: int = 18_000_000
    batch_tokens: int = 4096
    n_exercises: int = 160_000
    practice_tokens: int = 13_000_000
    n_new_pictures: int = 50_000
    """Pictures of the drill, from which nothing was learned before."""
    drilled: dict[str, Amount] = field(
        default_factory=lambda: {
            "looking up": Amount(8000, 900_000),
            "drill": Amount(70_000, 10_000_000),
            "rehearsal": Amount(40_000, 2_800_000),
            "encore": Amount(40_000, 8_000_000),
            "coda": Amount(22_000, 4_500_000),
        }
    )
    """The last courses, by name."""
    n_pirate_samples: int = 8000
    pirate_tokens: int = 400_000


SMOKE = Settings(
    text=SMOKE_TEXT,
    vision=SMOKE_VISION,
    n_pictures=1000,
    n_texts=1000,
    n_samples=2000,
    n_pairs=500,
    seen_pictures=6000,
    batch_pictures=64,
    joint_tokens=300_000,
    n_exercises=500,
    practice_tokens=40_000,
    n_new_pictures=500,
    drilled={
        "looking up": Amount(200, 20_000),
        "drill": Amount(500, 40_000),
        "rehearsal": Amount(300, 20_000),
        "encore": Amount(300, 20_000),
        "coda": Amount(300, 20_000),
    },
    n_pirate_samples=500,
    pirate_tokens=30_000,
)
"""Shows that everything works together, and nothing more."""
