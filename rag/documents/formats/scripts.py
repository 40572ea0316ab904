"""Raised and lowered characters as Unicode has them: 10⁸, H₂O.

What a format only shows by place and size (10 with a small 8 above) would else read 108. Words that
are raised (20th, 1er) stay as people write and search them. Knows nothing of formats.
"""

import re

_RAISED = str.maketrans(
    "0123456789+-−=()abcdefghijklmnoprstuvwxyz",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
)
_LOWERED = str.maketrans(
    "0123456789+-−=()aehijklmnoprstuvx",
    "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ",
)
_KEPT = frozenset(" ,;.–")
"""What stands between raised numbers: 1, 2 or 3–5."""
_WORD = re.compile(r"[^\W\d_]{2}")
_FORMULA = re.compile(r"[^\s\[\]]{1,20}")
_SIGNS = frozenset("+-−")


def raise_text(text: str) -> str:
    """Return `text` as superscript; where Unicode has no such characters, a formula as ^(x/2).

    Words, references in brackets and marks (®, *) come back as they are.
    """
    own = text.strip()
    shifted = _shifted(own, _RAISED)
    if shifted is None and _FORMULA.fullmatch(own) and _is_formula(own):
        shifted = f"^{own}" if len(own) == 1 else f"^({own})"
    return text if shifted is None else text.replace(own, shifted)


def lower_text(text: str) -> str:
    """Return `text` as subscript; what Unicode has no such characters for comes back as it is."""
    own = text.strip()
    shifted = _shifted(own, _LOWERED)
    return text if shifted is None else text.replace(own, shifted)


def _shifted(text: str, table: dict[int, int]) -> str | None:
    """Return `text` in other characters; None where one is missing, for a word, and for a mark."""
    is_known = all(ord(character) in table or character in _KEPT for character in text)
    if not is_known or _WORD.search(text) or not (text in _SIGNS or any(map(str.isalnum, text))):
        return None
    return text.translate(table)


def _is_formula(text: str) -> bool:
    has_digit = any(map(str.isdigit, text))
    has_letter = any(map(str.isalpha, text))
    has_sign = any(character in "+-−=/*" for character in text)
    return has_digit and (has_letter or has_sign) or has_letter and (has_sign or len(text) == 1)
