"""A document's text as an article with marked places: the page's right-hand side.

Marks are offsets in the document's canonical text; nothing is searched for. Knows nothing of
answers: `ui.render` says which places to mark.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ui.escape import escape, escape_visibly

CONTEXT_CHARACTERS = 20_000
"""How much of a long document is shown on each side of a marked place."""
WHOLE_CHARACTERS = 3 * CONTEXT_CHARACTERS
"""A document up to this length is always shown whole."""
_SNAP_CHARACTERS = 500
_WRAPPED_LINE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place to highlight. `key` names it on the page, `label` is the number shown behind it."""

    start: int
    end: int
    key: str
    label: str


def render_article(
    text: str, marks: Sequence[Mark], short_span: tuple[int, int] | None = None
) -> str:
    """Return the article's HTML: the text, or windows of it around the marks, escaped.

    White space is kept: within a window, taking the tags away gives the text back. Marks may
    overlap; each piece carries the keys of all marks over it in `data-cites`.
    """
    windows = shown_windows(len(text), text, marks)
    pieces: list[str] = []
    position = 0
    for start, end in windows:
        pieces.append(_elision(start - position, "before" if position == 0 else "between"))
        pieces.append(_render_window(text, start, end, marks, short_span))
        position = end
    pieces.append(_elision(len(text) - position, "after"))
    return "".join(pieces)


def shown_windows(length: int, text: str, marks: Sequence[Mark]) -> list[tuple[int, int]]:
    """Return the half-open ranges of the text to show, in order and apart from each other."""
    if length <= WHOLE_CHARACTERS:
        return [(0, length)]
    if not marks:
        return [(0, _snap(text, WHOLE_CHARACTERS))]
    windows: list[tuple[int, int]] = []
    for mark in sorted(marks, key=lambda mark: mark.start):
        start = _snap(text, max(0, mark.start - CONTEXT_CHARACTERS))
        end = _snap(text, min(length, mark.end + CONTEXT_CHARACTERS))
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


def _render_window(
    text: str,
    start: int,
    end: int,
    marks: Sequence[Mark],
    short_span: tuple[int, int] | None,
) -> str:
    """Return the window's paragraphs, cut at every place where the set of marks changes."""
    if start == end:
        return ""
    paragraphs = _paragraph_starts(text, start, end)
    ranges = [(mark.start, mark.end) for mark in marks] + ([short_span] if short_span else [])
    inner = {offset for pair in ranges for offset in pair if start < offset < end}
    cuts = sorted({start, end, *paragraphs} | inner)
    last_piece = _last_piece_of_marks(cuts, marks)
    openings = set(paragraphs)
    pieces: list[str] = []
    for left, right in zip(cuts, cuts[1:], strict=False):
        if left in openings:
            pieces.append(("</p>" if left > start else "") + '<p dir="auto">')
        covering = [mark for mark in marks if mark.start <= left and right <= mark.end]
        body = escape_visibly(text[left:right])
        if short_span and short_span[0] <= left and right <= short_span[1]:
            body = f'<strong class="short">{body}</strong>'
        pieces.append(_wrap(body, covering, last_piece.get(left, ())))
    return "".join(pieces) + "</p>"


def _last_piece_of_marks(cuts: Sequence[int], marks: Sequence[Mark]) -> dict[int, list[str]]:
    """Return, for the start of each piece that ends a mark, the labels to show behind it."""
    labels: dict[int, list[str]] = {}
    for mark in marks:
        index = bisect_right(cuts, mark.end - 1) - 1
        if mark.start < mark.end and 0 <= index < len(cuts) - 1:
            labels.setdefault(cuts[index], []).append(mark.label)
    return labels


def _wrap(body: str, covering: Sequence[Mark], labels: Sequence[str]) -> str:
    if not covering:
        return body
    keys = " ".join(escape(mark.key) for mark in covering)
    label = f' data-label="{escape(" ".join(labels))}"' if labels else ""
    return f'<mark data-cites="{keys}"{label}>{body}</mark>'


def _paragraph_starts(text: str, start: int, end: int) -> list[int]:
    """Return where paragraphs begin, `start` first.

    Texts whose paragraphs are single long lines get a paragraph for each line, so that they can be
    set apart; texts with blank lines, or wrapped by hand, are readable as they are.
    """
    window = text[start:end]
    lines = [line for line in window.splitlines() if line.strip()]
    blank_lines = len(re.findall(r"\n[ \t\r]*(?=\n)", window.strip()))
    wrapped = lines and sorted(map(len, lines))[len(lines) // 2] < _WRAPPED_LINE
    if wrapped or blank_lines * 5 >= max(1, len(lines)):
        return [start]
    return [start] + [start + match.end() for match in re.finditer(r"\n\s*(?=\S)", window)]


def _elision(characters: int, where: str) -> str:
    if characters <= 0:
        return ""
    amount = _readable_count(characters)
    return f'<p class="elision" role="note">… {amount} characters {where} …</p>'


def _readable_count(number: int) -> str:
    if number >= 1_000_000:
        return f"{number / 1_000_000:.1f} million"
    return f"{number:,}"
