"""The marks of a page's lists: bullets, numbers as `start`, `value`, `reversed` and `type` say."""

import re
from dataclasses import dataclass, field
from typing import Any

from rag.documents.formats.numerals import numeral

_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_NUMBER = re.compile(r"\s*(-?[0-9]{1,9})")


@dataclass(slots=True)
class OpenList:
    """A list that is open: the number of its next item (None for bullets), and its terms."""

    number: int | None = None
    step: int = 1
    form: str = ""
    terms: list[str] = field(default_factory=list)
    """What the next description describes (`dt`)."""
    has_description: bool = False

    def marker(self, item: Any) -> str:
        """Return the mark of the next item."""
        if self.number is None:
            return "-"
        number = _integer(item.get("value"), self.number)
        self.number = number + self.step
        form = _FORMS.get(item.get("type", ""), self.form)
        return f"{numeral(number, form) if number > 0 else number}."

    def term(self, text: str) -> None:
        """Take a term; those after a description begin anew."""
        if self.has_description:
            self.terms.clear()
            self.has_description = False
        self.terms.append(text)

    def described(self) -> str:
        """Return what stands before a description: its terms and a colon."""
        self.has_description = True
        term = ", ".join(self.terms)
        return f"{term} " if term.endswith((":", "?", "!", ".")) else f"{term}: " if term else ""

    def left(self) -> str:
        """Return the terms that nothing describes."""
        return "" if self.has_description else ", ".join(self.terms)


def open_list(element: Any) -> OpenList:
    """Return the list that an element opens."""
    if element.tag != "ol":
        return OpenList()
    is_reversed = element.get("reversed") is not None
    last = sum(child.tag == "li" for child in element) if is_reversed else 1
    return OpenList(
        number=_integer(element.get("start"), last),
        step=-1 if is_reversed else 1,
        form=_FORMS.get(element.get("type", ""), ""),
    )


def _integer(value: str | None, default: int) -> int:
    match = _NUMBER.match(value) if value else None
    return int(match[1]) if match else default
