"""An embedder whose process is killed at a random moment, for workers of a cluster."""

import os
import random
import signal
from contextlib import suppress
from pathlib import Path
from threading import Timer

from fake_embedder import FakeEmbedder


class KilledEmbedder(FakeEmbedder):
    """Dies within seconds, until `times` processes did: each writes a line into `marks` first."""

    def __init__(self, marks, times):
        super().__init__(seconds=0.01)
        if killed(marks) < times:
            Timer(random.uniform(0.02, 1.5), self._die, [marks, times]).start()

    def _die(self, marks, times):
        if killed(marks) < times:
            with open(marks, "a", encoding="utf-8") as file:
                file.write(f"{os.getpid()}\n")
            os.kill(os.getpid(), signal.SIGKILL)


class LoadKilled:
    """Loads it in a worker."""

    def __init__(self, marks, times):
        self.marks, self.times = marks, times

    def __call__(self, settings):
        return KilledEmbedder(self.marks, self.times), "fake@1"


def killed(marks):
    """Return how many were."""
    with suppress(FileNotFoundError):
        return len(Path(marks).read_text(encoding="utf-8").splitlines())
    return 0
