"""Where the sentences of a paragraph begin and end, without changing or searching the text.

`sentencex` knows the abbreviations of English. Knows nothing of blocks, tokens or passages.
"""

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

_WINDOW = 8_000
"""Characters given to sentencex at once: its time is quadratic in unclosed quotation marks."""
_MARKER = re.compile(r"\d{1,3}[.)]")
_SPACE = re.compile(r"\s")
_ABBREVIATION = re.compile(r"\b(Ms|Mx|Vols?|Figs|Eq|Ft|approx|Amb|Atty)\.$")
"""Abbreviations, always followed by a name or number, that sentencex does not know."""


def sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the sentences of text[start:end], in order.

    Each character that is not white space lies in exactly one; none begins or ends with white
    space.
    """
    yield from _merge(text, _boundaries(text, start, end))


def _boundaries(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the pieces of text[start:end] that sentencex sees, which may begin and end with spaces.

    sentencex 1.0.32 panics on white space outside ASCII and stops at line breaks, so all white
    space is given to it as spaces; every offset stays the same.
    """
    while start < end:
        stop = min(start + _WINDOW, end)
        window = _SPACE.sub(" ", text[start:stop])
        cuts = [
            start + boundary["start_index"] for boundary in get_sentence_boundaries("en", window)
        ]
        if stop == end:
            cuts.append(end)
        elif len(cuts) == 1:  # one sentence fills the window: cut at its last space, if any
            cuts.append(start + (window.rfind(" ", 1) + 1 or len(window)))
        yield from zip(cuts, cuts[1:], strict=False)
        start = cuts[-1]


def _merge(text: str, pieces: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Trim the pieces; join what is no sentence alone: list markers, stray marks, titles."""
    held: tuple[int, int] | None = None
    held_open = False
    for start, end in pieces:
        content = text[start:end].lstrip()
        start = end - len(content)
        content = content.rstrip()
        if not content:
            continue
        end = start + len(content)
        has_word = _has_word(content)
        if held is not None and (held_open or not has_word):
            start = held[0]
        elif held is not None:
            yield held
        if has_word or held is None:
            held_open = _is_open(content)
        held = start, end
    if held is not None:
        yield held


def _is_open(content: str) -> bool:
    return bool(
        not _has_word(content) or _MARKER.fullmatch(content) or _ABBREVIATION.search(content)
    )


def _has_word(content: str) -> bool:
    return any(map(str.isalnum, content))
