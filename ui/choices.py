"""What a person chose in the Settings view: it holds for all sessions until the server ends.

Knows what a pipeline can be told, not how the choice is shown.
"""

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rag.errors import SettingsError
from rag.settings import Settings

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline

MOST_PASSAGES = 50


class Choices:
    """The number of passages to read; until something is chosen, nothing changes.

    The pipelines take a choice over before their next question.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = Lock()
        self._version = 0
        self._applied: WeakKeyDictionary[Pipeline, int] = WeakKeyDictionary()

    def choose(self, passages_to_read: float | None) -> None:
        """Take a number of passages. Raises `SettingsError`, and leaves everything as it was."""
        if passages_to_read is None:
            raise SettingsError(f"no number of passages is given: expected 1 to {MOST_PASSAGES}")
        if not 1 <= passages_to_read <= MOST_PASSAGES or passages_to_read % 1:
            raise SettingsError(
                f"{passages_to_read:g} passages cannot be read: expected 1 to {MOST_PASSAGES}"
            )
        with self._lock:
            self.settings = replace(self.settings, passages_to_read=int(passages_to_read))
            self._version += 1

    def apply(self, pipeline: "Pipeline") -> None:
        """Give the pipeline what was chosen since it was last asked."""
        with self._lock:
            if self._applied.get(pipeline, 0) == self._version:
                return
            self._applied[pipeline] = self._version
            pipeline.read_passages(self.settings.passages_to_read)
