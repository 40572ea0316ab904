"""The text of the words of a line: raised and lowered marks and stacked fractions are settled.

Values to values. Knows nothing of how words came to a line.
"""

from collections.abc import Sequence

from rag.documents.formats.pdf_columns import Word

SMALL = 0.85
"""Of the size of its neighbours: a word as small as this may be a raised or lowered mark."""
_RAISED = 0.18
"""Of the size: how much higher than the line a raised mark stands at least."""
_LOWERED = 0.1
"""Of the size: how much lower a lowered mark stands at least."""
_UPPER = dict(zip("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ", strict=True))
_SLASHES = "/\N{FRACTION SLASH}"


def usual_size(row: Sequence[Word]) -> float:
    """Return the size of most letters."""
    sizes: dict[float, int] = {}
    for word in row:
        sizes[word.size] = sizes.get(word.size, 0) + len(word.text)
    return max(sizes, key=lambda size: (sizes[size], size))


def text_of(row: Sequence[Word]) -> str:
    """Return the text of words in order; raised digits become superscripts, "10⁸", "4,500¹"."""
    if len(row) == 1:
        return row[0].text
    size = usual_size(row)
    base = next(word.baseline for word in row if word.size >= SMALL * size)
    parts: list[str] = []
    before: Word | None = None
    mark_before = False
    for word, following in zip(row, [*row[1:], None], strict=True):
        small = word.size < SMALL * size
        raised = small and word.baseline - base > _RAISED * word.size
        lowered = small and base - word.baseline > _LOWERED * word.size
        upper = raised and following is not None and _is_fraction(word, following)
        if before is not None:
            mark = raised or lowered or mark_before
            parts.append(_between(before, word, upper=upper, mark=mark, size=size))
        slash = before is not None and before.text in _SLASHES
        parts.append(_superscript(word.text) if raised and not upper and not slash else word.text)
        before, mark_before = word, raised or lowered
        base = base if small else word.baseline
    return "".join(parts)


def _between(before: Word, word: Word, *, upper: bool, mark: bool, size: float) -> str:
    """Return what stands between two words: a space, nothing, or the line of a fraction.

    `upper`: the second is the upper part of a fraction; `mark`: one of them is a raised mark.
    """
    if mark and _is_under(before, word):
        return "/"
    if upper and before.text[-1].isdigit():
        return " "
    near = word.left - before.right < 0.12 * size
    return "" if word.glued or (mark and near) else " "


def _is_fraction(word: Word, following: Word) -> bool:
    """Say whether a raised word is the upper part of a fraction."""
    below = following.text[:1] in _SLASHES or _is_under(word, following)
    return word.text.isdigit() and below


def _is_under(upper: Word, lower: Word) -> bool:
    shared = min(upper.right, lower.right) - max(upper.left, lower.left)
    width = min(upper.right - upper.left, lower.right - lower.left)
    return shared > 0.5 * width and upper.baseline - lower.baseline > 0.6 * lower.size


def _superscript(text: str) -> str:
    """Return a raised mark: digits and signs as superscripts, words and other marks as they are."""
    if all(character in _UPPER for character in text):
        return "".join(_UPPER[character] for character in text)
    if any(map(str.isdigit, text)) and text[:1].isalnum():
        return "".join(_UPPER.get(character, character) for character in text)
    return text
