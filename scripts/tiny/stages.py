"""The stages from nothing to GGUF files. Each keeps its result in a folder of its name."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from .config import SMOKE_TEXT, SMOKE_VISION, TextConfig, VisionConfig
from .export import export_adapter, export_projector, export_text
from .joint import Joint
from .nets import TextNet, VisionNet
from .pictures import Scene, make_pictures
from .pirate import RANK, Pirate, pirate_part
from .practice import practice_parts
from .pretraining import Pretraining
from .progress import Progress, Stop
from .samples import (
    Maker,
    Part,
    Paraphrases,
    Samples,
    kinds_of,
    make_paraphrases,
    make_samples,
    merged,
    mixture,
    save_kinds,
    teach_pieces,
    texts,
)
from .tokenizer import Tokenizer
from .trainer import Schedule, save, train

_SOURCES = Path(__file__).parent
_PICTURES = ["pictures.py", "strokes.py", "corpus/turns.py", "corpus/words.py"]
_TRAINING = ["nets.py", "optimizer.py", "trainer.py"]
_INPUTS = "inputs"
"""File that says what a stage's result is made from; written first, when the folder is empty."""
_DONE = "done"
"""File that says that a stage's result is whole; written last."""
_CHECKPOINT = "checkpoint.pt"
"""File to go on with a training from; there until it is done."""


@dataclass(frozen=True)
class Settings:
    """What decides about the result, besides the sources."""

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
    n_pirate_samples=500,
    pirate_tokens=30_000,
)
"""Shows that everything works together, and nothing more."""


class _Course(NamedTuple):
    """How both nets are trained together."""

    samples: str
    """The stage that made what they learn from."""
    schedule: Schedule
    vision_speed: float


_JOINT = _Course("samples", Schedule(), 0.15)
_PRACTICE = _Course("exercises", Schedule(peak=0.5, constant=0.0), 0.3)


class Stages:
    """All stages of one training. One that is there already, of the same inputs, is skipped."""

    def __init__(self, settings: Settings, work: Path, out: Path, stop: Stop) -> None:
        self._settings = settings
        self._work = work
        self._out = out
        self._stop = stop
        self._digests: dict[str, str] = {}

    def run(self) -> None:
        """Runs all stages. Raises Stopped when it is asked to."""
        s = self._settings
        corpus = sorted(str(path.relative_to(_SOURCES)) for path in _SOURCES.glob("corpus/*.py"))
        settings: tuple[object, ...] = (s.seed, s.n_pictures, s.vision.side)
        self._stage("pictures", self._pictures, settings, _PICTURES, [])
        settings = (s.seed, s.n_texts, s.text.vocabulary)
        sources = ["tokenizer.py", "samples.py", *corpus]
        self._stage("tokenizer", self._tokenizer, settings, sources, ["pictures"])
        settings = (s.seed, s.n_samples, s.n_pairs, s.vision.patches, s.text.context)
        self._stage("samples", self._samples, settings, [], ["pictures", "tokenizer"])
        settings = (s.seed, s.vision, s.text.width, s.seen_pictures, s.batch_pictures)
        sources = ["pretraining.py", *_TRAINING]
        self._stage("seeing", self._seeing, settings, sources, ["pictures"])
        settings = (s.seed, s.text, s.joint_tokens, s.batch_tokens, _JOINT)
        sources = ["joint.py", "batches.py", *_TRAINING]
        self._stage("joint", self._joint, settings, sources, ["samples", "seeing"])
        settings = (s.seed, s.n_exercises, s.vision.patches, s.text.context)
        sources = ["practice.py"]
        self._stage("exercises", self._exercises, settings, sources, ["pictures", "tokenizer"])
        settings = (s.seed, s.practice_tokens, s.batch_tokens, _PRACTICE)
        sources = ["joint.py", "batches.py", *_TRAINING]
        self._stage("practice", self._practice, settings, sources, ["joint", "exercises"])
        settings = (s.seed, s.n_pirate_samples, s.pirate_tokens, s.batch_tokens)
        self._stage("pirate", self._pirate, settings, ["pirate.py", "batches.py"], ["practice"])
        self._export()

    def _stage(
        self,
        name: str,
        make: Callable[[Path], None],
        settings: tuple[object, ...],
        sources: list[str],
        after: list[str],
    ) -> None:
        """Makes the result of a stage in its folder, unless it is there."""
        self._stop.check()
        digest = _digest([name, repr(settings), [self._digests[n] for n in after]], sources)
        self._digests[name] = digest
        folder = self._work / name
        _begin(folder, digest)
        if (folder / _DONE).exists():
            print(f"{name}  is there already", flush=True)
            return
        make(folder)
        (folder / _DONE).touch()
        (folder / _CHECKPOINT).unlink(missing_ok=True)

    def _pictures(self, folder: Path) -> None:
        s = self._settings
        with Progress("pictures"):
            pictures, scenes = make_pictures(s.seed, s.n_pictures, s.vision.side)
            np.save(folder / "pictures.npy", pictures)
            (folder / "scenes.pickle").write_bytes(pickle.dumps(scenes))

    def _tokenizer(self, folder: Path) -> None:
        s = self._settings
        with Progress("tokenizer"):
            learned = texts(mixture(), self._scenes(), s.seed, s.n_texts)
            Tokenizer.train(learned, s.text.vocabulary).save(folder / "tokenizer.json")

    def _samples(self, folder: Path) -> None:
        s = self._settings
        self._make("samples", mixture(), s.n_samples, s.seed, folder)
        make_paraphrases(self._load_tokenizer(), s.seed, s.n_pairs).save(folder)

    def _exercises(self, folder: Path) -> None:
        s = self._settings
        # Another seed: what is like in the mixture must not be the same conversations again.
        self._make("exercises", practice_parts(), s.n_exercises, s.seed + 1, folder)

    def _make(self, name: str, parts: list[Part], count: int, seed: int, folder: Path) -> None:
        """Makes conversations of a mixture, as tokens."""
        s, tokenizer = self._settings, self._load_tokenizer()
        teach_pieces(tokenizer)
        maker = Maker(parts, self._scenes(), tokenizer, s.vision.patches, s.text.context, seed)
        shards: list[Samples] = []
        with Progress(name, "conversations", count) as progress:
            for shard in make_samples(maker, count):
                shards.append(shard)
                progress.show(sum(len(shard.kinds) for shard in shards))
                self._stop.check()
            merged(shards).save(folder)
            save_kinds(parts, folder)

    def _seeing(self, folder: Path) -> None:
        s = self._settings
        torch.manual_seed(s.seed)
        vision = VisionNet(s.vision, s.text.width)
        task = Pretraining(
            vision,
            self._load_pictures(),
            self._scenes(),
            s.seed,
            s.seen_pictures,
            s.batch_pictures,
        )
        train(task, folder / _CHECKPOINT, self._stop)
        save(folder / "vision.pt", vision.state_dict())
        seen = ", ".join(f"{name} {part:.1%}" for name, part in task.check().items())
        print(f"seen in pictures that it never learned from: {seen}", flush=True)

    def _joint(self, folder: Path) -> None:
        s = self._settings
        torch.manual_seed(s.seed)
        text, vision = TextNet(s.text), VisionNet(s.vision, s.text.width)
        vision.load_state_dict(torch.load(self._work / "seeing/vision.pt"))
        self._learn(text, vision, _JOINT, s.joint_tokens, folder)

    def _practice(self, folder: Path) -> None:
        text, vision = self._load_nets(self._work / "joint")
        self._learn(text, vision, _PRACTICE, self._settings.practice_tokens, folder)

    def _learn(
        self, text: TextNet, vision: VisionNet, course: _Course, total: int, folder: Path
    ) -> None:
        s, samples = self._settings, self._work / course.samples
        task = Joint(
            text,
            vision,
            Samples.load(samples),
            Paraphrases.load(self._work / "samples"),
            kinds_of(samples),
            self._load_pictures(),
            s.seed,
            total,
            s.batch_tokens,
            course.schedule,
            course.vision_speed,
        )
        train(task, folder / _CHECKPOINT, self._stop)
        save(folder / "text.pt", text.state_dict())
        save(folder / "vision.pt", vision.state_dict())

    def _pirate(self, folder: Path) -> None:
        s, tokenizer = self._settings, self._load_tokenizer()
        maker = Maker([pirate_part()], [], tokenizer, s.vision.patches, s.text.context, s.seed)
        samples = merged(make_samples(maker, s.n_pirate_samples))
        torch.manual_seed(s.seed)
        text = TextNet(s.text)
        text.load_state_dict(torch.load(self._work / "practice/text.pt"))
        task = Pirate(text, samples, s.seed, s.pirate_tokens, s.batch_tokens)
        train(task, folder / _CHECKPOINT, self._stop)
        save(folder / "factors.pt", task.factors())

    def _export(self) -> None:
        s = self._settings
        text, vision = self._load_nets(self._work / "practice")
        template = (_SOURCES / "template.jinja").read_text(encoding="utf-8")
        tokenizer = self._load_tokenizer()
        self._out.mkdir(parents=True, exist_ok=True)
        _write(
            self._out / "tiny-text.gguf",
            lambda path: export_text(s.text, text.weights(), tokenizer, template, path),
        )
        _write(
            self._out / "tiny-mmproj.gguf",
            lambda path: export_projector(s.vision, vision.weights(), path),
        )
        factors = torch.load(self._work / "pirate/factors.pt")
        _write(self._out / "tiny-pirate.gguf", lambda path: export_adapter(factors, RANK, path))

    def _load_nets(self, trained: Path) -> tuple[TextNet, VisionNet]:
        s = self._settings
        text, vision = TextNet(s.text), VisionNet(s.vision, s.text.width)
        text.load_state_dict(torch.load(trained / "text.pt"))
        vision.load_state_dict(torch.load(trained / "vision.pt"))
        return text, vision

    def _scenes(self) -> list[Scene]:
        return pickle.loads((self._work / "pictures/scenes.pickle").read_bytes())

    def _load_pictures(self) -> np.ndarray:
        # Not read into memory: more than a gigabyte, of which each step wants a few pictures.
        return np.load(self._work / "pictures/pictures.npy", mmap_mode="r")

    def _load_tokenizer(self) -> Tokenizer:
        return Tokenizer.load(self._work / "tokenizer/tokenizer.json")


def _digest(inputs: list[Any], sources: list[str]) -> str:
    """A number for all inputs. Comments and layout of the sources do not count."""
    texts = [(_SOURCES / name).read_text(encoding="utf-8") for name in sources]
    trees = [ast.dump(ast.parse(text)) for text in texts]
    return hashlib.sha256(json.dumps([inputs, sources, trees]).encode()).hexdigest()


def _begin(folder: Path, digest: str) -> None:
    """Makes an empty folder for inputs, unless there is one already, with or without a result."""
    inputs = folder / _INPUTS
    if inputs.exists() and inputs.read_text() == digest:
        return
    if folder.exists():
        if not inputs.exists() and any(folder.iterdir()):
            raise SystemExit(f"{folder} is in the way: it is no result of a stage")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    inputs.write_text(digest)


def _write(path: Path, export: Callable[[Path], None]) -> None:
    """Writes a file whole or not at all."""
    partial = path.with_suffix(".part")
    export(partial)
    os.replace(partial, path)
    print(f"{path}  {path.stat().st_size / 1e6:.2f} MB", flush=True)
