"""The remark under an answer that files of its library are not what was read of them.

Knows turns and libraries; what changed on the disk is `rag.library.on_disk`'s to find.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.library.on_disk import MOST_FILES, file_changes
from ui.render import Turn

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline


def with_file_changes(turn: Turn, pipeline: "Pipeline") -> Turn:
    """Return the turn, remarking if files of the library are not what was read of them."""
    if turn.answer is None:
        return turn
    cited = {place.document_id for place in turn.answer.citations or turn.answer.nearest}
    try:
        line = file_changes(pipeline.library.known_files(MOST_FILES, cited), cited).line
    except RagError:
        return turn
    if not line:
        return turn
    line += ": press “Read again what changed” under Documents."
    return replace(turn, remark=f"{turn.remark} {line}".strip())
