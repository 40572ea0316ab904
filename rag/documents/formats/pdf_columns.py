"""In which order the parts of a page are read: columns are found by the white between them.

Values to values: words with their places to groups of words. Knows nothing of PDFium.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from statistics import median
from typing import NamedTuple


class Word(NamedTuple):
    """A word, or the part of one that differs in size, in points; the baseline is from below."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    style: int = 0
    line: int = 0
    """Words of the same source's line have the same number."""
    glued: int = 0
    """1 where no space parts it from the word before."""


BOLD, MONOSPACED = 1, 2
"""Bits of a word's style."""
_NARROWEST = 0.6
"""Of the size of text: what is narrower is no gap between columns."""
_WIDE = 1.2
"""Of the size: so wide a gap needs fewer lines to be one."""
_LINES, _LINES_IF_WIDE = 4, 3
_PROSE_WIDTH = 9.0
"""Of the size: lines of a column of text are at least so wide on average."""
_FULL, _MOSTLY = 0.7, 0.45
"""A line is full from this share of its column; of a column of text, this share of lines is."""
_DENSE = 0.68
"""Of the width of most of its lines, words take so much; cells with white between them less."""
_BULLETS = frozenset("•·‣▪◦●○■□➢➤✓✔\uf0b7\uf0a7")
_BARE_MARK = re.compile(r"[\W_]{1,3}|\(?\w{1,4}[.)]")
"""A bullet or the number of an item, alone."""
_DEEPEST = 12
_MOST_STRIPS = 600
"""A page with more heights than this is not looked at for columns."""
_FEWEST_WORDS = 12
_MOST_CORRIDORS = 150

Gap = tuple[float, float]
_FAR = 1e9


class _Strip(NamedTuple):
    """What stands at one height: its words by their left ends, and the gaps around them."""

    middle: float
    words: list[Word]
    gaps: list[Gap]


class _Corridor(NamedTuple):
    """White from strip `top` to `bottom`, with words on both sides in `sides` strips."""

    left: float
    right: float
    top: int
    bottom: int
    sides: int


class _Side(NamedTuple):
    """What stands at one height on one side of a corridor; `ink` is the width of its words.

    `bullet` if it begins with one, `bare` if it is nothing but the mark or number of an item.
    """

    left: float
    right: float
    baseline: float
    ink: float
    bullet: bool
    bare: bool


def order_parts(words: Sequence[Word], depth: int = 0) -> list[list[Word]]:
    """Return the words in parts that are read one after the other, each from top to bottom."""
    if depth >= _DEEPEST or len(words) < _FEWEST_WORDS:
        return [list(words)]
    size = median(word.size for word in words)
    strips = _strips(words, size)
    if not strips:
        return [list(words)]
    corridor = _best_corridor(strips, size)
    if corridor is None:
        return [list(words)]
    high = strips[corridor.top].middle + 0.5 * size
    low = strips[corridor.bottom].middle - 0.5 * size
    middle = (corridor.left + corridor.right) / 2
    parts: list[list[Word]] = [[], [], [], []]
    for word in words:
        height = word.baseline + 0.3 * word.size
        if height > high:
            parts[0].append(word)
        elif height < low:
            parts[3].append(word)
        else:
            parts[1 if (word.left + word.right) / 2 < middle else 2].append(word)
    if not parts[1] or not parts[2]:
        return [list(words)]
    return [part for each in parts if each for part in order_parts(each, depth + 1)]


def _strips(words: Sequence[Word], size: float) -> list[_Strip]:
    """Return the heights at which lines run, from the top; empty if they are too many."""
    middles: list[float] = []
    for middle in sorted((word.baseline + 0.3 * word.size for word in words), reverse=True):
        if not middles or middles[-1] - middle > 0.15 * size:
            middles.append(middle)
    if len(middles) > _MOST_STRIPS:
        return []
    rising = [-middle for middle in middles]
    at: list[list[Word]] = [[] for _ in middles]
    for word in words:
        low, high = word.baseline - 0.15 * word.size, word.baseline + 0.75 * word.size
        first, last = bisect_left(rising, -high), bisect_right(rising, -low)
        for number in range(first, min(last, first + 8)):
            at[number].append(word)
    narrowest = _NARROWEST * size
    strips = []
    for middle, found in zip(middles, at, strict=True):
        found.sort(key=lambda word: word.left)
        strips.append(_Strip(middle, found, white_around(found, narrowest)))
    return strips


def _best_corridor(strips: Sequence[_Strip], size: float) -> _Corridor | None:
    """Return the corridor between columns of text along which the most lines run."""
    found: list[_Corridor] = []
    for number, strip in enumerate(strips):
        for gap in strip.gaps[1:-1]:
            if any(
                one.top <= number <= one.bottom and one.left < gap[1] and gap[0] < one.right
                for one in found
            ):
                continue
            if len(found) < _MOST_CORRIDORS:
                found.append(_grown(strips, number, gap, _NARROWEST * size))
    found.sort(key=lambda one: (-one.sides, one.left - one.right))
    for corridor in found[:20]:
        wide = corridor.right - corridor.left >= _WIDE * size
        fewest = _LINES_IF_WIDE if wide else _LINES
        many = corridor.sides >= fewest or (wide and _is_one_after_other(strips, corridor))
        if (many or wide) and _parts_text(strips, corridor, size, many=many):
            return _trimmed(strips, corridor, size)
    return None


def _grown(strips: Sequence[_Strip], number: int, gap: Gap, narrowest: float) -> _Corridor:
    """Return how far up and down the white of a gap goes on."""
    left, right = gap
    sides = 1
    ends = [number, number]
    for end, step in ((0, -1), (1, 1)):
        at = number + step
        while 0 <= at < len(strips):
            widest, place = 0.0, -1
            for index, (start, stop) in enumerate(strips[at].gaps):
                shared = min(stop, right) - max(start, left)
                if shared > widest:
                    widest, place = shared, index
            if widest < narrowest:
                break
            start, stop = strips[at].gaps[place]
            left, right = max(start, left), min(stop, right)
            sides += 0 < place < len(strips[at].gaps) - 1
            ends[end] = at
            at += step
    return _Corridor(left, right, ends[0], ends[1], sides)


def _parts_text(strips: Sequence[_Strip], corridor: _Corridor, size: float, *, many: bool) -> bool:
    """Say whether on both sides lines of running text stand, and no cells of a table."""
    middle = (corridor.left + corridor.right) / 2
    sides: list[list[_Side]] = [[], []]
    for strip in strips[corridor.top : corridor.bottom + 1]:
        for side in (0, 1):
            words = [word for word in strip.words if (word.left > middle) == bool(side)]
            if words:
                lowest = min(words, key=lambda word: abs(word.baseline - strip.middle))
                right = max(word.right for word in words)
                ink = sum(word.right - word.left for word in words)
                bullet = words[0].text in _BULLETS
                bare = len(words) == 1 and bool(_BARE_MARK.fullmatch(words[0].text))
                sides[side].append(_Side(words[0].left, right, lowest.baseline, ink, bullet, bare))
    if not all(sides) or any(all(line.bare for line in side) for side in sides):
        return False  # marks stand beside their items, and are no column
    if _has_names_of_columns(strips[corridor.top : corridor.bottom + 1], middle, size):
        return False
    if many and all(_is_prose(side, size) or _is_list(side) for side in sides):
        return True
    return _is_beside(sides, strips, corridor, size)


def _has_names_of_columns(strips: Sequence[_Strip], middle: float, size: float) -> bool:
    """Say whether bold names stand above several columns of a table on each side of a corridor."""
    head: dict[Word, None] = {}
    for strip in strips:
        if not all(word.style & BOLD for word in strip.words):
            break
        head.update(dict.fromkeys(strip.words))
    else:
        return False
    names = []
    for side in (False, True):
        words = {word for strip in strips for word in strip.words if (word.left > middle) == side}
        named = [word for word in head if (word.left > middle) == side]
        if not any(
            any(word.right <= left for word in named) and any(word.left >= right for word in named)
            for left, right in word_gaps(words, _NARROWEST * size)
        ):
            return False
        names.append({word.text for word in named})
    return names[0] != names[1]


def word_gaps(words: Collection[Word], narrowest: float) -> list[Gap]:
    """Return the white between words of one or more lines that is at least `narrowest`."""
    return white_around(words, narrowest)[1:-1]


def white_around(words: Collection[Word], narrowest: float) -> list[Gap]:
    """Return the same, with all that is white before the first word and after the last."""
    gaps: list[Gap] = []
    reached = -_FAR
    for word in sorted(words, key=lambda word: word.left):
        if word.left - reached >= narrowest:
            gaps.append((reached, word.left))
        reached = max(reached, word.right)
    return [*gaps, (reached, _FAR)]


def _is_one_after_other(strips: Sequence[_Strip], corridor: _Corridor) -> bool:
    """Say whether the file has all lines of one side before those of the other."""
    middle = (corridor.left + corridor.right) / 2
    sides: list[list[int]] = [[], []]
    for strip in strips[corridor.top : corridor.bottom + 1]:
        for word in strip.words:
            sides[word.left > middle].append(word.line)
    one, two = sides
    return corridor.sides > 1 and (max(one) < min(two) or max(two) < min(one))


def _is_prose(lines: Sequence[_Side], size: float) -> bool:
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    widths = [line.right - line.left for line in lines]
    full = sum(line.right - left >= _FULL * (right - left) for line in lines)
    if median(line.ink / max(1.0, line.right - line.left) for line in lines) < _DENSE:
        return False
    usual = median(widths) if len(widths) > 3 else max(widths)
    return usual >= _PROSE_WIDTH * size and full >= _MOSTLY * len(lines)


def _is_list(lines: Sequence[_Side]) -> bool:
    return sum(line.bullet for line in lines) > 0.5 * len(lines)


def _is_beside(
    sides: Sequence[Sequence[_Side]],
    strips: Sequence[_Strip],
    corridor: _Corridor,
    size: float,
) -> bool:
    """Say whether one side is text and the other a note in its margin, of another size."""
    middle = (corridor.left + corridor.right) / 2
    sizes: list[list[float]] = [[], []]
    for strip in strips[corridor.top : corridor.bottom + 1]:
        for word in strip.words:
            sizes[word.left > middle].append(word.size)
    one, two = median(sizes[0]), median(sizes[1])
    if abs(one - two) < 0.12 * max(one, two):
        return False
    text, note = (0, 1) if len(sizes[0]) > len(sizes[1]) else (1, 0)
    if not any(
        word.size > 0.88 * (one, two)[text] and (word.left > middle) == bool(text)
        for strip in strips[corridor.top : corridor.bottom + 1]
        if strip.words[0].left < middle < strip.words[-1].left
        for word in strip.words
    ):
        return False  # lowered marks between two lines
    heights = {round(line.baseline) for line in sides[text]}
    if note == 0 and all(round(line.baseline) in heights for line in sides[note]):
        return False  # numbers of items
    return _is_prose(sides[text], size) and 2 * len(sides[note]) <= len(sides[text]) + 1


def _trimmed(strips: Sequence[_Strip], corridor: _Corridor, size: float) -> _Corridor:
    """Return the corridor without what stands apart below it, where wider text follows.

    It is read after both columns, not at the end of the left one.
    """
    middle = (corridor.left + corridor.right) / 2
    bottom = corridor.bottom
    if bottom == len(strips) - 1:
        return corridor
    last = max(
        (
            number
            for number in range(corridor.top, bottom + 1)
            if strips[number].words[0].left < middle < strips[number].words[-1].right
        ),
        default=bottom,
    )
    for number in range(last + 1, bottom + 1):
        if strips[number - 1].middle - strips[number].middle > 1.9 * size:
            bottom = number - 1
            break
    return corridor._replace(bottom=bottom)
