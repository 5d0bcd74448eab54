"""The stages from nothing to GGUF files. Each keeps its result in a folder of its name."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .courses import JOINT, LATE, MEAN, NEW, PRACTICE, Course, Late
from .export import (
    export_adapter,
    export_projector,
    export_text,
    import_projector,
    import_text,
)
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
    texts,
)
from .settings import Settings
from .tokenizer import Tokenizer
from .trainer import save, train

_SOURCES = Path(__file__).parent
_PICTURES = ["pictures.py", "strokes.py", "corpus/turns.py", "corpus/words.py"]
_TRAINING = ["nets.py", "optimizer.py", "trainer.py"]
_COURSE = ["joint.py", "batches.py", *_TRAINING]
_INPUTS = "inputs"
"""File that says what a stage's result is made from; written first, when the folder is empty."""
_DONE = "done"
"""File that says that a stage's result is whole; written last."""
_CHECKPOINT = "checkpoint.pt"
"""File to go on with a training from; there until it is done."""
_TEXT = "tiny-text.gguf"
_PROJECTOR = "tiny-mmproj.gguf"

Nets = tuple[TextNet, VisionNet]


class Stages:
    """All stages of one training. One that is there already, of the same inputs, is skipped."""

    def __init__(
        self, settings: Settings, work: Path, out: Path, stop: Stop, trained: Path | None
    ) -> None:
        """trained: folder with both files of what is to be drilled; None: all begins here."""
        self._settings = settings
        self._work = work
        self._out = out
        self._stop = stop
        self._trained = trained
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
        self._stage("pairs", self._pairs, (s.seed, s.n_pairs), [], ["tokenizer"])
        self._drill(self._trained or self._train())
        settings = (s.seed, s.n_pirate_samples, s.pirate_tokens, s.batch_tokens)
        self._stage("pirate", self._pirate, settings, ["pirate.py", "batches.py"], ["mean"])
        self._export()

    def _train(self) -> Path:
        """Runs what makes both nets from nothing. Returns: the folder with their files."""
        s = self._settings
        settings: tuple[object, ...] = (s.seed, s.n_samples, s.vision.patches, s.text.context)
        self._stage("samples", self._samples, settings, [], ["pictures", "tokenizer"])
        settings = (s.seed, s.vision, s.text.width, s.seen_pictures, s.batch_pictures)
        sources = ["pretraining.py", *_TRAINING]
        self._stage("seeing", self._seeing, settings, sources, ["pictures"])
        settings = (s.seed, s.text, s.joint_tokens, s.batch_tokens, JOINT)
        self._stage("joint", self._joint, settings, _COURSE, ["samples", "pairs", "seeing"])
        settings = (s.seed, s.n_exercises, s.vision.patches, s.text.context)
        after = ["pictures", "tokenizer"]
        self._stage("exercises", self._exercises, settings, ["practice.py"], after)
        settings = (s.seed, s.practice_tokens, s.batch_tokens, PRACTICE)
        self._stage("practice", self._practice, settings, _COURSE, ["joint", "exercises"])
        self._stage("practised", self._practised, (), ["export.py", "gguf_file.py"], ["practice"])
        return self._work / "practised"

    def _drill(self, trained: Path) -> None:
        """Runs the last courses, which begin with files rather than with a training's state: so
        they can go on with those of somebody else's."""
        s = self._settings
        self._digests["trained"] = _digest_of_files([trained / _TEXT, trained / _PROJECTOR])
        settings: tuple[object, ...] = (s.seed, s.n_new_pictures, s.vision.side)
        self._stage(NEW, self._new_pictures, settings, _PICTURES, [])
        before = "trained"
        for late in LATE:
            self._late(late, before, trained)
            before = late.name
        self._stage("mean", self._mean, (MEAN,), [], [*MEAN])

    def _late(self, late: Late, before: str, trained: Path) -> None:
        """Runs a late course. before: the stage whose nets it goes on with, or "trained"."""
        s, name, samples = self._settings, late.name, late.course.samples
        settings: tuple[object, ...] = (s.seed, late.number, late.every_piece)
        settings += (s.drilled[name].samples, s.vision.patches, s.text.context)
        sources = ["drill.py", "practice.py"]
        self._stage(samples, partial(self._lessons, late), settings, sources, [NEW, "tokenizer"])
        settings = (s.seed, s.drilled[name].tokens, s.batch_tokens, late.course)
        begin = trained if before == "trained" else self._work / before
        make, sources = partial(self._lesson, late, begin), [*_COURSE, "gguf_reader.py"]
        self._stage(name, make, settings, sources, [before, samples, "pairs"])

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
        self._draw("pictures", self._settings.seed, self._settings.n_pictures, folder)

    def _new_pictures(self, folder: Path) -> None:
        self._draw(NEW, self._settings.seed + 2, self._settings.n_new_pictures, folder)

    def _draw(self, name: str, seed: int, count: int, folder: Path) -> None:
        with Progress(name):
            pictures, scenes = make_pictures(seed, count, self._settings.vision.side)
            np.save(folder / "pictures.npy", pictures)
            (folder / "scenes.pickle").write_bytes(pickle.dumps(scenes))

    def _tokenizer(self, folder: Path) -> None:
        s = self._settings
        with Progress("tokenizer"):
            learned = texts(mixture(), self._scenes("pictures"), s.seed, s.n_texts)
            Tokenizer.train(learned, s.text.vocabulary).save(folder / "tokenizer.json")

    def _pairs(self, folder: Path) -> None:
        make_paraphrases(self._load_tokenizer(), self._settings.seed, self._settings.n_pairs).save(
            folder
        )

    def _samples(self, folder: Path) -> None:
        self._make("samples", mixture(), self._settings.n_samples, 0, "pictures", folder)

    def _exercises(self, folder: Path) -> None:
        count = self._settings.n_exercises
        self._make("exercises", practice_parts(), count, 1, "pictures", folder)

    def _lessons(self, late: Late, folder: Path) -> None:
        count, samples = self._settings.drilled[late.name].samples, late.course.samples
        self._make(samples, late.parts(), count, late.number, NEW, folder, late.every_piece)

    def _make(
        self,
        name: str,
        parts: list[Part],
        count: int,
        number: int,
        pictures: str,
        folder: Path,
        every_piece: bool = False,
    ) -> None:
        """Makes conversations of a mixture, as tokens. number: of the seed; pictures: stage."""
        s, tokenizer = self._settings, self._load_tokenizer()
        scenes, patches, seed = self._scenes(pictures), s.vision.patches, s.seed + number
        maker = Maker(parts, scenes, tokenizer, patches, s.text.context, seed, every_piece)
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
            self._load_pictures("pictures"),
            self._scenes("pictures"),
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
        self._learn(text, vision, JOINT, s.joint_tokens, folder)

    def _practice(self, folder: Path) -> None:
        text, vision = self._load_nets(self._work / "joint")
        self._learn(text, vision, PRACTICE, self._settings.practice_tokens, folder)

    def _practised(self, folder: Path) -> None:
        self._export_nets(self._work / "practice", folder)

    def _lesson(self, late: Late, begin: Path, folder: Path) -> None:
        is_exported = (begin / _TEXT).exists()
        text, vision = self._import_nets(begin) if is_exported else self._load_nets(begin)
        self._learn(text, vision, late.course, self._settings.drilled[late.name].tokens, folder)

    def _learn(
        self, text: TextNet, vision: VisionNet, course: Course, total: int, folder: Path
    ) -> None:
        s, samples = self._settings, self._work / course.samples
        task = Joint(
            text,
            vision,
            Samples.load(samples),
            Paraphrases.load(self._work / "pairs"),
            kinds_of(samples),
            self._load_pictures(course.pictures),
            s.seed,
            total,
            s.batch_tokens,
            course.schedule,
            course.vision_speed,
        )
        train(task, folder / _CHECKPOINT, self._stop)
        save(folder / "text.pt", text.state_dict())
        save(folder / "vision.pt", vision.state_dict())

    def _mean(self, folder: Path) -> None:
        for name in ("text.pt", "vision.pt"):
            nets = [(torch.load(self._work / of / name), part) for of, part in MEAN.items()]
            mean = {key: sum(part * net[key] for net, part in nets) for key in nets[0][0]}
            save(folder / name, mean)

    def _pirate(self, folder: Path) -> None:
        s, tokenizer = self._settings, self._load_tokenizer()
        maker = Maker([pirate_part()], [], tokenizer, s.vision.patches, s.text.context, s.seed)
        samples = merged(make_samples(maker, s.n_pirate_samples))
        torch.manual_seed(s.seed)
        text = TextNet(s.text)
        text.load_state_dict(torch.load(self._work / "mean/text.pt"))
        task = Pirate(text, samples, s.seed, s.pirate_tokens, s.batch_tokens)
        train(task, folder / _CHECKPOINT, self._stop)
        save(folder / "factors.pt", task.factors())

    def _export(self) -> None:
        self._out.mkdir(parents=True, exist_ok=True)
        self._export_nets(self._work / "mean", self._out)
        factors = torch.load(self._work / "pirate/factors.pt")
        _write(self._out / "tiny-pirate.gguf", lambda path: export_adapter(factors, RANK, path))

    def _export_nets(self, trained: Path, out: Path) -> None:
        s, tokenizer = self._settings, self._load_tokenizer()
        text, vision = self._load_nets(trained)
        template = (_SOURCES / "template.jinja").read_text(encoding="utf-8")
        _write(
            out / _TEXT,
            lambda path: export_text(s.text, text.weights(), tokenizer, template, path),
        )
        weights = vision.weights()
        _write(out / _PROJECTOR, lambda path: export_projector(s.vision, weights, path))

    def _import_nets(self, trained: Path) -> Nets:
        s = self._settings
        text, vision = TextNet(s.text), VisionNet(s.vision, s.text.width)
        text.load(import_text(s.text, self._load_tokenizer(), trained / _TEXT))
        vision.load(import_projector(s.vision, s.text.width, trained / _PROJECTOR))
        return text, vision

    def _load_nets(self, trained: Path) -> Nets:
        s = self._settings
        text, vision = TextNet(s.text), VisionNet(s.vision, s.text.width)
        text.load_state_dict(torch.load(trained / "text.pt"))
        vision.load_state_dict(torch.load(trained / "vision.pt"))
        return text, vision

    def _scenes(self, stage: str) -> list[Scene]:
        return pickle.loads((self._work / stage / "scenes.pickle").read_bytes())

    def _load_pictures(self, stage: str) -> np.ndarray:
        # Not read into memory: more than a gigabyte, of which each step wants a few pictures.
        return np.load(self._work / stage / "pictures.npy", mmap_mode="r")

    def _load_tokenizer(self) -> Tokenizer:
        return Tokenizer.load(self._work / "tokenizer/tokenizer.json")


def _digest(inputs: list[Any], sources: list[str]) -> str:
    """A number for all inputs. Comments and layout of the sources do not count."""
    texts = [(_SOURCES / name).read_text(encoding="utf-8") for name in sources]
    trees = [ast.dump(ast.parse(text)) for text in texts]
    return hashlib.sha256(json.dumps([inputs, sources, trees]).encode()).hexdigest()


def _digest_of_files(paths: list[Path]) -> str:
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise SystemExit(f"there is no {' and no '.join(missing)}")
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


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
