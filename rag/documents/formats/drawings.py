"""The words and numbers of charts and diagrams (SmartArt) in office documents."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from rag.documents.formats.chart_numbers import adds_to_number, shown_number
from rag.documents.formats.markup import attribute, child_at, local_name, value_at
from rag.documents.formats.writer import DocumentWriter, collapse

_MOST_POINTS = 10_000
_NOT_SHOWN = ("pres", "parTrans", "sibTrans")
_TRUE = ("1", "true")


class _Axis(NamedTuple):
    title: str = ""
    format: str = ""
    """How its numbers look where they have no format of their own."""


class _Series(NamedTuple):
    name: str
    names: dict[int, str]
    """The categories, or where a point lies across, by place."""
    values: dict[int, str]
    across: str
    """The title of the axis of the categories."""


def write_chart(chart: Any, writer: DocumentWriter) -> bool:
    """Write a chart's title as a caption, and its values as a table: a row for each category.

    Series whose points lie elsewhere have a table of their own. Returns whether it had any values;
    `chart` is the root of its part, or None.
    """
    if chart is None:
        return False
    title = chart.find(".//{*}chart/{*}title")
    if title is not None:
        writer.paragraph(_words(title), kind="caption")
    series = list(_series(chart))
    for names, together in _tables(series):
        places = sorted({place for each in together for place in each.values})
        writer.end_group()
        writer.row([together[0].across, *[each.name for each in together]], header=True)
        for place in places:
            writer.row([names.get(place, ""), *[each.values.get(place, "") for each in together]])
        writer.end_group()
    return bool(series)


def name_with_unit(name: str, title: str) -> str:
    """Return the name of a series with the title of its axis, which often says the unit."""
    if not title or title.casefold() in name.casefold():
        return name
    return f"{name} ({title})" if name else title


def write_diagram(diagram: Any, writer: DocumentWriter) -> bool:
    """Write the texts of a diagram as the items of a list, nested and ordered as it shows them.

    Returns whether there was a diagram; `diagram` is the root of its data, or None.
    """
    if diagram is None:
        return False
    writer.end_group()
    points = list(diagram.iter("{*}pt"))
    for point, depth in _nested(diagram, points) if points else [(diagram, 0)]:
        writer.item("-", _words(point), depth)
    writer.end_group()
    return True


def _nested(diagram: Any, points: list[Any]) -> Iterator[tuple[Any, int]]:
    """Yield the points of a diagram with their depths, and last those that hang on none."""
    below: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for link in diagram.iter("{*}cxn"):
        order = attribute(link, "srcOrd") or ""
        if (attribute(link, "type") or "parOf") == "parOf":
            place = int(order) if order.isdecimal() else 0
            below[attribute(link, "srcId") or ""].append((place, attribute(link, "destId") or ""))
    by_id = {
        attribute(point, "modelId") or str(number): point
        for number, point in enumerate(points)
        if attribute(point, "type") not in _NOT_SHOWN
    }
    roots = [name for name, point in by_id.items() if attribute(point, "type") == "doc"]
    due = [(name, 0) for name in [*reversed(by_id), *roots]]
    while due:
        name, depth = due.pop()
        point = by_id.pop(name, None)
        if point is not None:
            is_shown = bool(_words(point))
            yield point, depth
            inner = [(after, depth + is_shown) for _, after in sorted(below[name])]
            due += reversed(inner)


def _words(element: Any) -> str:
    """Return the text of an element: its paragraphs, parted by spaces."""
    paragraphs = list(element.iter("{*}p")) or [element]
    texts = (
        "".join(each.text or "" for each in paragraph.iter() if local_name(each) in ("t", "v"))
        for paragraph in paragraphs
    )
    return collapse(" ".join(texts))


def _series(chart: Any) -> Iterator[_Series]:
    from_1904 = value_at(chart, "date1904") in _TRUE
    axes = {
        value_at(axis, "axId"): _axis(axis)
        for axis in chart.iter("{*}catAx", "{*}dateAx", "{*}valAx", "{*}serAx")
    }
    for each in chart.iter("{*}ser"):
        around = each.getparent()
        if local_name(around).startswith("filtered"):  # what its maker has hidden
            continue
        ids = [attribute(axis, "val") for axis in around.findall("{*}axId")]
        across, along = [axes.get(name, _Axis()) for name in [*ids, None, None][:2]]
        is_share = value_at(around, "grouping") == "percentStacked"  # the axis has other numbers
        name = " ".join(_points(each, "", from_1904, "tx").values())
        yield _Series(
            name_with_unit(name, "" if is_share else along.title),
            _points(each, across.format, from_1904, "cat", "xVal"),
            _points(each, "" if is_share else along.format, from_1904, "val", "yVal"),
            across.title,
        )


def _axis(axis: Any) -> _Axis:
    title, form = child_at(axis, "title"), child_at(axis, "numFmt")
    code = "" if form is None else attribute(form, "formatCode") or ""
    return _Axis("" if title is None else _words(title), code)


def _tables(series: list[_Series]) -> Iterator[tuple[dict[int, str], list[_Series]]]:
    """Yield the names of the rows, and the series that have them in common."""
    names: dict[int, str] = {}
    together: list[_Series] = []
    for each in series:
        if any(names.get(place, name) != name for place, name in each.names.items()):
            yield names, together
            names, together = {}, []
        names |= each.names
        together.append(each)
    if together:
        yield names, together


def _points(series: Any, code: str, from_1904: bool, *names: str) -> dict[int, str]:
    """Return the texts of the points that the first part of these names keeps, by their place.

    Numbers without a format have the one with `code`.
    """
    for name in names:
        part = child_at(series, name)
        if part is not None:
            levels = [dict(_cached(level, code, from_1904)) for level in part.iter("{*}lvl")]
            return _joined(levels) if levels else dict(_cached(part, code, from_1904))
    return {}


def _joined(levels: list[dict[int, str]]) -> dict[int, str]:
    """Return names in several levels, the innermost first: each outer one goes on to the next."""
    joined: dict[int, str] = {}
    outer: list[str] = [""] * len(levels)
    for place in sorted({place for level in levels for place in level}):
        for depth, level in enumerate(levels):
            outer[depth] = level.get(place, outer[depth] if depth else "")
        joined[place] = " ".join(filter(None, reversed(outer)))
    return joined


def _cached(part: Any, code: str, from_1904: bool) -> Iterator[tuple[int, str]]:
    own = part.findtext(".//{*}formatCode") or ""
    for point in part.iter("{*}pt"):
        place = attribute(point, "idx") or ""
        value = child_at(point, "v")
        if value is not None and place.isdecimal() and int(place) < _MOST_POINTS:
            text = collapse(value.text or "")
            if local_name(point.getparent()) in ("numCache", "numLit"):
                form = attribute(point, "formatCode") or own
                form = form if adds_to_number(form) else code
                text = shown_number(text, form, from_1904=from_1904)
            yield int(place), text
    direct = child_at(part, "v")
    if direct is not None:
        yield 0, collapse(direct.text or "")
