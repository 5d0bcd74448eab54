"""How far a stage is, for people to watch; and how to end it before it is done."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from types import FrameType, TracebackType

_SECONDS_ON_TERMINAL = 0.2
_SECONDS_ELSEWHERE = 30.0
_KEPT = 0.95
"""Of a shown loss, when a step adds its own."""


class Stopped(Exception):
    """The training ends before it is done; what is done is saved."""


class Stop:
    """Whether to save and end: after Ctrl-C, after SIGTERM, or after some minutes."""

    def __init__(self, after_minutes: float | None = None) -> None:
        self._asked = False
        self._end = None if after_minutes is None else time.monotonic() + 60 * after_minutes

    def listen(self) -> None:
        """From now on, Ctrl-C and SIGTERM ask to end. The second one ends at once."""
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGTERM, self._ask)
        os.register_at_fork(after_in_child=_leave_it_to_the_parent)

    @property
    def is_asked(self) -> bool:
        """Whether to end now."""
        return self._asked or (self._end is not None and time.monotonic() > self._end)

    def check(self) -> None:
        """Raises Stopped if it is asked for."""
        if self.is_asked:
            raise Stopped

    def _ask(self, number: int, _: FrameType | None) -> None:
        self._asked = True
        signal.signal(number, signal.SIG_DFL)


def _leave_it_to_the_parent() -> None:
    # A terminal sends Ctrl-C to all processes; a pool ends its own ones by SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


class Progress:
    """Shows a stage: on a terminal in a line that is rewritten, else in a new one now and then."""

    def __init__(self, stage: str, unit: str = "", total: int = 0, done: int = 0) -> None:
        self._stage = stage
        self._unit = unit
        self._total = total
        self._first = self._done = done
        self._losses: dict[str, float] = {}
        self._is_terminal = sys.stdout.isatty()
        self._begin = self._shown = time.monotonic()

    def __enter__(self) -> Progress:
        self._write(f"{self._stage} ...", is_last=not self._is_terminal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        how = "done" if kind is None else "stopped"
        seconds = time.monotonic() - self._begin
        texts = [f"{self._stage}  {how} after {_duration(seconds)}", self._speed(), self._average()]
        self._write("  ".join(text for text in texts if text), is_last=True)

    def show(self, done: int, losses: Mapping[str, float] | None = None) -> None:
        """Notes how much of the total is done, and what the losses of the newest step were."""
        self._done = done
        for name, loss in (losses or {}).items():
            self._losses[name] = _KEPT * self._losses.get(name, loss) + (1 - _KEPT) * loss
        now = time.monotonic()
        if now - self._shown < (_SECONDS_ON_TERMINAL if self._is_terminal else _SECONDS_ELSEWHERE):
            return
        self._shown = now
        part = f"{self._stage}  {done / self._total:4.0%}"
        texts = [part, self._speed(), self._left(now), self._average()]
        self._write("  ".join(text for text in texts if text), is_last=not self._is_terminal)

    def _speed(self) -> str:
        seconds = time.monotonic() - self._begin
        n = self._done - self._first
        return f"{n / seconds:,.0f} {self._unit}/s" if n > 0 and seconds > 0 else ""

    def _left(self, now: float) -> str:
        n = self._done - self._first
        seconds = (now - self._begin) * (self._total - self._done) / n if n > 0 else 0
        return f"{_duration(max(0, seconds))} left"

    def _average(self) -> str:
        losses = ", ".join(f"{name} {loss:.3f}" for name, loss in self._losses.items())
        return f"loss: {losses}" if losses else ""

    def _write(self, text: str, is_last: bool) -> None:
        if self._is_terminal:
            columns = shutil.get_terminal_size().columns
            text = f"\r{text if is_last else text[: columns - 1]}\x1b[K"
        print(text, end="\n" if is_last else "", flush=True)


def _duration(seconds: float) -> str:
    """Hours and minutes, or minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02} h"
