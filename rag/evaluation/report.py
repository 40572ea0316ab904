"""Write a finished report: `report.json`, `rows.csv`, and the summary as text for a terminal.

Knows where files go and how figures look, not how they are made.
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any

from rag.errors import ReportError
from rag.evaluation.rows import Row
from rag.evaluation.summary import Place, Summary
from rag.serialize import to_json

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run a cell that starts with one of these (OWASP, "CSV injection")."""

COLUMNS = (
    "id",
    "group",
    "question",
    "answerable",
    "kind",
    "status",
    "text",
    "short_answer",
    "answers",
    "document",
    "evidence",
    "citations",
    "confidence",
    "exact_match",
    "f1",
    "contains",
    "hit_rank",
    "evidence_recall",
    "evidence_precision",
    "right_citations",
    "unsupported",
    "checked",
    "first_seconds",
    "total_seconds",
    "error",
)

_TEXT = (str,)
_NUMBER = (int, float, NoneType)
_FIELDS: dict[str, tuple[type, ...]] = {
    "id": _TEXT,
    "question": _TEXT,
    "text": _TEXT,
    "kind": _TEXT,
    "answerable": (bool,),
    "status": (str, NoneType),
    "short_answer": (str, NoneType),
    "evidence": (str, NoneType),
    "error": (str, NoneType),
    "answers": (list,),
    "citations": (list,),
    "seconds": (dict,),
    "confidence": _NUMBER,
    "exact_match": _NUMBER,
    "f1": _NUMBER,
    "contains": _NUMBER,
    "hit_rank": (int, NoneType),
    "evidence_recall": _NUMBER,
    "evidence_precision": _NUMBER,
    "right_citations": _NUMBER,
    "unsupported": (int,),
}
"""What the figures ask of a row, and of which kinds it is."""
_STAGES_ASKED = ("first", "total")


def write_report(report_dir: Path, report: Mapping[str, Any]) -> None:
    """Write `report.json` and `rows.csv`, each whole or not at all; raises `OSError`."""
    write_whole(report_dir / "rows.csv", rows_as_csv(report["rows"]))
    write_whole(report_dir / "report.json", report_as_json(report))


def report_as_json(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the report as pieces of JSON, a line for each row: thousands are written quickly."""
    others = {name: value for name, value in report.items() if name != "rows"}
    yield to_json(others, indent=1).removesuffix("\n}") + (",\n" if others else "\n")
    yield ' "rows": ['
    for number, row in enumerate(report["rows"]):
        yield (",\n  " if number else "\n  ") + to_json(row)
    yield "\n ]\n}\n"


def read_report(report_dir: Path) -> dict[str, Any]:
    """Return the report in a folder; raises `ReportError` if there is none that can be read."""
    path = report_dir / "report.json"
    try:
        report = json.loads(path.read_bytes())
    except OSError as error:
        raise ReportError(
            f"cannot read {path}: {error.strerror or error}; "
            "expected a folder that `footnote evaluate --report` wrote"
        ) from None
    except (ValueError, RecursionError):
        raise ReportError(f"{path} is not JSON; make it again with `footnote evaluate`") from None
    if not isinstance(report, dict) or not isinstance(report.get("rows"), list):
        raise ReportError(f"{path} has no rows; make it again with `footnote evaluate`")
    return report


def checked_rows(report_dir: Path, report: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a report that was read, if figures can be made of them.

    Raises `ReportError` naming the first row that is not one of this version, and why.
    """
    for place, row in enumerate(report["rows"], start=1):
        if wrong := _what_is_wrong(row):
            raise ReportError(
                f"{report_dir / 'report.json'}: row {place} {wrong}; "
                "make the report again with `footnote evaluate`"
            )
    rows: list[Row] = report["rows"]
    return rows


def _what_is_wrong(row: Any) -> str:
    if not isinstance(row, dict):
        return f"is {row!r:.40}, expected an object"
    seconds = row.get("seconds")
    fields = _FIELDS | {"group": _TEXT} if "group" in row else _FIELDS
    for name, kinds in fields.items():
        if name not in row:
            return f"has no {name!r}"
        if not isinstance(row[name], kinds):
            return f"has {name} {row[name]!r:.40}, expected {_words(kinds)}"
    for stage in _STAGES_ASKED:
        if not isinstance(seconds, dict) or not isinstance(seconds.get(stage, ""), _NUMBER):
            return f"has no number for the seconds {stage!r}"
    return ""


def _words(kinds: tuple[type, ...]) -> str:
    names = {
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
        NoneType: "null",
    }
    return " or ".join(dict.fromkeys(names[kind] for kind in kinds))


def rows_as_csv(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the rows as CSV, a line of cells for each question, safe to open in a spreadsheet."""
    yield _csv_line(COLUMNS)
    for row in rows:
        yield _csv_line([_cell(row, name) for name in COLUMNS])


def _csv_line(cells: Iterable[Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue()


def neutralised(text: str) -> str:
    """Return `text` with a leading apostrophe if a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_whole(path: Path, text: str | Iterable[str]) -> None:
    """Write UTF-8 beside its place, make it durable, and rename it."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8", newline="") as file:
        file.writelines([text] if isinstance(text, str) else text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def format_summary(summary: Summary) -> str:
    """Return the summary as aligned text: a line for each figure, with its 95 % interval."""
    lines = [
        f"{summary['questions']} questions, {summary['answerable']} of them answerable; "
        f"{summary['errors']} failed"
    ]
    sections = [name for name in summary if isinstance(summary[name], dict) and name != "intervals"]
    figures = {section: list(_leaves(summary[section], ())) for section in sections}
    width = max(
        (len(" ".join(place)) for leaves in figures.values() for place, _ in leaves), default=0
    )
    undefined = False
    for section, leaves in figures.items():
        lines.append("")
        lines.append(f"{section:<{width + 2}}{'':>10}  95 % interval")
        for place, value in leaves:
            undefined = undefined or value is None
            interval = _at(summary["intervals"], (section, *place))
            between = "" if interval is None else f"{number(interval[0])} – {number(interval[1])}"
            lines.append(f"  {' '.join(place):<{width}}{number(value):>10}  {between}".rstrip())
    if undefined:
        lines += ["", "–: not defined for these questions or answers"]
    return "\n".join(lines)


def number(value: float | None) -> str:
    """Return a figure for people: three decimals, whole numbers as they are, – if not defined."""
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _cell(row: Row, name: str) -> str | int | float | None:
    value: Any
    if name == "citations":
        value = [f"{c['document']}:{c['start']}-{c['end']}" for c in row["citations"]]
    elif name == "checked":
        value = [f"{each['probability']:.2f}" for each in row.get("checked") or ()]
    elif name.endswith("_seconds"):
        value = row["seconds"][name.removesuffix("_seconds")]
    else:
        value = row.get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = " | ".join(value)
    return neutralised(value) if isinstance(value, str) else value


def _leaves(section: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, Any]]:
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*place, name))
        else:
            yield (*place, name), value


def _at(section: Any, place: Place) -> Any:
    for name in place:
        section = section.get(name) if isinstance(section, dict) else None
    return section
