"""Whether a text is a mail, which of it is its sender's, and what is quoted of an earlier one.

Knows the marks that every mail program uses, and no words of any language but the names of a
header's fields.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.documents.formats.marks import find_field
from rag.documents.moments import QUOTING, moment_in

_QUOTED = re.compile(r"[ \t]{0,3}> ?")
_COLONS = ":\N{FULLWIDTH COLON}"
_QUOTES_SOMEBODY = re.compile(rf"[{_COLONS}]\s*\Z")
_SIGNATURE = "--"
"""The line above a signature; some programs leave out the blank that should end it."""
_LONGEST_ATTRIBUTION = 200
_ATTRIBUTION_LINES = 3
_YEAR = re.compile(r"\b\d{4}\b")
_HEADER_FIELDS, _MOST_FIELDS = 3, 5
_HEADER_NAMES = frozenset({"from", "to", "cc", "bcc", "date", "sent", "subject", "attachments"})
"""What may stand in the header of a mail that was saved as text."""
_LONGEST_HEADER, _LONGEST_FIELD = 5_000, 1_000
_DEEPEST = 20
_MAIL_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}|\d{1,2}:\d\d")


def begins_like_mail(text: str) -> bool:
    """Say whether a text begins with the header of a mail: who wrote it, when, and of what.

    Each field stands there once, and short enough to be shown whole; pages are no mail's.
    """
    lines = text.lstrip()[:_LONGEST_HEADER].splitlines()
    end = next((number for number, line in enumerate(lines) if not line.strip()), len(lines))
    header: list[str] = []
    for line in lines[:end]:
        if line[:1].isspace() and header:
            header[-1] += line
        else:
            header.append(line)
    fields = {
        name.casefold(): value.strip()
        for name, colon, value in (line.partition(":") for line in header)
        if colon and len(value) <= _LONGEST_FIELD
    }
    needed = (("from",), ("date", "sent"), ("to", "subject"))
    if len(fields) < len(header) or not fields.keys() <= _HEADER_NAMES or "\f" in text:
        return False
    is_header = all(any(fields.get(name) for name in names) for names in needed)
    return is_header and any(line.strip() for line in lines[end:])


class Piece(NamedTuple):
    """What somebody says in a mail.

    `said_by` are lines before it that say who it is and when. `depth` is how deep it is quoted: of
    two pieces the deeper one is of an earlier mail.
    """

    speaker: str
    text: str
    depth: int
    said_by: str = ""


def split_quotes(text: str, sender: str) -> Iterator[Piece]:
    """Yield the pieces of a plain mail, without the marks of quotations.

    What is quoted is said by whom the line above names, if it ends in a colon ("On 12 May Tom
    wrote:"), and by who speaks there, quoting, if no line does. A signature is a piece of its own.
    """
    said_by = ""
    for piece in _split(text.splitlines(keepends=True), sender, 0):
        said_by += piece.said_by
        if piece.text.strip():
            yield piece._replace(said_by=said_by)
            said_by = ""
    if said_by:
        yield Piece(sender, said_by, 0)


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
            above = _attribution(own)
            begin = 0 if above else _end_of_attribution(inner)
            said = "".join(inner[:begin] or own[len(own) - above :])
            yield Piece(speaker, "".join(own[: len(own) - above]), depth, said_by)
            quoted = _in_line(said) or _last_line(own) or speaker + QUOTING
            own, said_by = [], ""
            yield from _split(inner[begin:], quoted, depth + 1, said)
            position = stop
            continue
        earlier = _header_of_earlier(lines, position)
        if earlier:
            yield Piece(speaker, "".join(own), depth, said_by)
            own, said_by, speaker = [], "", earlier
        own.append(lines[position])
        if lines[position].strip() == _SIGNATURE:
            yield Piece(speaker, "".join(own), depth, said_by)
            own, said_by = [], ""
        position += 1
    yield Piece(speaker, "".join(own), depth, said_by)


def _in_line(said: str) -> str:
    return " ".join(said.split()).rstrip(_COLONS).lstrip(", ")


def _says_who_and_when(said: str) -> bool:
    """Say whether a line ends in a colon, and names a day, or a year and an address.

    "On 12 May 2020 Tom wrote:", "Am 12. Mai 2020 schrieb Tom <tom@example.org>:".
    """
    if len(said) > _LONGEST_ATTRIBUTION or not _QUOTES_SOMEBODY.search(said):
        return False
    has_address = "@" in said and _MAIL_ADDRESS.search(said)
    return bool(moment_in(" ".join(said.split())) or (has_address and _YEAR.search(said)))


def _attribution(lines: list[str]) -> int:
    """Return how many of the last lines say who is quoted, and when; blank ones may follow."""
    stop = len(lines)
    while stop and not lines[stop - 1].strip():
        stop -= 1
    for begin in range(stop - 1, max(stop - 1 - _ATTRIBUTION_LINES, -1), -1):
        if not lines[begin].strip():
            break
        if _says_who_and_when("".join(lines[begin:stop])):
            return len(lines) - begin
    return 0


def _end_of_attribution(quoted: list[str]) -> int:
    """Return how many of the first lines say who is quoted, and when: some mails have it there."""
    first = next((number for number, line in enumerate(quoted) if line.strip()), len(quoted))
    for stop in range(first + 1, min(first + _ATTRIBUTION_LINES, len(quoted)) + 1):
        if not quoted[stop - 1].strip() or _QUOTED.match(quoted[stop - 1]):
            break
        if _says_who_and_when("".join(quoted[first:stop])):
            return stop
    return 0


def _last_line(lines: list[str]) -> str:
    """Return the last line with words, without its colon, if it ends in one: "Tom wrote:"."""
    last = next((line for line in reversed(lines) if line.strip()), "")
    is_said = _QUOTES_SOMEBODY.search(last) and len(last) <= _LONGEST_ATTRIBUTION
    return _in_line(last) if is_said else ""


def _header_of_earlier(lines: list[str], position: int) -> str:
    """Return who sent the mail whose header begins there, and when, as Outlook quotes.

    It has several fields in a row: who is the one called "from", or else the first; when is the one
    that names a day, or else the second.
    """
    if position and lines[position - 1].strip(" \t\r\n-_*") and find_field(lines[position - 1]):
        return ""
    fields: list[tuple[str, str]] = []
    for line in lines[position : position + _MOST_FIELDS]:
        content = line.strip(" \t\r\n*")
        field = find_field(content)
        if field is None:
            break
        fields.append((field.name.casefold(), content[field.length :].lstrip("* ")))
    if len(fields) < _HEADER_FIELDS:
        return ""
    values = [value for _, value in fields]
    dated = next((value for value in values if moment_in(value)), None)
    is_from = dated is not None and any(name == "from" for name, _ in fields)
    if not is_from and not any(map(_MAIL_ADDRESS.search, values[:_HEADER_FIELDS])):
        return ""
    others = [value for value in values if value is not dated]
    sender = next((value for name, value in fields if name == "from"), others[0])
    return f"{sender}, {dated or others[1]}"
