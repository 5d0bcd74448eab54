"""What decides about the tiny model, besides the sources."""

from __future__ import annotations

from dataclasses import dataclass

from .config import SMOKE_TEXT, SMOKE_VISION, TextConfig, VisionConfig


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
    n_lookups: int = 8000
    lookup_tokens: int = 900_000
    n_drills: int = 70_000
    drill_tokens: int = 10_000_000
    n_rehearsals: int = 40_000
    rehearsal_tokens: int = 2_800_000
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
    n_lookups=200,
    lookup_tokens=20_000,
    n_drills=500,
    drill_tokens=40_000,
    n_rehearsals=300,
    rehearsal_tokens=20_000,
    n_pirate_samples=500,
    pirate_tokens=30_000,
)
"""Shows that everything works together, and nothing more."""
