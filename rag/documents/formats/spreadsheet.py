"""Spreadsheets (xlsx, xlsm, xls, ods): each sheet a heading, each row "column: value; …".

Read by calamine, which gives values, those that formulas had when the file was saved; macros never
run and links are not followed. Dates are written as ISO has them. Numbers are shown as the format
of their cell says: its decimals and thousands, a unit, %, leading zeros; a format without decimals
takes two at most. Hidden sheets, charts and comments are left out; hidden rows and columns are
read, as a filter or a folded group hides what is still meant.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from rag.documents.formats.grid import repeatable
from rag.documents.formats.refusals import COMPOUND_FILE, missing_package, password_refused
from rag.documents.formats.sheet_bounds import check_xlsx
from rag.documents.formats.sheet_notes import SheetNotes, Shown, plain_number
from rag.documents.formats.sheet_ods import check_ods
from rag.documents.formats.sheet_tables import write_tables
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse
from rag.documents.formats.xls_bounds import check_xls

_MOST_MERGED = 10_000
_DAMAGED = "it is damaged, or not a spreadsheet (.xlsx, .xls, .ods); save it again"
_LARGEST_EXACT = 1e16
_LARGEST_PLAIN = 1e20
_SMALLEST_PLAIN = 1e-10
_DURATION = re.compile(r"(-?)PT(\d{1,9})H(\d{1,2})M(\d{1,2})(?:[.,]\d*)?S")
"""A time of more than a day, as .ods has it."""


def extract_spreadsheet(data: bytes, max_bytes: int) -> Extracted:
    """Return the rows of all sheets that are shown, in .xlsx, .xlsm and .xls."""
    is_old = data.startswith(COMPOUND_FILE)
    return _extract(data, max_bytes, check_xls if is_old else check_xlsx)


def extract_ods(data: bytes, max_bytes: int) -> Extracted:
    """Return the rows of all sheets that are shown, in .ods."""
    return _extract(data, max_bytes, check_ods)


def _extract(data: bytes, max_bytes: int, check: Callable[[bytes, int], SheetNotes]) -> Extracted:
    notes = check(data, max_bytes)
    calamine = _calamine()
    writer = DocumentWriter(max_bytes)
    writer.warnings += notes.warnings
    hidden = []
    workbook = _called(calamine, calamine.CalamineWorkbook.from_filelike, BytesIO(data))
    for known in workbook.sheets_metadata:
        if known.visible is not calamine.SheetVisibleEnum.Visible:
            hidden.append(known.name)
        elif known.typ is calamine.SheetTypeEnum.WorkSheet and known.name not in notes.too_wide:
            sheet = _called(calamine, workbook.get_sheet_by_name, known.name)
            values = _called(calamine, sheet.to_python)
            _write_sheet(writer, sheet, values, notes)
    if hidden:
        names = ", ".join(map(collapse, hidden))
        writer.warnings.append(f"hidden and left out: sheet {names}; show it to have it read")
    if not writer.length and writer.warnings:
        raise ValueError("; ".join(writer.warnings))
    return writer.result()


def _write_sheet(
    writer: DocumentWriter, sheet: Any, values: list[list[Any]], notes: SheetNotes
) -> None:
    if sheet.start is None:
        return
    formats = notes.formats.get(sheet.name, {})
    first_row, first_column = sheet.start
    rows = [
        [
            _shown(value, formats.get((first_row + row, first_column + column)))
            for column, value in enumerate(cells)
        ]
        for row, cells in enumerate(values)
    ]
    if not any(map(any, rows)):
        return
    merged = sheet.merged_cell_ranges or notes.merged.get(sheet.name, [])
    for (top, left), (bottom, right) in merged[:_MOST_MERGED]:
        _repeat(
            rows, top - first_row, left - first_column, bottom - first_row, right - first_column
        )
    writer.heading(1, sheet.name)
    write_tables(writer, rows, first_row, first_column)


def _repeat(rows: list[list[str]], top: int, left: int, bottom: int, right: int) -> None:
    """Repeat the text of a merged cell in those it hides; not that of a title over a table."""
    if not (0 <= top < len(rows) and 0 <= left < len(rows[top])):
        return
    own = rows[top][left]
    is_title = sum(map(bool, rows[top])) == 1
    last = left if is_title else min(right, len(rows[top]) - 1)
    if not own:
        return
    for row in rows[top : bottom + 1]:
        row[left : last + 1] = [repeatable(own)] * (last + 1 - left)
    rows[top][left] = own


def _shown(value: Any, form: Shown | None) -> str:
    """Return a value as a sheet shows it, as far as that is known."""
    if isinstance(value, str):
        if match := _DURATION.fullmatch(value):
            sign, hours, minutes, seconds = match.groups()
            return f"{sign}{int(hours)}:{minutes:>02}" + _seconds(int(seconds))
        return " / ".join(filter(None, map(collapse, value.splitlines())))
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value) if form is None else form.around(value, _number)
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else f"{value.date()} {_clock(value.time())}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return _clock(value)
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + _seconds(seconds)
    return str(value)


def _seconds(seconds: int) -> str:
    return f":{seconds:02}" if seconds else ""


def _number(value: float) -> str:
    """Return a number with at most 15 digits, as many as spreadsheets keep, or a whole one."""
    if abs(value) < _LARGEST_EXACT and value == int(value):
        return str(int(value))
    is_plain = _SMALLEST_PLAIN <= abs(value) < _LARGEST_PLAIN
    return plain_number(value) if is_plain else f"{value:.15g}"


def _clock(value: time) -> str:
    return value.isoformat("seconds" if value.second else "minutes")


def _called(calamine: Any, function: Callable[..., Any], *arguments: object) -> Any:
    """Return what a function of calamine's returns, its errors as refusals."""
    try:
        return function(*arguments)
    except calamine.PasswordError:
        raise password_refused() from None
    except Exception:
        raise ValueError(_DAMAGED) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # calamine gave up; not an Exception
            raise
        raise ValueError(_DAMAGED) from None


def _calamine() -> Any:
    try:
        import python_calamine
    except ImportError:
        raise missing_package("python-calamine") from None
    return python_calamine
