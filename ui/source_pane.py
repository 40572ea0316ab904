"""The source pane as HTML: the choice of document, and the document with what a turn cites of it.

Pure functions from values to escaped HTML. Knows neither Gradio nor libraries.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.datatypes import Block, Citation, NearestPassage, Region
from ui.contents import contents_of, render_contents, render_warnings
from ui.escape import escape, escape_name, escape_visibly, isolated
from ui.render import Turn
from ui.source import BlocksBetween, Mark, render_article


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """What the source pane shows: a document, the places in it that are marked, one to go to.

    `pictured` is the number of the citation whose place is shown in the picture of its page too.
    """

    document_id: int
    marks: tuple[Mark, ...] = ()
    short_span: tuple[int, int] | None = None
    place: int | None = None
    pictured: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """What a library has of a document.

    `between` gives its blocks as they are asked for; `warnings` are lines on what was not read.
    `regions` say what of it was recognised in pictures; `picture` is HTML of the one to show.
    """

    text: str
    between: BlocksBetween | None = None
    headings: Sequence[Block] = ()
    warnings: Sequence[str] = ()
    regions: Sequence[Region] = ()
    picture: str = ""


def source_view(turn: Turn, number: int | None = None) -> SourceView | None:
    """Return what to show beside the turn: the document of citation `number`, or of the first.

    Marks every place that the turn cites in that document (for a refusal, the nearest passages).
    None where there is nothing to show.
    """
    answer = turn.answer
    if answer is None:
        return None
    places: Sequence[Citation | NearestPassage] = answer.citations or answer.nearest
    if not 1 <= (number or 1) <= len(places):
        return None
    document_id = places[(number or 1) - 1].document_id
    marks = tuple(
        Mark(start=place.start, end=place.end, key=f"{turn.number}-{index}", label=str(index))
        for index, place in enumerate(places, start=1)
        if place.document_id == document_id
    )
    short = answer.short_span
    in_document = short is not None and places[short[0] - 1].document_id == document_id
    return SourceView(
        document_id=document_id,
        marks=marks,
        short_span=short[1:] if short is not None and in_document else None,
    )


def render_source_pane(
    documents: Mapping[int, str],
    source: SourceText,
    view: SourceView,
    *,
    kind: str = "cited",
    others: int = 0,
) -> str:
    """Return the source pane: a choice of documents (id to name), the article and its marks.

    `others` is how many more documents there are.
    """
    warning = (
        '<p class="not-answer" role="note">Not an answer: the marked passages came nearest.</p>'
        if kind == "near"
        else ""
    )
    article = render_article(
        source.text, view.marks, view.short_span, between=source.between, place=view.place
    )
    contents = render_contents(contents_of(source.text, source.headings))
    return (
        f'<header class="source-header">{_render_choice(documents, view.document_id, others)}'
        f'<button type="button" class="back">Back to the answer</button></header>{warning}'
        f"{render_warnings(source.warnings)}{contents}{_render_pictures(source, view)}"
        f'<article class="document {escape(kind)}" tabindex="0" aria-label="Document"'
        f' data-document="{view.document_id}">{article}</article>'
    )


def _render_pictures(source: SourceText, view: SourceView) -> str:
    """Return the picture of a marked place, and buttons for those of the others."""
    buttons = "".join(
        f'<button type="button" data-picture="{escape(mark.key)}">Show place {escape(mark.label)} '
        "in the picture</button>"
        for mark in view.marks
        if mark.label != str(view.pictured)
        and any(each.start < mark.end and each.end > mark.start for each in source.regions)
    )
    if not buttons and not source.picture:
        return ""
    return f'<div class="pictures">{source.picture}{buttons}</div>'


def render_picture(png: bytes, name: str, page: int) -> str:
    """Return the picture of a place on a page, which goes with the HTML."""
    alt = escape_name(f"Page {page} of {name}: the cited place is marked")
    return f'<img alt="{alt}" src="data:image/png;base64,{b64encode(png).decode()}">'


def render_lost_source(turn: Turn, document_id: int, *, is_held: bool = False) -> str:
    """Return the source pane for a document that is not what the turn cites any more: its quotes.

    `is_held` says that the library has a document of this id, which must be another then.
    They carry the keys that marks would have, so that the turn's citations lead to them.
    """
    answer = turn.answer
    places: list[Citation | NearestPassage] = []
    if answer is not None:
        places = [*answer.citations, *answer.nearest]
    quotes = "".join(
        f'<p><mark data-cites="{turn.number}-{number}" data-label="{number}">'
        f"{escape_visibly(place.quote if isinstance(place, Citation) else place.text)}</mark></p>"
        for number, place in enumerate(places, start=1)
        if place.document_id == document_id
    )
    lost = "This document was removed from the library after this was answered."
    if turn.closed:
        lost = "The library that this was asked of is not here."
    elif is_held or document_id < 0:
        lost = "The document is not what it was when this was answered."
    names = [place.document for place in places if place.document_id == document_id]
    return (
        f'<header class="source-header"><h2 class="document-name">{isolated("".join(names[:1]))}'
        '</h2><button type="button" class="back">Back to the answer</button></header>'
        '<article class="document" tabindex="0" aria-label="Document">'
        f'<p class="elision">{lost} What it said then:</p>{quotes}</article>'
    )


def _render_choice(documents: Mapping[int, str], chosen: int, others: int) -> str:
    if len(documents) == 1 and not others:
        return f'<h2 class="document-name">{isolated(documents[chosen])}</h2>'
    options = "".join(
        f'<option value="{identifier}"{" selected" if identifier == chosen else ""}>'
        f"{escape_name(name)}</option>"
        for identifier, name in documents.items()
    )
    if others:
        options += f"<option disabled>and {others:,} more, under Documents</option>"
    return (
        f'<label class="document-name"><span class="unseen">Document</span>'
        f'<select class="documents" value="{chosen}">{options}</select></label>'
    )
