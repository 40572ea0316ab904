"""Which elements of a page a person sees, which begin a line of their own, which stand off theirs.

No style sheet is obeyed, only attributes and an element's own style.
"""

import re
from collections.abc import Iterator
from typing import Any

from rag.documents.formats.markup import walk

_UNSEEN = frozenset(
    "annotation annotation-xml area audio base canvas datalist del embed epub:case frame frameset "
    "iframe input link meta noembed noframes noscript object option param rp rt rtc script "
    "select style svg template textarea title video".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr legend li main menu nav "
    "ol p pre search section summary table tbody td tfoot th thead tr ul".split()
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INLINE_DISPLAY = frozenset({"inline", "contents", "none", "ruby"})
_LONGEST_INITIAL = 2
"""Characters of a large initial that the first lines flow around, with a quotation mark."""
_SPACE = re.compile(r"\s+")
_SHIFT = re.compile(r"([-+]?)([0-9]{0,3}(?:\.[0-9]{1,4})?)(em|ex|rem|%|px|pt)")
_LEAST_SHIFT = {"em": 0.2, "rem": 0.2, "ex": 0.4, "%": 20, "px": 3, "pt": 2}
"""From so much on text stands above or below its line; less only places letters and icons."""


def walk_seen(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield ("start", element), ("end", element) of what is seen, ("skip", element) of the rest."""
    unseen = None
    for event, element in walk(root):
        if unseen is None:
            if event == "start" and _is_unseen(element):
                unseen = element
            else:
                yield event, element
        elif event == "end" and element is unseen:
            unseen = None
            yield "skip", element


def is_block(element: Any) -> bool:
    """Tell whether an element begins a line of its own.

    One whose name a page made up does if no text stands beside it.
    """
    tag = element.tag
    if tag in _BLOCKS:
        return True
    style = element.get("style")
    if style is not None and "display" in style.lower():
        said = _declarations(style)
        display = said.get("display", "inline")
        is_initial = "float" in said and len(element.text or "") <= _LONGEST_INITIAL
        return not (display.startswith("inline") or display in _INLINE_DISPLAY or is_initial)
    return "-" in tag and _stands_alone(element)


def script_by_style(element: Any) -> str:
    """Return "sup" or "sub" where an element's own style moves it off its line; "" if none does."""
    style = element.get("style")
    if style is None or "vertical-align" not in style.lower():
        return ""
    said = _declarations(style).get("vertical-align", "")
    if said in ("super", "sub"):
        return "sup" if said == "super" else "sub"
    shift = _SHIFT.fullmatch(said)
    if shift is None or float(shift[2] or 0) < _LEAST_SHIFT[shift[3]]:
        return ""
    return "sub" if shift[1] == "-" else "sup"


def _stands_alone(element: Any) -> bool:
    before = element.getprevious()
    parent = element.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else None
    return not (text or "").strip() and not (element.tail or "").strip()


def _is_tool(element: Any) -> bool:
    """Tell whether a button only belongs to the heading or code that it stands in."""
    parent = element.getparent()
    if element.tag != "button" or parent is None:
        return False
    is_beside = len(parent) > 1 or bool((parent.text or "").strip())
    return parent.tag == "pre" or (parent.tag in _HEADINGS and is_beside)


def _is_unseen(element: Any) -> bool:
    if element.tag in _UNSEEN or _is_tool(element):
        return True
    hidden = element.get("hidden")
    if hidden is not None and hidden.lower() != "until-found":
        return True
    if element.tag == "dialog" and element.get("open") is None:
        return True
    if element.get("role") == "doc-pagebreak" or element.get("epub:type") == "pagebreak":
        return True
    style = element.get("style")
    if style is None:
        return False
    said = _declarations(style)
    return (
        said.get("display") == "none"
        or said.get("visibility") in ("hidden", "collapse")
        or said.get("content-visibility") == "hidden"
        or said.get("font-size") in ("0", "0px")
    )


def _declarations(style: str) -> dict[str, str]:
    """Return what a style says, the last of each name."""
    said = {}
    for declaration in _SPACE.sub("", style).lower().split(";"):
        name, _, value = declaration.partition(":")
        said[name] = value.removesuffix("!important")
    return said
