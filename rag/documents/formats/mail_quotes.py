"""Whether a text is a mail, which of it is its sender's, and what is quoted of an earlier one.

Knows the marks that every mail program uses, and no words of any language.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.documents.formats.marks import find_field

_QUOTED = re.compile(r"[ \t]{0,3}> ?")
_COLONS = ":\N{FULLWIDTH COLON}"
_QUOTES_SOMEBODY = re.compile(rf"[{_COLONS}]\s*\Z")
_SIGNATURE = "--"
"""The line above a signature; some programs leave out the blank that should end it."""
_LONGEST_ATTRIBUTION = 200
_ATTRIBUTION_LINES = 3
_YEAR = re.compile(r"\b\d{4}\b")
_HEADER_FIELDS, _MOST_FIELDS = 3, 5
_HEADER_NAMES = frozenset(
    {"from", "to", "cc", "bcc", "reply-to", "date", "sent", "subject", "attachments"}
)
"""What may stand in the header of a mail that was saved as text."""
_LONGEST_HEADER = 5_000
_DEEPEST = 20
_MAIL_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}|\d{1,2}:\d\d")


def begins_like_mail(text: str) -> bool:
    """Say whether a text begins with the header of a mail: who wrote it, when, and of what."""
    lines = text.lstrip()[:_LONGEST_HEADER].splitlines()
    end = lines.index("") if "" in lines else len(lines)
    names = {name.strip().casefold() for name, _, _ in map(_named, lines[:end])}
    needed = (("from",), ("date", "sent"), ("to", "subject"))
    is_header = names <= _HEADER_NAMES and all(names.intersection(any_) for any_ in needed)
    return is_header and any(map(str.strip, lines[end:]))


def _named(line: str) -> tuple[str, str, str]:
    """Return the name of a header's line, ":" and its value; one that goes on is of no name."""
    return ("from", ":", line) if line[:1].isspace() else line.partition(":")


class Piece(NamedTuple):
    """What somebody says in a mail; `said_by` are lines before it that say who it is, and when."""

    speaker: str
    text: str
    said_by: str = ""


def split_quotes(text: str, sender: str) -> Iterator[Piece]:
    """Yield the pieces of a plain mail, without the marks of quotations.

    What is quoted is said by whom the line above names, if it ends in a colon ("On 12 May Tom
    wrote:"), and by `sender`, quoting, if no line does. A signature is a piece of its own.
    """
    said_by = ""
    for piece in _split(text.splitlines(keepends=True), sender, 0):
        said_by += piece.said_by
        if piece.text.strip():
            yield piece._replace(said_by=said_by)
            said_by = ""
    if said_by:
        yield Piece(sender, said_by)


def _split(lines: list[str], sender: str, depth: int, said_by: str = "") -> Iterator[Piece]:
    own: list[str] = []
    speaker = sender
    position = 0
    while position < len(lines):
        if depth < _DEEPEST and _QUOTED.match(lines[position]):
            stop = position
            while stop < len(lines) and _QUOTED.match(lines[stop]):
                stop += 1
            inner = [_QUOTED.sub("", line, count=1) for line in lines[position:stop]]
            begin = _end_of_attribution(inner)
            above = [] if begin else _attribution(own)
            said = "".join(inner[:begin] or above)
            quoted = " ".join(said.split()).rstrip(_COLONS) or f"{speaker}, quoting"
            if not _says_when(said):  # but what somebody said: "This is what you asked:"
                said, above = "", []
            yield Piece(speaker, "".join(own[: len(own) - len(above)]), said_by)
            own, said_by = [], ""
            yield from _split(inner[begin:], quoted.lstrip(", "), depth + 1, said)
            position = stop
            continue
        earlier = _header_of_earlier(lines, position)
        if earlier:
            yield Piece(speaker, "".join(own), said_by)
            own, said_by, speaker = [], "", earlier
        own.append(lines[position])
        if lines[position].strip() == _SIGNATURE:
            yield Piece(speaker, "".join(own), said_by)
            own, said_by = [], ""
        position += 1
    yield Piece(speaker, "".join(own), said_by)


def _attribution(lines: list[str]) -> list[str]:
    """Return the last lines, with blank ones behind, if they end in a colon: who is quoted."""
    begin = len(lines)
    while begin and not lines[begin - 1].strip():
        begin -= 1
    while begin and lines[begin - 1].strip() and len(lines) - begin < _ATTRIBUTION_LINES:
        begin -= 1
    said = "".join(lines[begin:]).strip()
    is_said = _QUOTES_SOMEBODY.search(said) and len(said) <= _LONGEST_ATTRIBUTION
    return lines[begin:] if is_said else []


def _end_of_attribution(quoted: list[str]) -> int:
    """Return how many of the first lines say who is quoted, and when: some mails have it there."""
    first = next((number for number, line in enumerate(quoted) if line.strip()), len(quoted))
    for stop in range(first + 1, min(first + _ATTRIBUTION_LINES, len(quoted)) + 1):
        said = "".join(quoted[first:stop])
        if _QUOTES_SOMEBODY.search(said) and _says_when(said):
            return stop
        if not quoted[stop - 1].strip() or _QUOTED.match(quoted[stop - 1]):
            return 0
    return 0


def _says_when(said: str) -> bool:
    """Say whether a line names a year, and a time or an address: it is of a mail."""
    return bool(_YEAR.search(said) and _MAIL_ADDRESS.search(said))


def _header_of_earlier(lines: list[str], position: int) -> str:
    """Return who sent the mail whose header begins there, and when, as Outlook quotes.

    It has several fields in a row; who and when are the first two of them, unless one is a date.
    """
    if position and lines[position - 1].strip(" \t\r\n-_*") and find_field(lines[position - 1]):
        return ""
    values: dict[str, str] = {}
    for line in lines[position : position + _MOST_FIELDS]:
        content = line.strip(" \t\r\n*")
        field = find_field(content)
        if field is None:
            break
        values[field.name.casefold()] = content[field.length :].lstrip("* ")
    if len(values) < _HEADER_FIELDS or not any(map(_MAIL_ADDRESS.search, values.values())):
        return ""
    sender, *others = values.values()
    when = next((values[name] for name in ("date", "sent") if name in values), others[0])
    return f"{sender}, {when}"
