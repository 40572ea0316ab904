"""A block of lines beside rows of labels and values: an address beside the dates of a letter.

Values to values. At one height they look like the rows of one table; but the file has all lines of
the one before the rows of the other, which it has row by row.
"""

from collections.abc import Sequence
from statistics import median

from rag.documents.formats.pdf_columns import Word, order_parts, word_gaps

_BETWEEN, _GAP = 2.0, 1.2
"""Of the size: the white between block and rows, and between a label and its value, at least."""
_DISTANCE = 1.9
"""Of the size: lines that are farther apart are not of one block."""
_SAME_LINE = 0.3
"""Of the size: words whose baselines differ by less stand in one line."""
_ALIGNED = 1.0
"""Points: lines that begin so near begin at one place."""
_FEWEST, _MOST_GAPS = 2, 4

_Line = list[Word]


def order_with_blocks(words: Sequence[Word]) -> list[list[Word]]:
    """Return the words in parts that are read one after the other; block and rows are two."""
    return [each for part in order_parts(words) for each in _parted(part)]


def _parted(words: list[Word]) -> list[list[Word]]:
    """Return a part, or what is above a block beside rows, the left and the right one, the rest."""
    size = median(word.size for word in words)
    parts: list[list[Word]] = []
    for run in _runs(_lines(words, size), size):
        left, right = _beside_in(run, size)
        if not left:
            continue
        top = max(word.baseline for word in (*left, *right))
        taken = set(map(id, (*left, *right)))
        above = [word for word in words if word.baseline > top]
        parts += [above, left, right]
        taken.update(map(id, above))
        words = [word for word in words if id(word) not in taken]
    return [part for part in (*parts, words) if part]


def _runs(lines: Sequence[_Line], size: float) -> list[list[_Line]]:
    """Return the lines that stand close below one another."""
    runs: list[list[_Line]] = []
    for line in lines:
        if runs and runs[-1][-1][0].baseline - line[0].baseline <= _DISTANCE * size:
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _beside_in(run: Sequence[_Line], size: float) -> tuple[_Line, _Line]:
    """Return the left and the right one of block and rows that begin a run; empty if they do not.

    Lines without a gap may stand above them.
    """
    start = next((n for n, line in enumerate(run) if word_gaps(line, _BETWEEN * size)), None)
    if start is None:
        return [], []
    for left, right in word_gaps(run[start], _BETWEEN * size)[:_MOST_GAPS]:
        words: _Line = []
        for line in run[start:]:
            free = word_gaps([*words, *line], _BETWEEN * size)
            gap = next((each for each in free if each[0] < right and left < each[1]), None)
            if gap is None:
                break
            left, right = gap
            words += line
        middle = (left + right) / 2
        found = _block_and_rows(words, middle, size)
        if found:
            return (
                [word for word in found if word.left < middle],
                [word for word in found if word.left > middle],
            )
    return [], []


def _block_and_rows(words: Sequence[Word], middle: float, size: float) -> _Line:
    """Return the words of a block and of the rows beside it, on both sides of `middle`.

    Empty if they are none. What stands below them is left out.
    """
    sides: list[list[Word]] = [[], []]
    for word in words:
        sides[word.left > middle].append(word)
    if not all(sides):
        return []
    first, second = sorted(sides, key=lambda side: min(word.line for word in side))
    start = min(word.line for word in second)
    first = [word for word in first if word.line < start]
    for block, rows in ((first, second), (second, first)):
        one = _first_of(_lines(block, size), size, gaps=0)
        two = _first_of(_lines(rows, size), size, gaps=1)
        if min(len(one), len(two)) < _FEWEST or _are_paired(one, two, size):
            continue
        found = [word for line in (*one, *two) for word in line]
        lowest = min(word.baseline for word in found)
        kept = set(map(id, found))
        if all(word.baseline < lowest for word in words if id(word) not in kept):
            return found
    return []


def _lines(words: Sequence[Word], size: float) -> list[_Line]:
    """Return the words by the heights at which they stand, from above."""
    lines: list[_Line] = []
    for word in sorted(words, key=lambda word: -word.baseline):
        if lines and lines[-1][0].baseline - word.baseline < _SAME_LINE * size:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _first_of(lines: Sequence[_Line], size: float, *, gaps: int) -> list[_Line]:
    """Return the lines, up to the first that is not drawn after the one above, close below it.

    All begin at one place and have so many gaps.
    """
    found: list[_Line] = []
    for line in lines:
        if len(word_gaps(line, _GAP * size)) != gaps:
            break
        if found and not _goes_on(found[-1], line, size):
            break
        found.append(line)
    return found


def _goes_on(above: _Line, line: _Line, size: float) -> bool:
    left, before = (min(word.left for word in each) for each in (line, above))
    drawn_after = min(word.line for word in line) > max(word.line for word in above)
    near = above[0].baseline - line[0].baseline <= _DISTANCE * size
    return drawn_after and near and abs(left - before) <= _ALIGNED


def _are_paired(block: Sequence[_Line], rows: Sequence[_Line], size: float) -> bool:
    """Say whether each line has a row at its height, and each row a line: cells of a table."""
    return len(block) == len(rows) and all(
        abs(one[0].baseline - two[0].baseline) < _SAME_LINE * size
        for one, two in zip(block, rows, strict=True)
    )
