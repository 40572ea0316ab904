"""Tables as lists of cells: which row names the columns.

Values to values; knows nothing of files.
"""

import re
from collections.abc import Sequence

_NUMBER = re.compile(
    r"(?:[A-Z]{3}\s|[^\w\s]\s?)?[+-−(]?\s?\d[\d\s.,:/'’%)-]*\s?[^\W\d_]{0,3}[^\w\s]?"
)
_LONGEST_NUMBER = 40
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST_NAME = 80
_ROWS_LOOKED_AT = 50
_FEW = 4
"""One in so many columns may be without a name."""
_MOST_REPEATED = 200
"""A longer text is not repeated in every row or column that its cell spans."""


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number, an amount, a date, or a time."""
    return len(cell) <= _LONGEST_NUMBER and bool(_NUMBER.fullmatch(cell.strip()))


def names_columns(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether `row` could name the columns of the rows `below` it.

    Its cells are short words (or years), few are empty or the same, and none looks like the numbers
    below it.
    """
    names = [cell.strip() for cell in row]
    filled = [name for name, before in zip(names, ["", *names], strict=False) if name != before]
    filled = list(filter(None, filled))  # without what spans several columns
    if not below or len(filled) < 2 or 2 * len(set(filled)) <= len(filled):
        return False
    if names.count("") > max(1, len(names) // _FEW):
        return False
    if any(len(name) > _LONGEST_NAME for name in filled):
        return False
    numbers = [name for name in filled if is_number(name)]
    return not numbers or (len(numbers) >= len(filled) - 1 and _are_years(numbers, below))


def has_numbers_below(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether a column has words in `row` and mostly numbers below it."""
    for place, name in enumerate(row):
        if not name.strip() or is_number(name):
            continue
        cells = [cells[place] for cells in below[:_ROWS_LOOKED_AT] if place < len(cells)]
        filled = [cell for cell in cells if cell.strip()]
        if filled and 2 * sum(map(is_number, filled)) > len(filled):
            return True
    return False


def begins_with_names(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of `rows` names the columns, by the numbers below its words."""
    first, below = rows[0], rows[1:]
    return names_columns(first, below) and has_numbers_below(first, below)


def is_list_of_values(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of two columns names what the second says: "Name | Anna Kern"."""
    if not rows or not all(len(row) == 2 and row[0] for row in rows):
        return False
    if all(row[0].endswith(":") for row in rows):
        return True
    names_are_words = not any(is_number(row[0]) for row in rows)
    kinds = {is_number(row[1]) for row in rows[1:] if row[1]}
    return names_are_words and len(kinds) == 2


def repeatable(text: str) -> str:
    """Return the text of a cell that spans several, for those after the first."""
    return text if len(text) <= _MOST_REPEATED else ""


def _are_years(names: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    others = [cell for row in below[:_ROWS_LOOKED_AT] for cell in row[1:]]
    return all(map(_YEAR.fullmatch, names)) and not any(map(_YEAR.fullmatch, others))
