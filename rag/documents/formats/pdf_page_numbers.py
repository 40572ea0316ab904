"""Page numbers: which numbers in the margins of pages are the numbers of the pages.

Values to values. A number counts as one if it is as far from its page as others, and stands alone,
apart at an end of its row, or beside a word for page; what any other word names is not dropped.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.documents.formats.pdf_columns import Word
from rag.documents.formats.pdf_layout import Line, Page, line_of
from rag.documents.formats.pdf_line_text import text_of

_SEVERAL = 3
"""Pages on which a number beside other words counts, before it is a page number."""
_GAP, _WIDE_GAP = 1.5, 0.1
"""Of the size: what parts a row. Of the page's width: so far apart stands a number without a word
for page, for at a smaller distance a label and its value stand."""
_OUTER, _MIDDLE = 0.25, 0.05
"""Of the page's width: where a number stands at the left or right of its page; and amid it."""
_FAR = 30
"""A number that differs more from its page's place may count bills, rooms or years."""
_SMALL = 0.95
"""Of the usual size: what is smaller is small print."""
_PAGES = (
    "page|pages|pg|pagina|página|pàgina|pág|pag|seite|side|sida|síða|sivu|strona|strana|stránka"
    "|stran|str|oldal|sayfa|halaman|trang|puslapis|страница|стр|сторінка|стор|σελίδα|σελ"
    "|صفحة|עמוד|หน้า|页|頁|ページ|페이지|쪽"
)
_OF = "of|von|de|sur|di|van|av|af|ze?|od|из|із|από"
_DECOR = r"[-‐‑–—―−|¦•·●■▪◆*~=.,:\s_\[\](){}<>«»‹›]*"
_PAGE = (
    r"(?<![^\W\d_])(?:(?:"
    + "|".join(r"\s?".join(word) for word in _PAGES.split("|"))
    + r")(?![^\W\d_])|(?:pp?|s|с)\.)"
)
"""A word for page, its letters spaced or not; what is one letter long has its full stop."""
_NEAR = r"[\s.:#|–-]{0,5}"
"""What may stand between such a word and its number."""
_LONGEST = 60
"""Characters that a page number and what is around it may have."""
_ALONE = re.compile(
    rf"{_DECOR}第?(?:(?P<before>{_PAGE}){_NEAR})?(?P<value>\d{{1,5}}|[ivxlc]{{1,8}})"
    rf"(?:{_NEAR}(?P<after>{_PAGE}))?"
    rf"(?:\s*(?:(?P<of>{_OF})\s|[/|])\s*(?P<total>\d{{1,5}})(?:\s*(?P<last>{_PAGE}))?)?{_DECOR}",
    re.I,
)
_MARKED = re.compile(
    rf"{_PAGE}{_NEAR}(?P<before>\d+)|(?<!\d)(?P<after>\d{{1,9}}){_NEAR}{_PAGE}(?!{_NEAR}\d)", re.I
)
_AT_END = re.compile(
    rf"{_DECOR}(?<!\w){_PAGE}{_NEAR}\d+(?:\s*(?:(?:{_OF})\s|[/|])\s*\d+)?{_DECOR}$", re.I
)
_DIGITS = re.compile(r"\d+")
_BARS = frozenset("|¦•·")
_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}

Place = tuple[int, int, int]
"""Number of the page, 0 for its top and 1 for its bottom, and how many rows lie outside."""


class Row:
    """What stands at one height of a page's margin."""

    def __init__(self, lines: Sequence[Line], shape: Page) -> None:
        self.lines = sorted(lines, key=lambda line: line.left)
        self.words = [word for line in self.lines for word in line.words]
        self.text = " ".join(line.text for line in self.lines)
        self.baseline = lines[0].baseline
        self.size = max(line.size for line in lines)
        self.shape = shape

    def parts(self) -> list[list[Word]]:
        """Return the words that stand together; a bar between them is a part of its own."""
        parts: list[list[Word]] = []
        bar = True
        for word in self.words:
            is_bar = word.text in _BARS
            gap = word.left - parts[-1][-1].right if parts else 0.0
            if bar or is_bar or gap > _GAP * word.size:
                parts.append([])
            parts[-1].append(word)
            bar = is_bar
        return parts

    def without(self, words: Sequence[Word]) -> "Row | None":
        """Return what is left of the row."""
        if not words:
            return self
        gone = {id(word) for word in words}
        lines = [
            line_of(kept, line.page, line.part)
            for line in self.lines
            if (kept := [word for word in line.words if id(word) not in gone])
        ]
        return Row(lines, self.shape) if lines else None


Edges = Sequence[Sequence[tuple[Sequence[Row], float | None]]]
"""By page, top and bottom: the rows of the margin, the outermost first, and what follows them."""


@dataclass(frozen=True, slots=True)
class PageNumber:
    """The words of a row that are its page's number; `named` if one of them is a word for page."""

    words: tuple[Word, ...]
    named: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What may be a page's number: `total` is after a slash, `start` if the row begins with it.

    `kind` is alone (in its row), apart (from the other words) or beside (them).
    """

    place: Place
    value: int
    roman: bool
    words: tuple[Word, ...]
    kind: str = "alone"
    named: bool = False
    total: int | None = None
    certain: bool = False
    far: bool = False
    start: bool = False


def places_of(edges: Edges) -> Iterator[tuple[Place, Row]]:
    """Yield all rows with their places."""
    for number, sides in enumerate(edges):
        for side, (rows, _) in enumerate(sides):
            for place, row in enumerate(rows):
                yield (number, side, place), row


def numbers_named(text: str) -> frozenset[int]:
    """Return which numbers of a text, from 0, have a word for page beside them."""
    begins = {match.start(): place for place, match in enumerate(_DIGITS.finditer(text))}
    return frozenset(
        begins[match.start(match.lastgroup or 0)] for match in _MARKED.finditer(text)
    ) & frozenset(begins.values())


def number_at_end(text: str) -> int:
    """Return where a page number with a word for page begins that ends a text; else its end."""
    match = _AT_END.search(text)
    return match.start() if match else len(text)


def page_numbers(edges: Edges, size: float) -> Mapping[Place, PageNumber]:
    """Return the page numbers; `size` is what is usual in the document.

    All that are of one kind of numbering are as far from their page; what is not stays.
    """
    groups: dict[tuple[int, bool], list[_Candidate]] = defaultdict(list)
    for place, row in places_of(edges):
        for each in _candidates(place, row, size):
            groups[each.value - place[0], each.roman].append(each)
    found: dict[Place, PageNumber] = {}
    for (ahead, _), group in groups.items():
        for each in _accepted(group, ahead, len(edges), size):
            before = found.get(each.place, PageNumber((), False))
            found[each.place] = PageNumber(before.words + each.words, before.named or each.named)
    return found


def _candidates(place: Place, row: Row, size: float) -> Iterator[_Candidate]:
    alone = _read(row.words, row.text, place)
    if alone is not None:
        if alone.named or not alone.far or place[1] == 1 or row.size < _SMALL * size:
            yield alone
        return
    parts = row.parts()
    for number, part in enumerate(parts):
        found = _read(part, text_of(part), place) if len(parts) > 1 else None
        if found is None:
            continue
        bars = [
            each[0]
            for each in parts[max(0, number - 1) : number + 2]
            if each is not part and each[0].text in _BARS
        ]
        if found.named or (bars and not found.far) or _stands_apart(parts, number, row.shape):
            yield _apart(found, (*part, *bars))
    if len(parts) == 1:
        yield from _beside(row, place)


def _read(words: Sequence[Word], text: str, place: Place) -> _Candidate | None:
    match = _ALONE.fullmatch(text) if len(text) <= _LONGEST else None
    value = _value(match["value"]) if match else None
    if match is None or value is None:
        return None
    named = any(match[name] for name in ("before", "after", "last"))
    total = int(match["total"]) if match["total"] else None
    plain = total is None and text[-1] != "."
    if total is not None and total < value:
        return None
    return _Candidate(
        place=place,
        value=value,
        roman=not match["value"].isdigit(),
        words=tuple(words),
        named=named,
        total=None if named or match["of"] else total,
        certain=value == place[0] + 1 and match["value"].isdigit() and (named or plain),
        far=abs(value - place[0]) > _FAR,
    )


def _apart(found: _Candidate, words: tuple[Word, ...]) -> _Candidate:
    return _Candidate(
        place=found.place,
        value=found.value,
        roman=found.roman,
        words=words,
        kind="apart",
        named=found.named,
        total=found.total,
    )


def _stands_apart(parts: Sequence[Sequence[Word]], number: int, shape: Page) -> bool:
    """Say whether a part stands where page numbers do: far out or amid, away from the others."""
    width = shape.right - shape.left
    part = parts[number]
    before = part[0].left - parts[number - 1][-1].right if number else None
    after = parts[number + 1][0].left - part[-1].right if number + 1 < len(parts) else None
    if any(gap is not None and gap < _WIDE_GAP * width for gap in (before, after)):
        return False
    if before is None:
        return part[0].left - shape.left < _OUTER * width
    if after is None:
        return shape.right - part[-1].right < _OUTER * width
    middle = (part[0].left + part[-1].right - shape.left - shape.right) / 2
    return abs(middle) < _MIDDLE * width


def _beside(row: Row, place: Place) -> Iterator[_Candidate]:
    """Yield the number with which a row of several words begins or ends."""
    for start, word in ((True, row.words[0]), (False, row.words[-1])):
        if word.text.isdecimal() and len(word.text) <= 5 and len(row.words) > 1:
            value = int(word.text)
            yield _Candidate(place, value, False, (word,), kind="beside", start=start)


def _accepted(
    group: Sequence[_Candidate], ahead: int, pages: int, size: float
) -> Iterator[_Candidate]:
    """Yield what is surely a page number among those that are as far `ahead` of their page.

    On a page that is the only one, that has a word for page and stands alone; on the two of a
    document, 1 and 2 that stand apart with such a word, or in the small print of their feet.
    """
    last = max(each.place[0] for each in group)
    plain = [
        each
        for each in group
        if each.kind != "beside" and (each.total is None or last <= each.total - ahead < pages)
    ]
    alone = {each.place[0] for each in plain if each.kind == "alone"}
    several = len({each.place[0] for each in plain}) >= _SEVERAL
    both = pages == 2 == len({each.place[0] for each in plain}) and ahead == 1
    for each in plain:
        if pages == 1 and not each.named:
            continue
        if each.kind == "apart":
            small = each.place[1] == 1 and each.words[0].size <= _SMALL * size
            accepted = several or (both and (each.named or small))
        else:
            accepted = len(alone) >= (_SEVERAL if each.far and not each.named else 2)
        if accepted or each.certain:
            yield each
    beside = [each for each in group if each.kind == "beside"]
    if _mirrored(beside):
        yield from beside


def _mirrored(beside: Sequence[_Candidate]) -> bool:
    """Say whether numbers begin the rows of even pages and end those of odd ones, or vice versa.

    So books have them; what counts invoices or lessons stands on the same side of each page.
    """
    sides: dict[bool, list[int]] = {True: [], False: []}
    for each in beside:
        sides[each.start].append(each.place[0])
    begin, end = sides.values()
    return (
        min(len(set(begin)), len(set(end))) > 1
        and len({number % 2 for number in begin}) == len({number % 2 for number in end}) == 1
        and begin[0] % 2 != end[0] % 2
    )


def _value(text: str) -> int | None:
    """Return the number that digits or Roman letters stand for."""
    if text.isdigit():
        return int(text)
    low = text.lower()
    if not _ROMAN.fullmatch(low):
        return None
    values = [_ROMAN_VALUES[letter] for letter in low]
    return sum(
        -value if any(other > value for other in values[place + 1 : place + 2]) else value
        for place, value in enumerate(values)
    )
