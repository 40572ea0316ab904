"""The source pane of a turn or a document, from what the library has of it now.

A document may be removed or read again meanwhile, or the whole library deleted elsewhere: then the
pane says so. How it looks is `ui.source_pane`'s.
"""

from typing import TYPE_CHECKING

from rag.conversations.sources import quotes_stand
from rag.errors import RagError
from ui.escape import escape_visibly
from ui.render import Turn
from ui.source_pane import SourceText, SourceView, render_lost_source, render_source_pane

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline


def document_names(pipeline: "Pipeline") -> dict[int, str]:
    """Return the documents of the pipeline's library, id to name."""
    return {document.id: document.name for document in pipeline.library.documents()}


def turn_pane(pipeline: "Pipeline", turn: Turn, view: SourceView) -> str:
    """Return the pane for a turn: its places, or its quotes where these do not stand there."""
    answer, names = turn.answer, document_names(pipeline)
    if answer is None or view.document_id not in names:
        return render_lost_source(turn, view.document_id)
    kind = "near" if answer.status == "refused" else "cited"
    try:
        with pipeline.library.snapshot():
            source = _source(pipeline, view.document_id)
            if not quotes_stand(answer, view.document_id, source.text):
                return render_lost_source(turn, view.document_id, is_held=True)
            return render_source_pane(names, source, view, kind=kind)
    except RagError as error:
        return _problem(error)


def document_pane(pipeline: "Pipeline", view: SourceView) -> str:
    """Return the pane for a document that is only looked at."""
    try:
        with pipeline.library.snapshot():
            source = _source(pipeline, view.document_id)
            return render_source_pane(document_names(pipeline), source, view)
    except RagError as error:
        return _problem(error)


def _source(pipeline: "Pipeline", document_id: int) -> SourceText:
    """Return a document as it is now; to be used inside the snapshot that it is read in."""
    library = pipeline.library
    blocks = library.blocks(document_id)
    return SourceText(
        text=library.text(document_id),
        between=blocks.between,
        headings=blocks.headings(),
        warnings=library.warnings(document_id),
    )


def _problem(error: RagError) -> str:
    return f'<p class="elision">{escape_visibly(str(error))}</p>'
