"""The sentences of an answer as HTML, each as what it is: prose, list, table, heading, code.

Pure functions from values to escaped HTML. How a citation looks, a button or a link, is the
caller's; so is what stands around the sentences.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.datatypes import Answer, CitedSentence
from rag.written import NOT_SAID, WORD_FOR_WORD, WORDS, is_in_words
from ui.escape import before_strong, escape_document, escape_name, escape_visibly, isolated
from ui.tables import lay_out

Cite = Callable[[CitedSentence], str]
"""A sentence to the HTML of its citations."""

_IN_SIGHT = 600
"""Characters up to which the quotes below written sentences are in sight."""
_LONGEST_TIED_WORD = 20
_WIDE = 4
"""Columns from which a table is not shown as one on a telephone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A sentence and how it is shown: its kind, or "more" for what goes on with an item.

    `start` is where it begins in the document, `short` where the short answer does and ends, if it
    may stand in it. `cited` is the HTML of its citations; none where the next piece has the same.
    """

    sentence: CitedSentence
    kind: str
    cited: str
    start: int | None
    short: tuple[int, int] | None

    @property
    def depth(self) -> int:
        return self.sentence.depth

    @property
    def note(self) -> str:
        return self.sentence.note


def shown_short_answer(answer: Answer) -> str:
    """Return the short answer to show above the sentences; none if they are its very items.

    Nor if it is one of them whole. Where a writer says the answer, that is yes or no alone.
    """
    if answer.answer_kind == "yes" or answer.answer_kind == "no":
        return WORDS[answer.answer_kind]
    if answer.word:
        return WORDS[answer.word]
    if answer.sentences and is_in_words(answer.sentences[0]):
        return ""
    short = answer.short_answer or ""
    put_together = answer.short_span is None and answer.answer_kind in ("list", "steps")
    is_sentence = any(_bare(short) == _bare(sentence.text) for sentence in answer.sentences)
    return "" if put_together or is_sentence else short


def _bare(text: str) -> str:
    return text.strip().rstrip(".!?;:")


def in_words_and_quotes(answer: Answer) -> tuple[Answer | None, Answer]:
    """Return what of an answer a writer says, None if it says nothing, and the rest of it."""
    count = sum(map(is_in_words, answer.sentences))
    if not count:
        return None, answer
    said, rest = answer.sentences[:count], answer.sentences[count:]
    return replace(answer, sentences=said), replace(answer, sentences=rest, status="quoted")


def render_sentences(answer: Answer, cite: Cite) -> str:
    """Return all sentences as they are shown: what a writer says, then the quotes it says it of.

    These are one click away where they are long, in sight where they are not.
    """
    said, rest = in_words_and_quotes(answer)
    frame = "blockquote" if rest.status == "quoted" else "div"
    quotes = f'<{frame} class="sentences">{render_parts(rest, cite)}</{frame}>'
    if said is None:
        return quotes
    in_words = f'<div class="sentences in-words">{render_parts(said, cite)}</div>'
    if not rest.sentences:  # kept by an earlier version
        return in_words
    length = sum(len(sentence.text) for sentence in rest.sentences)
    is_open = " open" if length <= _IN_SIGHT else ""
    return (
        f'{in_words}<details class="quotes"{is_open}><summary>{WORD_FOR_WORD}</summary>'
        f"{quotes}</details>"
    )


def render_parts(answer: Answer, cite: Cite) -> str:
    """Return the sentences: quotes as paragraphs, written ones as one text, others by kind."""
    pieces = _pieces(answer, cite)
    rendered: list[str] = []
    place = 0
    while place < len(pieces):
        stop = _run_end(pieces, place)
        run = pieces[place:stop]
        group = run[0].sentence.group
        if group and (place == 0 or pieces[place - 1].sentence.group != group):
            rendered.append(_shown_under(run[0].sentence))
        rendered.append(_render_run(run, apart=answer.status == "quoted"))
        rendered.append(_remark(run[-1].note))
        place = stop
    return "".join(rendered)


def _shown_under(sentence: CitedSentence) -> str:
    word = f'<p class="short-answer">{WORDS[sentence.word]}</p>' if sentence.word else ""
    return f'<p class="group" dir="auto">{escape_visibly(sentence.group)}</p>{word}'


def render_remarks(answer: Answer) -> str:
    """Return what the documents do not say of all that was asked, and how the answer came about."""
    missing = "".join(
        f'<p class="unanswered" dir="auto">{NOT_SAID}: {isolated(part)}</p>'
        for part in answer.unanswered
    )
    return f"{missing}{_remark(answer.note)}"


def _pieces(answer: Answer, cite: Cite) -> list[_Piece]:
    pieces: list[_Piece] = []
    for number, sentence in enumerate(answer.sentences):
        following = answer.sentences[number + 1 : number + 2]
        is_last = not following or following[0].citations != sentence.citations
        kind = "more" if _goes_on(pieces, sentence) else str(sentence.kind)
        short = answer.short_span
        pieces.append(
            _Piece(
                sentence=sentence,
                kind=kind,
                cited=cite(sentence) if is_last or kind == "sentence" else "",
                start=_start(answer, sentence),
                short=short[1:] if short and short[0] in sentence.citations else None,
            )
        )
    return pieces


def _goes_on(before: Sequence[_Piece], sentence: CitedSentence) -> bool:
    """Say whether a sentence is a further paragraph of the item before it."""
    if sentence.kind != "sentence" or not before or before[-1].note:
        return False
    in_list = before[-1].kind in ("item", "more") and before[-1].sentence.group == sentence.group
    return in_list and before[-1].sentence.citations == sentence.citations


def _start(answer: Answer, sentence: CitedSentence) -> int | None:
    """Return where a sentence begins in the document; kept answers of old do not say it."""
    if sentence.start is not None or not sentence.citations:
        return sentence.start
    citation = answer.citations[sentence.citations[0] - 1]
    return citation.start if citation.quote == sentence.text else None


def _run_end(pieces: Sequence[_Piece], place: int) -> int:
    """Return where what is shown as one with the piece at `place` ends: a list, a table, prose."""
    kind = pieces[place].kind
    same = {"item": ("item", "more"), "row": ("row",), "sentence": ("sentence",)}.get(kind, ())
    stop = place + 1
    while stop < len(pieces) and pieces[stop].kind in same:
        if pieces[stop - 1].note or pieces[stop].sentence.group != pieces[place].sentence.group:
            break
        stop += 1
    return stop


def _render_run(run: Sequence[_Piece], *, apart: bool) -> str:
    if run[0].kind == "item":
        return _render_list(run)
    if run[0].kind == "row" and all(piece.sentence.cells for piece in run):
        return _render_table(run)
    if run[0].kind == "code":
        code = _marked(
            run[0].sentence.text, 0, len(run[0].sentence.text), run[0].short, run[0].start
        )
        return f"<pre><code>{code}</code>{run[0].cited}</pre>"
    if run[0].kind == "heading":
        return f'<p class="heading" dir="auto">{_tied(run[0])}</p>'
    if run[0].kind == "computed":
        return f'<p class="computed" dir="auto">{_tied(run[0])}</p>'
    if apart or run[0].kind != "sentence":
        return "".join(f'<p dir="auto">{_tied(piece)}</p>' for piece in run)
    return f'<p dir="auto">{" ".join(f"<span>{_tied(piece)}</span>" for piece in run)}</p>'


def _render_list(run: Sequence[_Piece]) -> str:
    """Return items, and paragraphs that go on with them, as a list with the lists in it."""
    items: list[str] = []
    place = 0
    while place < len(run):
        piece, stop = run[place], place + 1
        while stop < len(run) and _lies_in(run[stop], piece):
            stop += 1
        items.append(_render_item(piece, run[place + 1 : stop]))
        place = stop
    tag = "ol" if any(map(str.isalnum, run[0].sentence.label)) else "ul"
    return f'<{tag} class="items" role="list">{"".join(items)}</{tag}>'


def _lies_in(piece: _Piece, item: _Piece) -> bool:
    return piece.depth > item.depth or (piece.kind == "more" and piece.depth == item.depth)


def _render_item(item: _Piece, inside: Sequence[_Piece]) -> str:
    parts = [_tied(item)]
    place = 0
    while place < len(inside):
        stop = place + 1
        if inside[place].kind == "more":
            parts.append(f'<p dir="auto">{_tied(inside[place])}</p>')
        else:
            while stop < len(inside) and not (
                inside[stop].kind == "more" and inside[stop].depth <= item.depth
            ):
                stop += 1
            parts.append(_render_list(inside[place:stop]))
        place = stop
    return render_item(item.sentence.label, "".join(parts))


def render_item(label: str, content: str) -> str:
    """Return an item of a list with its own marker; a mark without letters is shown as a dot."""
    if not any(map(str.isalnum, label)):
        return f'<li dir="auto">{content}</li>'
    marker = f'<span class="marker">{escape_visibly(label)}</span>'
    return f'<li class="own" dir="auto">{marker}<div>{content}</div></li>'


def _render_table(run: Sequence[_Piece]) -> str:
    """Return rows as a table whose last column holds the citations.

    Each cell says its column's name, too, which stands beside it where columns have no room.
    """
    names, places = lay_out([[name for name, _ in piece.sentence.cells] for piece in run])
    body = [
        "".join(
            _table_cell("" if cell is None else _cell(piece, cell), name)
            for name, cell in zip(names, cells, strict=True)
        )
        + f'<td class="cited" role="cell">{piece.cited}</td>'
        for piece, cells in zip(run, places, strict=True)
    ]
    head = ""
    if any(names):
        head = "".join(
            f'<th scope="col" role="columnheader" dir="auto">{escape_visibly(name)}</th>'
            for name in names
        )
        head += '<td class="cited" role="cell"></td>'
    return render_table(head, body, is_wide=len(names) >= _WIDE)


def _table_cell(value: str, name: str) -> str:
    column = f' data-column="{escape_name(name)}"' if name else ""
    content = f"<div>{value}</div>" if value else ""
    return f'<td role="cell" dir="auto"{column}>{content}</td>'


def render_table(head: str, body: Sequence[str], *, is_wide: bool) -> str:
    """Return a table of rows that are HTML, in a frame that it scrolls in where it is too wide.

    Of a wide one a narrow page shows each row as a list of its cells, so that none is out of sight;
    the roles are said, since browsers forget those of a table that is laid out otherwise.
    """
    header = f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>' if head else ""
    rows = "".join(f'<tr role="row">{row}</tr>' for row in body)
    table = f'<table role="table">{header}<tbody role="rowgroup">{rows}</tbody></table>'
    name = "table wide" if is_wide else "table"
    return f'<div class="{name}" role="group" aria-label="Table" tabindex="0">{table}</div>'


def _cell(piece: _Piece, number: int) -> str:
    """Return a value, with what it holds of the short answer marked."""
    value, starts = piece.sentence.cells[number][1], piece.sentence.cell_starts
    start = starts[number] if number < len(starts) else None
    return _marked(value, 0, len(value), piece.short, start)


def _remark(note: str) -> str:
    return f'<p class="remark">{escape_visibly(note)}</p>' if note else ""


def _tied(piece: _Piece) -> str:
    """Return a sentence with its citations, which stay on the line of the last word."""
    text = piece.sentence.text
    cut = max(text.rfind(" ") + 1, len(text) - _LONGEST_TIED_WORD) if piece.cited else len(text)
    whole = before_strong(text, cut)
    cut = whole if whole == cut or len(text) - whole <= _LONGEST_TIED_WORD else len(text)
    head = _marked(text, 0, cut, piece.short, piece.start)
    if not piece.cited:
        return head
    tail = _marked(text, cut, len(text), piece.short, piece.start)
    return f'{head}<span class="tied">{tail}{piece.cited}</span>'


def _marked(
    text: str, start: int, end: int, short: tuple[int, int] | None, begins: int | None
) -> str:
    """Return `text[start:end]` as HTML, with what it holds of the short answer marked.

    `short` is where that stands in the document, `begins` where `text` does.
    """
    if short is None or begins is None:
        return escape_document(text[start:end])
    left, right = (min(max(offset - begins, start), end) for offset in short)
    if left >= right:
        return escape_document(text[start:end])
    return (
        f"{escape_document(text[start:left])}"
        f'<strong class="short">{escape_visibly(text[left:right])}</strong>'
        f"{escape_document(text[right:end])}"
    )
