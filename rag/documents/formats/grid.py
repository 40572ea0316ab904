"""Tables as lists of cells: which row names the columns.

Values to values; knows nothing of files.
"""

import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(
    r"[\-−]?(?:[A-Z]{3}\s|[^\w\s]\s?)?[+\-−(]?\s?\d[\d\s.,:/'’%)-]*\s?[^\W\d_]{0,3}[^\w\s]?"
)
_LONGEST_NUMBER = 40
_CODE = re.compile(r"[^\W\d_]{1,4}[-./ ]?\d[\w./-]*")
_PLAIN = re.compile(r"[\s$€£¥(+\-−]*\d[\d\s.,'’]*[\s$€£¥)]*")
_DAY = re.compile(r"\d{1,4}\.\d{1,2}\.(?:\d{2,4})?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}([./-])\d{1,2}\1\d{2,4}")
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST_NAME = 80
_LONGEST_QUESTION = 200
"""What a form asks may be as long, above its answers."""
_ROWS_LOOKED_AT = 50
_FEW = 4
"""One in so many columns may be without a name."""
_LONGEST_LIST = 20
"""Rows of a list of values in which most may be numbers; with more it is a table."""
_FEWEST_IN_SERIES = 3
_LONGEST_PLAIN_NAME = 30
"""Of a column, where nothing but its words tells that it is one."""
_FEWEST_COLUMNS = 3
"""With two, words above words are a label and its value."""
_MOSTLY = 0.75
_MOST_REPEATED = 200
"""A longer text is not repeated in every row or column that its cell spans."""


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number, an amount, a date, or a time."""
    return len(cell) <= _LONGEST_NUMBER and bool(_NUMBER.fullmatch(cell.strip()))


def is_amount(cell: str) -> bool:
    """Tell whether a cell is a number that is neither a day nor a time."""
    return _PLAIN.fullmatch(cell) is not None and not _DAY.fullmatch(cell)


def is_day(cell: str) -> bool:
    """Tell whether a cell is a date in numbers, with its day."""
    return _DATE.fullmatch(cell) is not None


def names_columns(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether `row` could name the columns of the rows `below` it.

    Its cells are short, few are empty or the same, and none looks like those below it; numbers
    (years, days, sizes) only where they count on from cell to cell.
    """
    names = [cell.strip() for cell in row]
    filled = [name for name, before in zip(names, ["", *names], strict=False) if name != before]
    filled = list(filter(None, filled))  # without what spans several columns
    if not below or len(filled) < 2 or 2 * len(set(filled)) <= len(filled):
        return False
    return could_name(names, below)


def could_name(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether `row` could name columns, as far as its cells look, though they be the same."""
    names = [cell.strip() for cell in row]
    if names[1:].count("") > max(1, len(names) // _FEW):
        return False
    long = [place for place, name in enumerate(names) if len(name) > _LONGEST_NAME]
    if long and not _are_questions(long, names, below):
        return False
    numbers: list[int] = []
    for place, name in enumerate(names):
        if is_number(name):
            if place == 0 or name != names[place - 1]:  # not what spans several columns
                numbers.append(place)
        elif any(map(str.isdigit, name)) and _is_like(name, _column(below, place)):
            return False
    return not numbers or _are_series(numbers, names, below)


def tells_names(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether what stands below shows that `row` names columns, if it could."""
    return any(shows(row, below) for shows in (has_numbers_below, has_longer_below, has_corner))


def has_corner(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether only the first cell of `row` is empty, above the names of two rows or more."""
    first, *names = (cell.strip() for cell in row)
    labels = _column(below, 0)
    return not first and all(names) and len(names) > 1 and 1 < len(labels) == len(below)


def has_numbers_below(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether a column has words in `row` and mostly numbers, or codes, below it."""
    for place, name in enumerate(row):
        if not name.strip() or _is_value(name):
            continue
        cells = _column(below, place)
        if cells and 2 * sum(map(_is_value, cells)) > len(cells):
            return True
    return False


def has_longer_below(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Tell whether `row` has a few words in each column, and most columns much more below them.

    That is texts at least twice as long, or with figures.
    """
    names = [name.strip() for name in row]
    if len(names) < _FEWEST_COLUMNS or len(below) < 2 or len(set(names)) < len(names):
        return False
    if any(not 0 < len(name) <= _LONGEST_PLAIN_NAME for name in names):
        return False
    if any(character.isdigit() for name in names for character in name):
        return False
    columns = [_column(below, place) for place in range(len(names))]
    if any(name in column for name, column in zip(names, columns, strict=True)):
        return False
    return 2 * sum(map(_is_longer, columns, names)) > len(names)


def _is_longer(cells: Sequence[str], name: str) -> bool:
    longer = sum(len(cell) >= 2 * len(name) or any(map(str.isdigit, cell)) for cell in cells)
    return longer >= _MOSTLY * len(cells) > 0


def begins_with_names(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of `rows` names the columns, by what only the rows below have."""
    first, below = rows[0], rows[1:]
    if not names_columns(first, below):
        return False
    return has_numbers_below(first, below) or any(map(is_number, first))  # that count on


def is_list_of_values(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of two columns names what the second says: "Name | Anna Kern"."""
    if not rows or not all(len(row) == 2 and row[0] for row in rows):
        return False
    if all(row[0].endswith(":") for row in rows):
        return True
    if any(is_number(row[0]) for row in rows):
        return False
    if len(rows) > _LONGEST_LIST and begins_with_names(rows):
        return False
    could_be_names = not is_number(rows[0][1])
    return len({is_number(row[1]) for row in rows[could_be_names:] if row[1]}) == 2


def repeatable(text: str) -> str:
    """Return the text of a cell that spans several, for those after the first."""
    return text if len(text) <= _MOST_REPEATED else ""


def first_only(cells: Sequence[str], spanned: int) -> list[str]:
    """Return the cells of a body's row, the first of which spans so many columns, in the first.

    "Delivery" over the columns before the sum is no value of each of them.
    """
    if not 1 < spanned < len(cells):
        return list(cells)
    return [cells[0], *[""] * (spanned - 1), *cells[spanned:]]


def _column(below: Sequence[Sequence[str]], place: int) -> list[str]:
    """Return the first cells of a column that are filled."""
    cells = (cells[place].strip() for cells in below[:_ROWS_LOOKED_AT] if place < len(cells))
    return list(filter(None, cells))


def _is_value(cell: str) -> bool:
    return is_number(cell) or (len(cell) <= _LONGEST_NUMBER and bool(_CODE.fullmatch(cell.strip())))


def _is_like(name: str, cells: Sequence[str]) -> bool:
    """Tell whether most of the cells are numbers or codes of the same form as `name`."""
    form = _form(name)
    return 2 * sum(_form(cell) == form for cell in cells) >= len(cells) > 0


def _form(cell: str) -> str:
    """Return what a cell looks like: "9" for numbers, "9-9-9" for a day, "A9" for a code."""
    if is_amount(cell):
        return "9"
    return "".join(_LETTERS.sub("A", _DIGITS.sub("9", cell[:_LONGEST_NUMBER])).split())


def _are_questions(
    places: Iterable[int], names: Sequence[str], below: Sequence[Sequence[str]]
) -> bool:
    """Tell whether long names stand above numbers, or texts that are much shorter."""
    if any(len(names[place]) > _LONGEST_QUESTION for place in places):
        return False
    lengths = [(len(names[place]), sorted(map(len, _column(below, place)))) for place in places]
    return has_numbers_below(names, below) or all(
        cells and 2 * cells[len(cells) // 2] <= length for length, cells in lengths
    )


def _are_series(
    places: Sequence[int], names: Sequence[str], below: Sequence[Sequence[str]]
) -> bool:
    """Tell whether numbers that stand side by side count on as those below them do not."""
    numbers = [names[place] for place in places]
    columns = [_column(below, place) for place in places]
    if len(numbers) == 1:
        if len(list(filter(None, names))) > 2 or not _YEAR.fullmatch(numbers[0]):
            return False
    elif not _counts_on(numbers):
        return False
    elif not all(map(is_number, filter(None, names[places[0] : places[-1] + 1]))):
        return False
    are_years = all(map(_YEAR.fullmatch, numbers))
    if are_years:
        cells = [cell for column in columns for cell in column]
        if 2 * sum(_YEAR.fullmatch(cell) is not None for cell in cells) < max(1, len(cells)):
            return True
    elif not any(map(_is_like, numbers, columns)):
        return True
    rows = [row for row in below[:_ROWS_LOOKED_AT] if len(row) > places[-1]]
    series = [each for row in rows if _has_even_steps(each := [row[place] for place in places])]
    if are_years:
        series = [each for each in series if all(map(_YEAR.fullmatch, each))]
    return _has_even_steps(numbers) and not series


def _counts_on(numbers: Sequence[str]) -> bool:
    """Tell whether numbers (days: by day or year first) grow, or shrink, from each to the next."""
    keys = [[int(digits[:15]) for digits in _DIGITS.findall(number)] for number in numbers]
    for ordered in (keys, [key[::-1] for key in keys]):
        pairs = list(zip(ordered, ordered[1:], strict=False))
        if all(a < b for a, b in pairs) or all(a > b for a, b in pairs):
            return True
    return False


def _has_even_steps(numbers: Sequence[str]) -> bool:
    if len(numbers) < _FEWEST_IN_SERIES or not all(map(str.isdecimal, numbers)):
        return False
    values = [int(number[:15]) for number in numbers]
    steps = {b - a for a, b in zip(values, values[1:], strict=False)}
    return len(steps) == 1 and steps != {0}
