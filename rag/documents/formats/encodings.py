"""From bytes to text: which encoding a file is in, and what to do with bytes that are not in it.

Names of encodings are those of the web (WHATWG), so that "gb2312" and "iso-8859-1" mean what every
browser takes them for, and none of Python's own codecs (punycode, unicode_escape ...) is reached.
Every step is linear in the size of the file. Knows nothing of what the text says.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from rag.documents.formats.refusals import missing_package

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),  # before UTF-16's, which it begins with
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_SAMPLE = 16_384
"""Bytes, or characters, from which an encoding is told."""
_WIDER = {"gbk": "gb18030"}  # holds all of it, and what pages that say gb2312 have besides
_NOT_AS_SAID = frozenset({"utf-16le", "utf-16be", "x-user-defined"})
"""What bytes cannot be in which name their encoding in ASCII."""
_MULTIBYTE = frozenset(
    {"big5", "euc-jp", "euc-kr", "gb18030", "gbk", "iso-2022-jp", "shift_jis", "utf-8"}
)
_WESTERN = "cp1252"
_LATIN = ["cp1252", "cp1250", "cp1254", "cp1257", "iso8859-2", "cp850", "cp852", "mac-roman"]
_PAIRS = ["cp932", "euc_jis_2004", "gb18030", "big5hkscs", "cp949"]
_OTHER_LETTERS = [
    *("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic", "cp1253", "iso8859-7"),
    *("cp1255", "cp1256", "cp874"),
]
_CLEARLY, _ENOUGH = 1.15, 3
"""How many times as likely as Windows-1252 another guess must be, and of how many bytes. Of 48
sentences in 23 languages and all their usual encodings, not used to set it, 47 are told right, and
all of 87 short lines with a sign or letter of Windows-1252 in them."""
_JAPANESE_SIGN, _JAPANESE_BY_SIGNS = b"\x1b$", "iso2022_jp"
_MOSTLY = 4
"""Of so many bytes beyond ASCII one may be wrong in damaged UTF-8."""
_LONGEST_CHARACTER = 4
_SPACES = frozenset("\t\n\v\f\r\x1a")
_MULTIBYTE_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_CUT_CHARACTER = re.compile(
    rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})$"
)
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f]")
_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_LEAST_CONTROLS, _CONTROLS_SHARE = 2, 0.02
"""From so many control characters on, bytes may be halves of characters; of a text of East Asia in
UTF-16 a twentieth are."""
_LEAST_WIDE, _WIDE_SHARE = 4, 0.9
_EAST_ASIAN_SIGN = re.compile("[\u3000-\u30ff\uff00-\uffef]")
"""Kana and marks of Chinese and Japanese, which the other order of bytes does not make."""
_IN_TEXT = frozenset("\b\x1a\x1b")
"""Controls of old texts (two characters in one place, the end) and of terminals."""
_LEAST_ODD, _ODD_SHARE = 3, 0.05

_XML_DECLARATION = re.compile(rb"\s{0,100}<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.:-]{1,40})")
_TAG = re.compile(rb"<(?:!--|(script|style|title|textarea|meta)(?=[\s/>]))", re.I)
_LONGEST_META = 2_000
_ATTRIBUTE = re.compile(
    rb"([^\s=/>\"']{1,40})\s{0,40}=\s{0,40}(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))"
)
_CONTENT_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)


class Decoded(NamedTuple):
    """A file's text without its byte-order mark, and the Python codec that it was read with."""

    text: str
    encoding: str


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Return the text of `data`, which calls its encoding `declared` if it calls it anything.

    Looked at in this order: the byte-order mark; zero bytes as UTF-16 and UTF-32 have them, or none
    where it is UTF-16 of East Asia without a space or the end of a line; the declared encoding,
    unless nothing but UTF-8 fits; UTF-8, where single bytes are wrong at most; else a guess. A
    wrong byte is one U+FFFD. Raises `ValueError` for what is no text: zero bytes.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            decoded = Decoded(data[len(mark) :].decode(encoding, "replace"), encoding)
            break
    else:
        wide = _decode_wide(data) if b"\0" in data else _decode_east_asian(data, declared)
        decoded = wide or _decode_narrow(data, declared)
    if "\0" in decoded.text:
        raise ValueError(
            "it has zero bytes, so it is not text (binary, or damaged); save it as UTF-8 text"
        )
    return decoded


def decode_text(data: bytes, declared: str | None = None) -> str:
    """Return the text that `decode` does. Raises `ValueError` where it abounds in controls."""
    text = decode(data, declared).text
    sample = text[:: max(1, len(text) // _SAMPLE)]
    odd = sum(map(_is_control, sample))
    if odd >= _LEAST_ODD and odd >= _ODD_SHARE * len(sample):
        raise ValueError(
            "it has control characters between its letters, so it is not text, or its encoding is "
            "not known; save it as UTF-8 text"
        )
    return text


def _is_control(character: str) -> bool:
    is_control = unicodedata.category(character) == "Cc"
    return is_control and not character.isspace() and character not in _IN_TEXT


def xml_charset(data: bytes) -> str | None:
    """Return what an XML declaration at the start says that the encoding is."""
    declaration = _XML_DECLARATION.match(data)
    return declaration[1].decode("ascii", "replace") if declaration else None


def html_charset(data: bytes) -> str | None:
    """Return what the first `<meta>` that names an encoding says, or else the XML declaration.

    Comments, scripts, style sheets and the title are passed over.
    """
    for tag in _metas(data):
        attributes = {
            match[1].lower(): match[2] or match[3] or match[4] or b""
            for match in _ATTRIBUTE.finditer(tag)
        }
        charset = attributes.get(b"charset")
        if charset is None and attributes.get(b"http-equiv", b"").lower() == b"content-type":
            content = _CONTENT_CHARSET.search(attributes.get(b"content", b""))
            charset = content[1] if content else None
        if charset:
            return charset.decode("ascii", "replace").strip()
    return xml_charset(data)


def _metas(data: bytes) -> Iterator[bytes]:
    position = 0
    lowered = data.lower()  # where elements end is looked for whatever their case
    while match := _TAG.search(data, position):
        name = (match[1] or b"").lower()
        end = {b"": b"-->", b"meta": b">"}.get(name, b"</" + name)
        start = match.end() if name else match.end() - 2  # "<!-->" is a whole comment
        stop = lowered.find(end, start)
        if stop < 0:
            return
        if name == b"meta":
            yield data[match.end() : min(stop, match.end() + _LONGEST_META)]
        position = stop + len(end)


def codec_of(declared: str) -> str | None:
    """Return Python's codec for a name of an encoding; None if the web knows no such name.

    Raises `ValueError` for the few that no browser reads either.
    """
    try:
        import webencodings
    except ImportError:
        raise missing_package("webencodings") from None
    found = webencodings.lookup(declared)
    if found is None or found.name in _NOT_AS_SAID:
        return None
    if found.name == "replacement":
        raise ValueError(f"it is encoded as {declared}, which is not read; save it as UTF-8")
    return _WIDER.get(found.name) or str(found.codec_info.name)


def _decode_wide(data: bytes) -> Decoded | None:
    """Decode UTF-16 or UTF-32 without a mark: zeros stand in some places of a character only."""
    sample = data[:_SAMPLE]
    zeros = [sample[place::4].count(0) for place in range(4)]
    if 4 * sum(zeros) < len(sample) and not _CONTROL.search(sample):
        return None  # text of single bytes with a zero that strayed into it
    big_endian = zeros[0] + zeros[2] > zeros[1] + zeros[3]
    likely = ["utf-16-be" if big_endian else "utf-16-le"]
    if 2 * sum(zeros) >= len(sample):
        likely.insert(0, "utf-32-be" if zeros[0] > zeros[3] else "utf-32-le")
    for encoding in likely:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(map(_is_text, text[:_SAMPLE])):
            return Decoded(text, encoding)
    return None


def _decode_east_asian(data: bytes, declared: str | None) -> Decoded | None:
    """Decode UTF-16 without a mark in which no byte is zero, since all of it is Chinese or so."""
    controls = len(_CONTROL.findall(data[:_SAMPLE]))
    least = max(_LEAST_CONTROLS, _CONTROLS_SHARE * len(data[:_SAMPLE]))
    if declared is not None or controls < least:
        return None
    found: list[tuple[int, Decoded]] = []
    for encoding in ("utf-16-le", "utf-16-be"):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            signs = len(_EAST_ASIAN_SIGN.findall(text[:_SAMPLE]))
            if signs and _is_east_asian(text[:_SAMPLE]):
                found.append((signs, Decoded(text, encoding)))
    return max(found)[1] if found else None


def _is_east_asian(sample: str) -> bool:
    wide = sum(unicodedata.east_asian_width(character) in ("W", "F") for character in sample)
    is_wide = wide >= max(_LEAST_WIDE, _WIDE_SHARE * len(sample))
    return is_wide and all(map(_is_text, sample))


def _is_text(character: str) -> bool:
    return character in _SPACES or unicodedata.category(character) not in ("Cc", "Cn", "Co")


def _decode_narrow(data: bytes, declared: str | None) -> Decoded:
    """Decode what has ASCII as single bytes."""
    named = codec_of(declared) if declared else None
    if named is not None and named != "utf-8":
        return Decoded(*_as_named(data, named))
    if _JAPANESE_SIGN in data and data.isascii():
        with suppress(UnicodeDecodeError):
            return Decoded(data.decode(_JAPANESE_BY_SIGNS), _JAPANESE_BY_SIGNS)
    with suppress(UnicodeDecodeError):
        return Decoded(data.decode("utf-8"), "utf-8")
    if _is_damaged_utf8(data):
        return Decoded(data.decode("utf-8", "replace"), "utf-8")
    guess = _guess(data)
    return Decoded(data.decode(guess, "replace"), guess)


def _as_named(data: bytes, named: str) -> tuple[str, str]:
    """Decode as `named`, unless it has a byte a character and the bytes are UTF-8's throughout."""
    if named not in _MULTIBYTE and not data.isascii():
        try:
            return data.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            pass
    return data.decode(named, "replace"), named


def _is_damaged_utf8(data: bytes) -> bool:
    """Tell UTF-8 with some wrong bytes from other encodings, in which fewer bytes fit it.

    Two thirds do in some short Japanese texts (EUC-JP). A last character that is cut off is none.
    """
    cut = _CUT_CHARACTER.search(data, max(0, len(data) - _LONGEST_CHARACTER))
    data = data[: cut.start()] if cut else data
    beyond = sum(len(match[0]) for match in _NOT_ASCII.finditer(data))
    fitting = sum(len(match[0]) for match in _MULTIBYTE_CHARACTER.finditer(data))
    wrong = beyond - fitting
    return fitting > 0 and (wrong <= 1 or _MOSTLY * wrong <= beyond)


def _guess(data: bytes) -> str:
    """Return the codec of a sample from the first line beyond ASCII on.

    It is Windows-1252, as browsers take it, unless that would be no text, or another one is clearly
    likelier. Letters that are not Latin make words: bytes beyond ASCII that mostly stand alone are
    none of them.
    """
    try:
        import chardet
    except ImportError:
        raise missing_package("chardet") from None
    first = _NOT_ASCII.search(data)
    start = data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    start = max(start, first.start() - _SAMPLE // 2 if first else 0)
    sample = data[start : start + _SAMPLE]
    runs = [len(match[0]) for match in _NOT_ASCII.finditer(sample)]
    make_words = 2 * runs.count(1) <= len(runs)
    found = chardet.detect_all(
        sample,
        ignore_threshold=True,
        compat_names=False,
        prefer_superset=False,
        include_encodings=_LATIN + _PAIRS + _OTHER_LETTERS * make_words,
    )
    likely = {each["encoding"]: each["confidence"] for each in found}
    best = found[0]["encoding"] or _WESTERN
    if _WESTERN not in likely:
        return best
    is_clear = sum(runs) >= _ENOUGH and likely[best] >= _CLEARLY * likely[_WESTERN]
    return best if is_clear else _WESTERN
