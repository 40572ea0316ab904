"""The formats of question sets: JSON lines, CSV and SQuAD JSON to entries with their places.

An entry is what the file says, not yet checked, or a `QuestionSetError` where it says nothing that
can be read. Reads no files; knows nothing of what a question needs.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rag.documents.formats.delimited import rows_of
from rag.errors import QuestionSetError
from rag.evaluation.squad import question_record

Entry = tuple[str, Any]
"""Where it stands, such as "line 3", and the fields or the error."""

LISTS = ("answers", "history", "points", "rows")
LIST_SEPARATOR = "|"
_TRUE, _FALSE = ("true", "yes", "1", "y"), ("false", "no", "0", "n")


def entries_of(data: bytes, suffix: str) -> Iterator[Entry]:
    """Yield the entries of a set, by its suffix (".csv") and, where that is open, by its content.

    `data` is without a byte-order mark.
    """
    if suffix in (".csv", ".tsv"):
        return csv_entries(data)
    if suffix != ".jsonl":
        if data.lstrip()[:1] == b"{":
            whole = _json(data)
            if isinstance(whole, dict) and isinstance(whole.get("data"), list):
                return squad_entries(whole["data"])
        elif "question" in _header(data.partition(b"\n")[0].decode("utf-8", "replace"))[0]:
            return csv_entries(data)
    return json_lines_entries(data)


def json_lines_entries(data: bytes) -> Iterator[Entry]:
    """Yield an entry for each line that is not empty."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            yield f"line {number}", _json(line)


def csv_entries(data: bytes) -> Iterator[Entry]:
    """Yield an entry for each row under the header, which names the fields in any order.

    Cells are separated by commas, semicolons or tabs, whichever the header has; several answers by
    "|". An empty cell is a field that is not given. Without an id it is the row's number, without
    answerable it is answerable if it has answers or evidence.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        yield f"line {line}", QuestionSetError("not UTF-8: save it as CSV in UTF-8")
        return
    names, separator = _header(text.partition("\n")[0])
    if "question" not in names:
        yield "line 1", QuestionSetError(f"no column question in the header, found {names}")
        return
    rows = rows_of(text, separator)
    if any("\n" in cell for cell in next(rows).cells):
        yield (
            "line 1",
            QuestionSetError("a quotation mark in the header is not closed on its line: close it"),
        )
        return
    number = 0
    for row in rows:
        if row.has_stray_quote:
            yield (
                f"line {row.line}",
                QuestionSetError(
                    'not CSV: a quotation mark opens a cell and is not closed; double it ("")'
                ),
            )
        elif any(cell.strip() for cell in row.cells):
            number += 1
            yield f"line {row.line}", _fields(names, row.cells, number)
            if _may_hold_rows(row.cells, separator, len(names)):
                yield (
                    f"line {row.line}",
                    QuestionSetError(
                        "a cell in quotation marks goes over lines that look like rows: if they "
                        "are, close the mark before them"
                    ),
                )


def squad_entries(articles: list[Any]) -> Iterator[Entry]:
    """Yield an entry for each question of the articles; the evidence may stand in any document."""
    for number, article in enumerate(articles):
        for place, paragraph in _items(article, "paragraphs", f"data[{number}]"):
            for at, question in _items(paragraph, "qas", place):
                if isinstance(question, QuestionSetError):
                    yield at, question
                    continue
                try:
                    yield at, question_record(question, paragraph["context"])
                except KeyError as error:
                    yield at, QuestionSetError(f"not a question of SQuAD: it has no {error}")
                except (TypeError, AttributeError, ValueError) as error:
                    yield at, QuestionSetError(f"not a question of SQuAD ({error})")


def _items(value: Any, name: str, place: str) -> Iterator[Entry]:
    items = value.get(name) if isinstance(value, dict) else None
    if not isinstance(items, list):
        wrong = value if isinstance(value, QuestionSetError) else QuestionSetError(f"has no {name}")
        yield place, wrong
        return
    for number, item in enumerate(items):
        yield f"{place}.{name}[{number}]", item


def _json(data: bytes) -> Any:
    """Return what JSON says, or the error."""
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        return QuestionSetError("not UTF-8")
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "too deep or too large"
        return QuestionSetError(f"not JSON ({reason})")


def _header(line: str) -> tuple[list[str], str]:
    """Return the names of the columns and what separates them."""
    separator = max(",;\t", key=line.count)
    names = [name.strip().strip('"').strip().lower() for name in line.split(separator)]
    return ["answers" if name == "answer" else name for name in names], separator


def _may_hold_rows(cells: list[str], separator: str, width: int) -> bool:
    """Say whether a cell has a line, not its first, that has as many cells as there are columns."""
    return width > 1 and any(
        len(line.split(separator)) == width for cell in cells for line in cell.splitlines()[1:]
    )


def _fields(
    names: list[str], cells: list[str], number: int
) -> Mapping[str, Any] | QuestionSetError:
    if len(cells) > len(names):
        return QuestionSetError(
            f"has {len(cells)} cells, expected {len(names)}: quote what has one"
        )
    fields: dict[str, Any] = {
        name: cell.strip() for name, cell in zip(names, cells, strict=False) if cell.strip()
    }
    for name in LISTS:
        if name in fields:
            parts = (part.strip() for part in fields[name].split(LIST_SEPARATOR))
            fields[name] = [part for part in parts if part]
    fields.setdefault("id", str(number))
    word = str(fields.get("answerable", "")).lower()
    if word in (*_TRUE, *_FALSE):
        fields["answerable"] = word in _TRUE
    elif not word:
        fields["answerable"] = bool(fields.get("answers") or fields.get("evidence"))
    return fields
