"""The source pane of a turn or a document, from what the library has of it now.

A document may be removed or read again meanwhile, or the whole library deleted elsewhere: then the
pane says so. How it looks is `ui.source_pane`'s.
"""

import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from rag.conversations.sources import quotes_stand
from rag.datatypes import Citation
from rag.documents.formats.page_picture import page_picture
from rag.documents.structure import regions_of
from rag.errors import RagError
from ui.escape import escape_visibly
from ui.render import Turn
from ui.source_pane import (
    SourceText,
    SourceView,
    render_lost_source,
    render_picture,
    render_source_pane,
)

if TYPE_CHECKING:
    from rag.answering.pipeline import Pipeline

_IDENTIFIER = re.compile(r"\d{1,15}", re.ASCII)
_MOST_NAMES = 200
"""Documents to choose from in the pane: it goes with every answer. All are under Documents."""
_PIXELS = 900_000
_AROUND = 0.06
"""Of the page's height, shown above and below a place in its picture."""


def held_document(pipeline: "Pipeline", wanted: str) -> int | None:
    """Return the id of a document from the text that the page sent; None if there is none."""
    if not _IDENTIFIER.fullmatch(wanted):
        return None
    return next(iter(pipeline.library.document_names([int(wanted)])), None)


def turn_pane(pipeline: "Pipeline", turn: Turn, view: SourceView) -> str:
    """Return the pane for a turn: its places, or its quotes where these do not stand there."""
    answer = turn.answer
    if answer is None or not pipeline.library.document_names([view.document_id]):
        return render_lost_source(turn, view.document_id)
    kind = "near" if answer.status == "refused" else "cited"
    try:
        with pipeline.library.snapshot():
            source = _source(pipeline, view.document_id)
            if not quotes_stand(answer, view.document_id, source.text):
                return render_lost_source(turn, view.document_id, is_held=True)
            if view.pictured and view.pictured <= len(answer.citations):
                picture = _picture(pipeline, answer.citations[view.pictured - 1], source)
                source = replace(source, picture=picture)
            cited = {place.document_id for place in answer.citations or answer.nearest}
            names, others = _names_to_choose(pipeline, {*cited, view.document_id})
            return render_source_pane(names, source, view, kind=kind, others=others)
    except RagError as error:
        return render_problem(error)


def document_pane(pipeline: "Pipeline", view: SourceView) -> str:
    """Return the pane for a document that is only looked at."""
    try:
        with pipeline.library.snapshot():
            source = _source(pipeline, view.document_id)
            names, others = _names_to_choose(pipeline, {view.document_id})
            return render_source_pane(names, source, view, others=others)
    except RagError as error:
        return render_problem(error)


def _names_to_choose(pipeline: "Pipeline", wanted: set[int]) -> tuple[dict[int, str], int]:
    """Return id to name of the documents to choose from, `wanted` among them, and how many more."""
    library = pipeline.library
    names = library.first_names(_MOST_NAMES)
    names |= library.document_names(wanted - names.keys())
    return names, library.document_count() - len(names)


def _source(pipeline: "Pipeline", document_id: int) -> SourceText:
    """Return a document as it is now; to be used inside the snapshot that it is read in."""
    library = pipeline.library
    blocks = library.blocks(document_id)
    return SourceText(
        text=library.text(document_id),
        between=blocks.between,
        headings=blocks.headings(),
        warnings=library.warnings(document_id),
        regions=library.regions(document_id),
    )


def _picture(pipeline: "Pipeline", citation: Citation, source: SourceText) -> str:
    """Return the picture of a cited place, or a line on why there is none."""
    regions = regions_of(source.regions, citation.start, citation.end)
    listed = pipeline.library.documents(ids=[citation.document_id])
    if not regions or not listed:
        return ""
    document = listed[0]
    try:
        data = Path(document.source).read_bytes()
        if sha256(data).hexdigest() != document.sha256:
            raise ValueError("the file has changed since it was read: read it again")
        page = regions[0].page
        png = page_picture(data, page, regions, max_pixels=_PIXELS, around=_AROUND)
    except (OSError, ValueError) as error:
        line = error.strerror if isinstance(error, OSError) else str(error)
        return f'<p class="elision" role="note">No picture: {escape_visibly(line or "lost")}</p>'
    return render_picture(png, document.name, page)


def render_problem(error: RagError) -> str:
    """Return what stands in place of what cannot be shown."""
    return f'<p class="elision">{escape_visibly(str(error))}</p>'
