"""Labels of a sheet's table that stand once, beside the first of several rows, for all of them.

So pivot tables have them, and people: "North" beside the first of its four quarters. A row must
say its label where it is quoted alone, so it is repeated, as the text of a merged cell is; but only
where the table shows that it has groups, as a cell may just have been left empty. Values to values;
knows nothing of files.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import isclose
from typing import NamedTuple

from rag.documents.formats.grid import is_number

_MOST_LEVELS = 3
_FEWEST_CARRIED = 4
"""Cells left empty that are those of groups though no other sign says so."""
_MOST_TOTALS = 4
_LONGEST_LABEL = 80
_DAY = re.compile(r"(?:19|20)\d\d(?:-\d\d){0,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}")
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")
_NUMBER = re.compile(r"(?:(-)[$€£¥]? ?|[$€£¥] ?(-))?(\d+(?:,\d{3})*(?:\.\d+)?)")

_Row = Sequence[str]


class _Group(NamedTuple):
    """The places of a row with labels and of the rows below it that have none of their own."""

    first: int
    members: list[int]


def carry_labels(rows: Sequence[_Row]) -> list[_Row]:
    """Return the rows below the names of a table, each with the labels of the groups it is in."""
    levels = _levels(rows)
    if not levels:
        return list(rows)
    end = len(rows) - _totals_at_the_end(rows, levels)
    carried = [list(row) for row in rows]
    outermost: list[_Group] = []
    for level in range(levels):
        groups = _groups(rows[:end], level, levels)
        outermost = outermost or groups
        for group in groups:
            for member in group.members:
                carried[member][level] = rows[group.first][level]
    return list(carried if _are_groups(rows, carried, outermost, levels) else rows)


def _levels(rows: Sequence[_Row]) -> int:
    """Return how many columns have labels: those before one that always has words; 0 for none."""
    if not rows or not rows[0][0]:
        return 0
    below = [row for row in rows if not row[0] and any(map(_is_word, row))]
    for level in range(1, min(_MOST_LEVELS + 1, len(rows[0]))):
        if below and all(_is_word(row[level]) for row in below):
            labels = {cell for row in rows for cell in row[:level] if cell}
            return level if all(map(_could_be_label, labels)) else 0
    return 0


def _is_word(cell: str) -> bool:
    """Tell whether a cell could say which row of a group it stands in: amounts do not."""
    return _could_be_label(cell) or len(cell) > _LONGEST_LABEL or bool(_TIME.fullmatch(cell))


def _could_be_label(cell: str) -> bool:
    is_day = _DAY.fullmatch(cell) is not None
    return 0 < len(cell) <= _LONGEST_LABEL and (is_day or not is_number(cell))


def _groups(rows: Sequence[_Row], level: int, levels: int) -> list[_Group]:
    """Return the groups of a level; a row without words, or with these alone, ends one."""
    groups: list[_Group] = []
    is_open = False
    for place, row in enumerate(rows):
        if any(row[: level + 1]):
            groups.append(_Group(place, []))
            is_open = bool(row[level])
        elif is_open and row[levels] and (any(row[levels + 1 :]) or levels + 1 == len(row)):
            groups[-1].members.append(place)
        else:
            is_open = False
    return groups


def _are_groups(
    rows: Sequence[_Row], carried: Sequence[_Row], groups: Sequence[_Group], levels: int
) -> bool:
    """Tell whether the rows are in groups: no two of these have the same labels, and a sign of it.

    The same words come again under other labels, but not under the same; or labels stand in rows of
    their own, or come again in those that add up their rows; or no group has one row only.
    """
    keys = [tuple(row[: levels + 1]) for row in carried if row[levels]]
    labels = [tuple(carried[group.first][:levels]) for group in groups]
    with_members = [group for group in groups if group.members]
    if len(set(labels)) < len(labels) or len(with_members) < 2:
        return False
    words = Counter(key[-1] for key in keys)
    again = sum(count > 1 for count in words.values())
    if len(set(keys)) == len(keys) and 2 * again >= len(words):
        return True
    alone = [sum(map(bool, rows[group.first])) == 1 for group in with_members]
    pairs = list(zip(groups, groups[1:], strict=False))
    added = [group for group, after in pairs if group.members and _names(rows, after, group)]
    full = [group for group in groups if rows[group.first][levels]]
    empty = sum(len(group.members) for group in full)
    return (
        all(alone)
        or len(added) > 1
        or (all(group.members for group in full) and empty >= _FEWEST_CARRIED)
    )


def _names(rows: Sequence[_Row], after: _Group, group: _Group) -> bool:
    """Tell whether a row after a group is about all of it: "North total" after "North"."""
    own, label = rows[after.first][0], rows[group.first][0]
    return label in own and own != label and not rows[after.first][1]


def _totals_at_the_end(rows: Sequence[_Row], levels: int) -> int:
    """Return how many of the last rows, which have no label, are of the whole table.

    They have words that stand nowhere else; the first has sums or means of the numbers above.
    """
    totals = 0
    for count in range(1, min(_MOST_TOTALS, len(rows) - 1) + 1):
        above, own = rows[:-count], rows[-count]
        if any(own[:levels]) or any(row[levels] == own[levels] for row in above):
            break
        if _is_total(own, [row for row in above if row[levels]], levels):
            totals = count
    return totals


def _is_total(last: _Row, above: Sequence[_Row], levels: int) -> bool:
    """Tell whether a row has sums or means, in all its columns of numbers, of the rows above.

    Among these there may be the sums of groups, where words come again.
    """
    has_sums = len({row[levels] for row in above}) < len(above)
    columns = [
        (numbers, own[0])
        for place in range(levels + 1, len(last))
        if (own := _numbers(last[place : place + 1]))
        and len(numbers := _numbers(row[place] for row in above)) > 1
    ]
    return bool(columns) and all(_sums_up(*column, has_sums) for column in columns)


def _sums_up(numbers: Sequence[float], own: float, has_sums: bool) -> bool:
    total = sum(numbers)
    results = [total]
    if has_sums:
        results.append(total / 2)
    if len(set(numbers)) > 1:
        results.append(total / len(numbers))
    return any(isclose(own, result, rel_tol=1e-6) for result in results)


def _numbers(cells: Iterable[str]) -> list[float]:
    return [
        float(f"{match[1] or match[2] or ''}{match[3]}".replace(",", ""))
        for cell in cells
        if (match := _NUMBER.search(cell))
    ]
