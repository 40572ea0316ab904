"""What a person chose in the Settings view: it holds for all sessions until the server ends.

Knows how generators are named and loaded, not how the choice is shown.
"""

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rag.assemble import load_generator
from rag.datatypes import Generator
from rag.errors import SettingsError
from rag.models.inventory import installed_generators
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline

QUOTES_ONLY = "none"
MOST_PASSAGES = 50


class Choices:
    """The generator and the number of passages to read; until something is chosen, nothing changes.

    The pipelines take a choice over before their next question; all use the one generator.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._generator: Generator | None = None
        self._generator_chosen = False
        self._lock = Lock()
        self._version = 0
        self._applied: WeakKeyDictionary[Pipeline, int] = WeakKeyDictionary()

    def choose(self, generator: str, passages_to_read: float | None) -> None:
        """Take a generator (an installed name, a folder, or `none`) and a number of passages.

        A model in a folder is loaded now, so that one that cannot be used is known. Raises
        `SettingsError` or `ModelNotFound`, and leaves everything as it was.
        """
        name = generator.strip()
        if not name:
            raise SettingsError("no folder is given: type the path of a folder with a model")
        if passages_to_read is None:
            raise SettingsError(f"no number of passages is given: expected 1 to {MOST_PASSAGES}")
        if not 1 <= passages_to_read <= MOST_PASSAGES or passages_to_read % 1:
            raise SettingsError(
                f"{passages_to_read:g} passages cannot be read: expected 1 to {MOST_PASSAGES}"
            )
        with self._lock:
            settings = replace(
                self.settings, generator=name, passages_to_read=int(passages_to_read)
            )
            if name != self.settings.generator:
                loaded = load_generator(settings, _say_nothing)
                if loaded is not None and name not in installed_generators():
                    loaded.load()
                self._generator, self._generator_chosen = loaded, True
            self.settings = settings
            self._version += 1

    def apply(self, pipeline: "Pipeline") -> None:
        """Give the pipeline what was chosen since it was last asked."""
        with self._lock:
            if self._applied.get(pipeline, 0) == self._version:
                return
            self._applied[pipeline] = self._version
            if self._generator_chosen:
                name = QUOTES_ONLY if self._generator is None else self._generator.name
                pipeline.use_generator(self._generator, name)
            pipeline.read_passages(self.settings.passages_to_read)


def _say_nothing(line: str) -> None:
    """Take a line of progress that has nowhere to go."""
