"""The words and numbers of charts and diagrams (SmartArt) in office documents."""

from collections.abc import Iterator
from typing import Any

from rag.documents.formats.markup import attribute, child_at, local_name
from rag.documents.formats.writer import DocumentWriter, collapse

_MOST_POINTS = 10_000
_NOT_SHOWN = ("pres", "parTrans", "sibTrans")


def write_chart(chart: Any, writer: DocumentWriter) -> bool:
    """Write a chart's title as a caption, and its values as a table: a row for each category.

    Returns whether it had any values; `chart` is the root of its part, or None.
    """
    if chart is None:
        return False
    title = chart.find(".//{*}chart/{*}title")
    if title is not None:
        writer.paragraph(_words(title), kind="caption")
    series = [
        (_first(each, "tx"), _points(each, "cat", "xVal"), _points(each, "val", "yVal"))
        for each in chart.iter("{*}ser")
    ]
    if not series:
        return False
    categories: dict[int, str] = {}
    for _, names, values in series:
        for place in values:
            categories.setdefault(place, names.get(place, ""))
    writer.end_group()
    writer.row(["", *[name for name, _, _ in series]], header=True)
    for place, category in sorted(categories.items()):
        writer.row([category, *[values.get(place, "") for _, _, values in series]])
    writer.end_group()
    return True


def write_diagram(diagram: Any, writer: DocumentWriter) -> bool:
    """Write the texts of a diagram as the items of a list, in the order in which it has them.

    Returns whether there was a diagram; `diagram` is the root of its data, or None.
    """
    if diagram is None:
        return False
    writer.end_group()
    points = [
        point for point in diagram.iter("{*}pt") if attribute(point, "type") not in _NOT_SHOWN
    ]
    for point in points or [diagram]:
        writer.item("-", _words(point))
    writer.end_group()
    return True


def _words(element: Any) -> str:
    """Return the text of an element: its paragraphs, parted by spaces."""
    paragraphs = list(element.iter("{*}p")) or [element]
    texts = (
        "".join(each.text or "" for each in paragraph.iter() if local_name(each) in ("t", "v"))
        for paragraph in paragraphs
    )
    return collapse(" ".join(texts))


def _first(series: Any, name: str) -> str:
    return next(iter(_points(series, name).values()), "")


def _points(series: Any, *names: str) -> dict[int, str]:
    """Return the texts of the points that the first part of these names keeps, by their place."""
    for name in names:
        part = child_at(series, name)
        if part is not None:
            return dict(_cached(part))
    return {}


def _cached(part: Any) -> Iterator[tuple[int, str]]:
    for point in part.iter("{*}pt"):
        place = attribute(point, "idx") or ""
        value = child_at(point, "v")
        if value is not None and place.isdecimal() and int(place) < _MOST_POINTS:
            yield int(place), collapse(value.text or "")
    direct = child_at(part, "v")
    if direct is not None:
        yield 0, collapse(direct.text or "")
