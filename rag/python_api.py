"""Footnote from Python: open documents, ask them, close them.

    from rag import open_documents

    with open_documents("~/notes") as documents:
        answer = documents.ask("Who mends the roof?").text

Nothing leaves the machine, as with the command: models are read from this disk only.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rag.datatypes import Answer
from rag.errors import SettingsError
from rag.offline import set_offline
from rag.settings import load_settings

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline


_LOG = logging.getLogger("footnote")


class Documents:
    """Documents that answer questions, until they are closed: a `with` block does that.

    Threads may share them; questions that wait are read together. `open_documents` makes them.
    """

    def __init__(self, pipeline: "Pipeline") -> None:
        self._pipeline = pipeline

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Answer:
        """Return the answer, which is a refusal where the documents do not say.

        `history` are the earlier questions of a conversation, oldest first. Of the answer, `text`
        is what a person reads; `status` is "quoted" or "refused"; `confidence`, in [0, 1], is how
        likely it is right. Each of `citations` has `quote`, `document` (its name), `page` (from 1,
        None where there are none), and `start` and `end`, code points in the document's text, in
        which `text[start:end] == quote`. Raises `RagError` for an empty or overlong question.
        """
        return self._pipeline.ask(question, history=history)

    @property
    def names(self) -> list[str]:
        """The names of all documents, as `Citation.document` has them."""
        return [document.name for document in self._pipeline.library.documents()]

    def close(self) -> None:
        """Close the library; nothing can be asked any more."""
        self._pipeline.library.close()

    def __enter__(self) -> "Documents":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_documents(
    *paths: str | Path,
    library: str | None = None,
    min_confidence: float | None = None,
    say: Callable[[str], None] = _LOG.warning,
    **settings: Any,
) -> Documents:
    """Read files and folders, or what changed of them since the last time, and return them.

    `library` names one that `footnote index --library NAME` has made, instead of paths. Below
    `min_confidence`, 0 to 1, answers are refused. `settings` are fields of `rag.settings.Settings`.
    `say` gets a line for each file that is skipped, and where models have to be made ready, which
    happens once. Raises `RagError` with one line: what is wrong, what was expected, what to do.
    """
    if bool(paths) == (library is not None):
        raise SettingsError("expected paths of files and folders, or library=NAME, and not both")
    set_offline()
    from rag.assemble import open_pipeline

    if min_confidence is not None:
        settings["min_confidence"] = min_confidence  # checked like any other setting
    pipeline = open_pipeline(
        load_settings(**settings),
        docs=[Path(path) for path in paths] or None,
        name=library,
        say=say,
        min_confidence=min_confidence,
    )
    return Documents(pipeline)
