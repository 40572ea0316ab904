"""Pages that a browser saved as one file (MHTML): the page in it, without its pictures."""

import base64
import binascii
import quopri
import re

_START = re.compile(
    rb"\s{0,100}(?:From|MIME-Version|Content-Type|Subject|Snapshot-\S{1,40}):", re.I
)
_PARAMETER = r'\b{}\s*=\s*(?:"([^"]*)"|([^\s;]+))'
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def is_mhtml(data: bytes) -> bool:
    """Tell whether `data` begins with the headers of a message with several parts."""
    return bool(_START.match(data)) and b"multipart/" in data[:4_000].lower()


def page_of(data: bytes) -> tuple[bytes, str | None]:
    """Return the first HTML page and the encoding that its headers name.

    Raises `ValueError` where there is none.
    """
    headers, body = _parted(data)
    boundary = _parameter(headers.get("content-type", ""), "boundary")
    for part in body.split(b"--" + boundary.encode())[1:] if boundary else ():
        own, content = _parted(part.lstrip(b"\r\n"))
        kind = own.get("content-type", "")
        if kind.lower().startswith("text/html"):
            return _decoded(content, own), _parameter(kind, "charset") or None
    raise ValueError("it is a saved page (MHTML) without a page; save it as HTML")


def _parted(data: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers by their names in lower case, and what follows the first empty line."""
    end = _BLANK_LINE.search(data)
    head = data[: end.start()] if end else data
    lines = re.sub(rb"\r?\n[ \t]+", b" ", head).decode("latin-1").splitlines()
    headers = {
        name.strip().lower(): value.strip()
        for name, mark, value in (line.partition(":") for line in lines)
        if mark
    }
    return headers, data[end.end() :] if end else b""


def _parameter(header: str, name: str) -> str:
    match = re.search(_PARAMETER.format(name), header, re.I)
    return (match[1] or match[2] or "") if match else ""


def _decoded(content: bytes, headers: dict[str, str]) -> bytes:
    encoding = headers.get("content-transfer-encoding", "").lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    if encoding == "base64":
        try:
            return base64.b64decode(content)
        except binascii.Error:
            raise ValueError("it is damaged: its base64 cannot be decoded; save it again") from None
    return content
