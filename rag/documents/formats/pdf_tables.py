"""Tables of a page: cells stand in columns, between which all lines are white.

Values to values. Rows that go over several lines are joined, empty cells keep their place.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from rag.documents.formats.pdf_gaps import is_even, wide_gaps
from rag.documents.formats.pdf_layout import Line
from rag.documents.formats.pdf_rows import Table
from rag.documents.formats.pdf_table_lines import LEADERS, Group, first_lines

_ENTRY = re.compile(r"(.*?\S)\s*(?:[.…·_]{4,}|(?:[.…·]\s){4,})[.…·\s]*(\S{1,12})")
"""A line of a table of contents: a title, dots, a page."""
_MOSTLY_TEXT, _JUSTIFIED_LINES = 0.6, 3
"""Of the lines of a part, how many may have gaps where it is text; how many reach one margin."""


def find_tables(lines: Sequence[Line]) -> Iterator[Line | Table]:
    """Yield the lines of a part of a page, and tables in place of those that are rows."""
    number = 0
    spread = _spread_lines(lines)
    while number < len(lines):
        line = lines[number]
        if number in spread:
            yield line
            number += 1
            continue
        entry = _ENTRY.fullmatch(line.text) if LEADERS.search(line.text) else None
        if entry:
            yield Table(rows=((entry[1], entry[2]),), page=line.page, top=line.baseline)
            number += 1
            continue
        beside = [] if wide_gaps(line) else first_lines(lines, number)
        if beside or wide_gaps(line):
            table, stop = _table_from(lines, number, beside, spread)
            if table is not None:
                yield table
                number = stop
                continue
        yield line
        number += 1


def _table_from(
    lines: Sequence[Line], number: int, beside: Sequence[Line], spread: Collection[int]
) -> tuple[Table | None, int]:
    """Return the table that a line begins, with those beside it, and where what follows begins."""
    for doubtful in (True, False):
        group = Group(lines[number], *beside)
        stop = group.grow(lines, number + 1 + len(beside), spread, doubtful=doubtful)
        table = group.table()
        if not group.doubtful or (table is not None and not group.has_stray):
            return table, stop
        if beside:
            return None, number
    return table, stop


def _spread_lines(lines: Sequence[Line]) -> set[int]:
    """Return the lines of justified text whose words stand far apart, to reach the margin.

    Beside them stand lines that reach the same margin without wide gaps.
    """
    wide = [number for number, line in enumerate(lines) if wide_gaps(line)]
    if not wide or len(wide) > _MOSTLY_TEXT * len(lines):
        return set()
    full = Counter(
        round(line.right) for number, line in enumerate(lines) if number not in set(wide)
    )
    edge, count = full.most_common(1)[0]
    count += full[edge - 1] + full[edge + 1]
    if count < _JUSTIFIED_LINES:
        return set()
    left = min(line.left for line in lines)
    return {
        number
        for number in wide
        if abs(lines[number].right - edge) <= 1.5
        and lines[number].left - left < 4 * lines[number].size
        and is_even(lines[number])
    }
