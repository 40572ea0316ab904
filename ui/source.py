"""A document's text as an article with marked places: the page's right-hand side.

Marks are offsets in the document's canonical text; nothing is searched for. Knows nothing of
answers: `ui.render` says which places to mark.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.datatypes import Block
from ui.escape import escape, escape_document
from ui.structure import Outline, Shown, plan_window

CONTEXT_CHARACTERS = 20_000
"""How much of a long document is shown on each side of a marked place."""
WHOLE_CHARACTERS = 3 * CONTEXT_CHARACTERS
"""A document up to this length is always shown whole."""
_SNAP_CHARACTERS = 500

BlocksBetween = Callable[[int, int], Sequence[Block]]
"""[start, end) of a document's text to the top-level blocks that touch it, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place to highlight. `key` names it on the page, `label` is the number shown behind it."""

    start: int
    end: int
    key: str
    label: str


def render_article(
    text: str,
    marks: Sequence[Mark],
    short_span: tuple[int, int] | None = None,
    *,
    between: BlocksBetween | None = None,
    place: int | None = None,
) -> str:
    """Return the article's HTML: the text, or windows of it around the marks and `place`, escaped.

    Of each block that `between` gives, every character of its own words is there, in order; without
    it, all of the text. Marks may overlap; each piece carries the keys of all marks over it in
    `data-cites`.
    """
    wanted = [(mark.start, mark.end) for mark in marks]
    if place is not None:
        wanted.append((min(place, len(text)),) * 2)
    pieces: list[str] = []
    position = 0
    outline = Outline()
    for start, end in shown_windows(len(text), text, wanted):
        pieces.append(_elision(start - position, "before" if position == 0 else "between"))
        blocks = () if between is None else between(start, end)
        plan = list(plan_window(blocks, start, end, outline)) if start < end else []
        pieces += _rendered(text, plan, marks, short_span)
        position = end
    pieces.append(_elision(len(text) - position, "after"))
    return "".join(pieces)


def shown_windows(
    length: int, text: str, places: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return the half-open ranges of the text to show, in order and apart from each other."""
    if length <= WHOLE_CHARACTERS:
        return [(0, length)]
    if not places:
        return [(0, _snap(text, WHOLE_CHARACTERS))]
    windows: list[tuple[int, int]] = []
    for first, last in sorted(places):
        start = _snap(text, max(0, first - CONTEXT_CHARACTERS))
        end = _snap(text, min(length, last + CONTEXT_CHARACTERS))
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(end, windows[-1][1]))
        else:
            windows.append((start, end))
    return windows


def _snap(text: str, offset: int) -> int:
    """Return the start of the next line if one is near, so that a window cuts no word."""
    if offset <= 0 or offset >= len(text):
        return offset
    newline = text.find("\n", offset, offset + _SNAP_CHARACTERS)
    return offset if newline < 0 else newline + 1


def _rendered(
    text: str,
    plan: Sequence[str | Shown],
    marks: Sequence[Mark],
    short_span: tuple[int, int] | None,
) -> list[str]:
    """Return the plan's HTML, with its text cut at every place where the set of marks changes."""
    ranges = [(mark.start, mark.end) for mark in marks] + ([short_span] if short_span else [])
    cuts = sorted({offset for pair in ranges for offset in pair})
    pieces = [[part] if isinstance(part, str) else _cut(part, cuts) for part in plan]
    labels = _last_pieces([piece for part in pieces for piece in part], marks)
    rendered: list[str] = []
    for piece in (piece for part in pieces for piece in part):
        if isinstance(piece, str):
            rendered.append(piece)
            continue
        covering = [mark for mark in marks if mark.start <= piece.start and piece.end <= mark.end]
        body = escape_document(text[piece.start : piece.end])
        if short_span and short_span[0] <= piece.start and piece.end <= short_span[1]:
            body = f'<strong class="short">{body}</strong>'
        rendered.append(_wrap(body, covering, labels.get(piece.start, ())))
    return rendered


def _cut(part: Shown, cuts: Sequence[int]) -> list[str | Shown]:
    inner = cuts[bisect_right(cuts, part.start) : bisect_left(cuts, part.end)]
    offsets = [part.start, *inner, part.end]
    return [Shown(start=left, end=right) for left, right in pairwise(offsets)]


def _last_pieces(pieces: Sequence[str | Shown], marks: Sequence[Mark]) -> dict[int, list[str]]:
    """Return, for the start of each piece that is the last of a mark, the labels to show there."""
    shown = [piece for piece in pieces if isinstance(piece, Shown)]
    starts = [piece.start for piece in shown]
    labels: dict[int, list[str]] = {}
    for mark in marks:
        last = bisect_left(starts, mark.end) - 1
        if mark.start < mark.end and last >= 0 and starts[last] >= mark.start:
            labels.setdefault(starts[last], []).append(mark.label)
    return labels


def _wrap(body: str, covering: Sequence[Mark], labels: Sequence[str]) -> str:
    if not covering:
        return body
    keys = " ".join(escape(mark.key) for mark in covering)
    label = f' data-label="{escape(" ".join(labels))}"' if labels else ""
    return f'<mark data-cites="{keys}"{label}>{body}</mark>'


def _elision(characters: int, where: str) -> str:
    if characters <= 0:
        return ""
    amount = _readable_count(characters)
    return f'<p class="elision" role="note">… {amount} characters {where} …</p>'


def _readable_count(number: int) -> str:
    if number >= 1_000_000:
        return f"{number / 1_000_000:.1f} million"
    return f"{number:,}"
