"""The shapes of slides (PresentationML): which there are, and what they have from their layout."""

from collections.abc import Iterator
from typing import Any

from rag.documents.formats.markup import child_at, local_name

_SHAPES = ("sp", "graphicFrame", "grpSp", "pic")
_LARGEST = 1 << 40
_EIGHTH = 2_700_000
"""An eighth of a turn, as rotations are given."""
_IN_MASTER = {"title": "title", "ctrTitle": "title", "dt": "dt", "ftr": "ftr", "sldNum": "sldNum"}
"""The placeholder of a master that one of a layout follows, by their types; "body" for others."""


def shapes_in(tree: Any) -> Iterator[Any]:
    """Yield the shapes that a slide or group shows; of alternatives the first that has text."""
    for child in () if tree is None else tree:
        if local_name(child) in _SHAPES:
            if not _is_hidden(child):
                yield child
        elif local_name(child) == "AlternateContent":
            with_text = [each for each in child if each.find(".//{*}t") is not None]
            yield from shapes_in((with_text or list(child) or [()])[0])


def hidden_shapes(tree: Any) -> Iterator[Any]:
    """Yield the shapes of a slide that are hidden, in groups too."""
    for shape in () if tree is None else tree.iter(*(f"{{*}}{name}" for name in _SHAPES)):
        if _is_hidden(shape):
            yield shape


def paragraphs_of(shape: Any) -> list[Any]:
    """Return the paragraphs of a shape's text."""
    body = child_at(shape, "txBody")
    return [] if body is None else body.findall("{*}p")


def has_content(shape: Any) -> bool:
    """Tell whether a shape, or one in a group, has text, or is a table, chart or the like."""
    return any(
        local_name(each) == "graphicData" or (each.text or "").strip()
        for each in shape.iter("{*}t", "{*}graphicData")
    )


def role_of(shape: Any) -> str:
    """Return what a placeholder is for ("title", "body", "ftr" …); empty for other shapes."""
    placeholder = _placeholder(shape)
    return "" if placeholder is None else placeholder.get("type") or "obj"


def look_of(shape: Any) -> tuple[object, ...]:
    """Return what is seen of a shape at once: its kind, whether it is filled, its first letters."""
    properties = shape.find("./{*}txBody/{*}p/{*}r/{*}rPr")
    is_bold = properties is not None and properties.get("b") in ("1", "true")
    size = None if properties is None else properties.get("sz")
    is_filled = any(
        child_at(shape, *place) is not None for place in (("style",), ("spPr", "solidFill"))
    )
    return local_name(shape), role_of(shape), is_filled, is_bold, size


class Layout:
    """What the shapes of slides have from the placeholders that they fill."""

    def __init__(self, layout: Any, master: Any) -> None:
        self.kind = "" if layout is None else layout.get("type") or ""
        masters = {
            role_of(shape): shape
            for shape in shapes_in(child_at(master, "cSld", "spTree"))
            if role_of(shape)
        }
        self._above: dict[str, list[Any]] = {}
        for shape in shapes_in(child_at(layout, "cSld", "spTree")):
            placeholder = _placeholder(shape)
            if placeholder is not None:
                above = masters.get(_IN_MASTER.get(role_of(shape), "body"))
                self._above[placeholder.get("idx") or "0"] = [
                    shape,
                    *([] if above is None else [above]),
                ]

    def place_of(self, shape: Any) -> tuple[int, int, int, int]:
        """Return left, top, width and height of a shape, from its layout if it does not say."""
        for each in self._with_above(shape):
            frame = each.find("./{*}xfrm")
            frame = each.find("./*/{*}xfrm") if frame is None else frame
            if child_at(frame, "off") is not None:
                return _place(frame)
        return 0, 0, 0, 0

    def list_styles(self, shape: Any) -> Iterator[Any]:
        """Yield what says how the lists of a shape look, the nearest first."""
        for each in self._with_above(shape):
            style = child_at(each, "txBody", "lstStyle")
            if style is not None:
                yield style

    def _with_above(self, shape: Any) -> list[Any]:
        placeholder = _placeholder(shape)
        if placeholder is None:
            return [shape]
        return [shape, *self._above.get(placeholder.get("idx") or "0", [])]


def _is_hidden(shape: Any) -> bool:
    properties = shape.find("./*/{*}cNvPr")
    return properties is not None and properties.get("hidden") in ("1", "true")


def _placeholder(shape: Any) -> Any:
    return shape.find("./*/{*}nvPr/{*}ph")


def _place(frame: Any) -> tuple[int, int, int, int]:
    offset, extent = child_at(frame, "off"), child_at(frame, "ext")
    left, top = _number(offset.get("x")), _number(offset.get("y"))
    if extent is None:
        return left, top, 0, 0
    width, height = max(0, _number(extent.get("cx"))), max(0, _number(extent.get("cy")))
    if not _EIGHTH <= _number(frame.get("rot")) % (4 * _EIGHTH) < 3 * _EIGHTH:
        return left, top, width, height
    return left + (width - height) // 2, top + (height - width) // 2, height, width  # on its side


def _number(text: str | None) -> int:
    try:
        return max(-_LARGEST, min(int(text or "0"), _LARGEST))
    except ValueError:
        return 0
