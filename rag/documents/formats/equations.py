"""Equations of office documents (OMML) on one line: (a+b)/2, x², √(n+1), ∑ᵢ₌₁ⁿ xᵢ."""

from typing import Any

from rag.documents.formats.markup import child_at, local_name, value_at
from rag.documents.formats.scripts import lower_text, raise_text

_OFF = ("0", "false", "off")
_COMBINING = range(0x300, 0x370)


def equation_text(element: Any) -> str:
    """Return what an equation, or a part of one, says."""
    name = local_name(element)
    shape = _SHAPES.get(name)
    if shape is not None:
        return shape(element)
    if name == "t":
        return element.text or ""
    return "".join(equation_text(child) for child in element if not _is_property(child))


def _is_property(element: Any) -> bool:
    return local_name(element).endswith("Pr")


def _part(element: Any, name: str) -> str:
    part = child_at(element, name)
    return "" if part is None else equation_text(part).strip()


def _option(element: Any, name: str) -> str | None:
    """Return the option of an equation's part; empty where it is there without a value."""
    properties = child_at(element, f"{local_name(element)}Pr")
    option = child_at(properties, name)
    return None if option is None else value_at(properties, name) or ""


def _bound(text: str) -> str:
    """Return `text` in parentheses, unless it is one word or number or has them already."""
    return text if text.isalnum() or len(text) < 2 or _is_enclosed(text) else f"({text})"


def _is_enclosed(text: str) -> bool:
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def _raised(text: str) -> str:
    raised = raise_text(text)
    return f"^{_bound(text)}" if text and raised == text else raised


def _lowered(text: str) -> str:
    lowered = lower_text(text)
    return f"_{_bound(text)}" if text and lowered == text else lowered


def _fraction(element: Any) -> str:
    above, below = _part(element, "num"), _part(element, "den")
    if _option(element, "type") == "noBar":
        return f"({above}¦{below})"
    return f"{_bound(above)}/{_bound(below)}"


def _scripts(element: Any) -> str:
    """Return a base with what stands below and above it, or (sPre) before it."""
    below, above = _lowered(_part(element, "sub")), _raised(_part(element, "sup"))
    base = _part(element, "e")
    if local_name(element) == "sPre":
        return f"{below}{above}{base}"
    return f"{base if len(base) < 2 or base[-1].isalnum() else _bound(base)}{below}{above}"


def _root(element: Any) -> str:
    hidden = _option(element, "degHide")
    degree = "" if hidden is not None and hidden not in _OFF else _part(element, "deg")
    return f"{raise_text(degree)}√{_bound(_part(element, 'e'))}"


def _sum(element: Any) -> str:
    sign = _option(element, "chr") or "∫"
    below, above = _lowered(_part(element, "sub")), _raised(_part(element, "sup"))
    return f"{sign}{below}{above} {_part(element, 'e')}"


def _delimited(element: Any) -> str:
    options = [_option(element, name) for name in ("begChr", "sepChr", "endChr")]
    begin, between, end = (
        default if option is None else option
        for option, default in zip(options, "(|)", strict=True)
    )
    parts = [equation_text(part).strip() for part in element if local_name(part) == "e"]
    return f"{begin}{between.join(parts)}{end}"


def _function(element: Any) -> str:
    return f"{_part(element, 'fName')} {_part(element, 'e')}"


def _limit(element: Any) -> str:
    limit = _part(element, "lim")
    script = _lowered(limit) if local_name(element) == "limLow" else _raised(limit)
    return f"{_part(element, 'e')}{script}"


def _accent(element: Any) -> str:
    sign = _option(element, "chr") or "\N{COMBINING CIRCUMFLEX ACCENT}"
    base = _part(element, "e")
    return f"{base}{sign}" if len(base) == 1 and ord(sign[0]) in _COMBINING else base


def _matrix(element: Any) -> str:
    rows = [
        ", ".join(equation_text(cell).strip() for cell in row if local_name(cell) == "e")
        for row in element
        if local_name(row) == "mr"
    ]
    return f"[{'; '.join(rows)}]"


def _array(element: Any) -> str:
    return "; ".join(equation_text(part).strip() for part in element if local_name(part) == "e")


_SHAPES = {
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _scripts,
    "rad": _root,
    "nary": _sum,
    "d": _delimited,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "acc": _accent,
    "m": _matrix,
    "eqArr": _array,
}
