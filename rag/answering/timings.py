"""Where the time of one question goes."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

_STAGES = ("retrieve", "read", "generate", "verify")


@dataclass(slots=True)
class Clock:
    """Seconds spent in each stage of one question."""

    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_STAGES, 0.0))

    @classmethod
    def after(cls, shared: Mapping[str, float], count: int) -> "Clock":
        """Return a clock with its part of the seconds that `count` questions shared, no `first`."""
        clock = cls(started=time.perf_counter() - shared["total"] / count)
        clock.seconds.update({stage: shared[stage] / count for stage in _STAGES}, first=math.nan)
        return clock

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the seconds of the block to those of the stage `name`."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - begin

    def add(self, other: "Clock") -> None:
        """Add the seconds that `other` has of the stages."""
        for stage in _STAGES:
            self.seconds[stage] += other.seconds[stage]

    def read(self) -> Mapping[str, float]:
        """Return a copy, with `first` set by the first reading and `total` by each."""
        now = time.perf_counter() - self.started
        self.seconds.setdefault("first", now)
        return {**self.seconds, "total": now}
