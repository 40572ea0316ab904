"""Mail (eml, mbox): each message's subject, sender and date, and its text as what they say.

The body is the plain text, or else the HTML, also where the plain text says next to nothing of it.
What a mail quotes of an earlier one is another turn.
Attachments are named, not read; nothing is fetched.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime
from itertools import groupby
from typing import NamedTuple

from rag.datatypes import Block
from rag.documents.formats.encodings import decode
from rag.documents.formats.html import extract_html
from rag.documents.formats.layout import text_blocks
from rag.documents.formats.lines import has_word
from rag.documents.formats.mail_quotes import Piece, split_quotes
from rag.documents.formats.marks import find_marks
from rag.documents.formats.writer import DocumentWriter, Extracted, collapse
from rag.documents.moments import QUOTING, moment_in

_SHOWN_HEADERS = ("From", "To", "Cc", "Bcc", "Date", "Sent")
_LONGEST_HEADER = 2_000
_FROM_LINE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]{1,1000}(?:\n|\Z)")
_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.M)
_PIECE = 2
"""Level of the heading over what somebody else says, below the subject."""
_MOST_NAMED = 5
_HINT = 3
"""How many words more than the plain text the HTML has where the plain text is but a hint at it."""
_UTF8_MARK = "\ufeff"


class _Contents(NamedTuple):
    """The parts of a message: texts to read, names of attachments, messages that it forwards."""

    texts: list[Message]
    attachments: list[str]
    forwarded: list[Message]


def extract_mail(data: bytes, max_bytes: int) -> Extracted:
    """Return one message; its title is its subject. Raises `ValueError` where there is no text."""
    writer = _MailWriter(max_bytes)
    writer.write(_parse(data))
    return writer.result()


def extract_mbox(data: bytes, max_bytes: int) -> Extracted:
    """Return all messages of a mailbox. Raises `ValueError` for a file that is none."""
    starts = list(_FROM_LINE.finditer(data))
    if not starts or data[: starts[0].start()].strip():
        raise ValueError('no "From " line begins it, so it is no mbox; save the mails as .eml')
    writer = _MailWriter(max_bytes)
    ends = [*(start.start() for start in starts[1:]), len(data)]
    for start, end in zip(starts, ends, strict=True):
        writer.write(_parse(_ESCAPED_FROM.sub(rb"\1", data[start.end() : end])))
    return writer.result()


def _parse(data: bytes) -> Message:
    try:
        return message_from_bytes(data, policy=compat32)
    except (RecursionError, MessageError, ValueError) as error:
        raise ValueError(
            f"its parts cannot be told apart ({type(error).__name__}); save it as text or HTML"
        ) from None


class _MailWriter:
    """Writes messages one after the other, and counts what is not read."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._document = DocumentWriter(max_bytes)
        self._unread: list[str] = []
        self._written = 0

    def write(self, message: Message) -> None:
        """Write a message, and then those that it forwards; one alone names the document."""
        self._document.title = "" if self._written else _header(message, "Subject")
        self._written += 1
        waiting = [message]
        while waiting:
            current = waiting.pop()
            contents = _contents(current, self._max_bytes)
            self._write_one(current, contents)
            waiting += reversed(contents.forwarded)

    def result(self) -> Extracted:
        """Return what was written; one warning says what was not read."""
        if self._unread:
            names = ", ".join(self._unread[:_MOST_NAMED])
            more = len(self._unread) - _MOST_NAMED
            names += f" and {more:,} more" if more > 0 else ""
            self._document.warnings.append(
                f"attachments are not read ({names}); save them as files of their own"
            )
        return self._document.result()

    def _write_one(self, message: Message, contents: _Contents) -> None:
        subject = collapse(_header(message, "Subject"))
        self._document.heading(1, subject)
        fields = [(name, _header(message, name)) for name in _SHOWN_HEADERS]
        attached = ", ".join(contents.attachments) or _header(message, "Attachments")
        self._document.record([*fields, ("Attachments", attached)])
        self._document.end_group()
        self._unread += contents.attachments
        sender = _sender(message)
        for part in contents.texts:
            if part.get_content_type() == "text/html":
                page = extract_html((_UTF8_MARK + _text(part)).encode(), self._max_bytes)
                self._say(sender, page.text, page.blocks)
                continue
            self._write_pieces(sender, split_quotes(_text(part), sender))

    def _write_pieces(self, sender: str, pieces: Iterable[Piece]) -> None:
        """Write the pieces of a mail, with a heading where another one begins to be quoted.

        And where the mail itself goes on after that. What is quoted without saying whose it is
        belongs to what stands around it.
        """
        section = sender
        for piece in pieces:
            is_bare = piece.speaker.endswith(QUOTING) or not moment_in(piece.speaker)
            begins = piece.speaker != section and (piece.speaker == sender or not is_bare)
            if piece.said_by or begins:
                section = piece.speaker
                self._document.heading(_PIECE, piece.said_by or section)
            self._say(piece.speaker, piece.text, _said(piece.text), piece.depth)

    def _say(self, speaker: str, text: str, blocks: Sequence[Block], depth: int = 0) -> None:
        """Write what somebody says; its headings stand between turns, and so begin sections."""
        for is_heading, run in groupby(blocks, key=lambda block: block.kind == "heading"):
            if not is_heading:
                self._document.insert(text, list(run), turn=speaker, depth=depth)
                continue
            for block in run:
                words = text[block.text_start : block.text_end]
                self._document.heading(block.level + _PIECE, words)


def _said(text: str) -> list[Block]:
    """Return the blocks of what somebody writes: a short line above it greets, or is a name."""
    first, *others = text_blocks(text)
    words = text[first.start : first.end]
    bare = (first.start, first.end) == (first.text_start, first.text_end)
    if first.kind == "heading" and bare and not words.isupper() and not any(find_marks(words)):
        first = replace(first, kind="paragraph", level=0)
    return [first, *others]


def _contents(message: Message, max_bytes: int) -> _Contents:
    contents = _Contents([], [], [])
    waiting = [message]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        name = _name(part)
        if kind == "message/rfc822":
            contents.forwarded.extend(_children(part))
        elif kind == "multipart/alternative":
            waiting += _best(part, max_bytes)
        elif part.is_multipart():
            waiting += reversed(list(_children(part)))
        elif name or part.get_content_disposition() == "attachment":
            contents.attachments.append(name or kind)
        elif kind in ("text/plain", "text/html"):
            contents.texts.append(part)
    return contents


def _children(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    for child in payload if isinstance(payload, list) else []:
        if isinstance(child, Message):
            yield child


def _best(part: Message, max_bytes: int) -> list[Message]:
    """Return the plain text of a message that is there in several forms, else the last form.

    Where the plain text only says that there is another form, it is that one.
    """
    children = list(_children(part))
    plain = (each for each in children if each.get_content_type() == "text/plain")
    shown = next((each for each in plain if _text(each).strip()), None)
    if shown is None:
        return children[-1:]
    for child in reversed(children):
        for page in (child, *_children(child)):  # which may have pictures beside it
            is_page = page.get_content_type() == "text/html"
            if is_page and _says_more(_text(page), _text(shown), max_bytes):
                return [child]
    return [shown]


def _says_more(page: str, text: str, max_bytes: int) -> bool:
    """Tell whether a page has so many more words that a text is but a hint to read it."""
    if len(page) < _HINT * len(text):
        return False
    try:
        words = extract_html((_UTF8_MARK + page).encode(), max_bytes).text.split()
    except ValueError:  # the text can be read at least
        return False
    return sum(map(has_word, words)) > _HINT * len(text.split())


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        charset = part.get_content_charset()
    except (LookupError, ValueError):
        charset = None
    try:
        return decode(data.replace(b"\0", b""), charset).text.replace("\r\n", "\n")
    except ValueError:  # an encoding that nobody reads
        return data.replace(b"\0", b"").decode("utf-8", "replace")


def _name(part: Message) -> str:
    try:
        name = part.get_filename()
    except (LookupError, ValueError, TypeError):
        name = None
    return collapse(_decoded(name))[:_LONGEST_HEADER] if name else ""


def _header(message: Message, name: str) -> str:
    """Return the first header of that name as text; empty if there is none."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return _decoded(str(value))
    return ""


def _decoded(value: str) -> str:
    """Return a header with its encoded words as they are meant, or as they stand if broken."""
    value = value[:_LONGEST_HEADER]
    if not value.isascii():
        return decode(value.encode("utf-8", "surrogateescape").replace(b"\0", b"")).text
    try:
        return str(make_header(decode_header(value)))
    except (MessageError, LookupError, ValueError):
        return value


def _sender(message: Message) -> str:
    """Return who sent a message, and when: "Anna Kern, 2021-05-12 10:00"."""
    sender = _header(message, "From")
    try:
        name, address = parseaddr(sender)
    except RecursionError:
        name, address = sender, ""
    date = _header(message, "Date") or _header(message, "Sent")
    said = moment_in(date)  # which knows 9:00 PM
    try:
        if said is not None and said.time is not None:
            at = datetime.combine(said.day, said.time)
        else:
            at = parsedate_to_datetime(date)
        when = at.strftime("%Y-%m-%d %H:%M")
    except (ValueError, TypeError, OverflowError):
        when = collapse(date)
    shown = name or (address if "@" in address else sender)
    return ", ".join(filter(None, (collapse(shown), when)))
