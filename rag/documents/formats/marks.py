"""What begins an item, a field or a heading in plain text, told from the whole text.

A single "3." may be the end of a sentence, a single "May 12" a date: numbers count as marks where
their neighbours stand in the text too. Knows no words of any language.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.documents.formats.lines import Line, is_in_lower_case

_BULLET = re.compile(r"([-*+•‣◦▪●○■□·⁃∙–—]|\\item)\s+(?=\S)")
_NUMBER = re.compile(r"(\(?\d{1,3}[.)]|\[\d{1,4}\])\s+(?=\S)")
_DECIMAL = re.compile(r"(\d{1,3}(?:\.\d{1,2}){1,5}[.)]?)\s+(?=[^\Wa-z]|[\"“'(])")
_LETTER = re.compile(r"(\(?[A-Za-z]\)|[a-z]\.)\s+(?=\S)")
_ROMAN = re.compile(r"(\(?[ivxl]{1,6}\)|[ivxl]{1,6}\.)\s+(?=\S)")
_PARAGRAPH = re.compile(r"(§{1,2}\s?(\d{1,4})[a-z]?[.:]?)\s+(?=\S)")
_WORD = re.compile(r"(([^\W\d_]{1,20}\.?)\s(\d{1,3})[a-z]?\s?([.:)]|[–—-](?=\s))?)(?:\s+|\Z)")
_CODE = re.compile(r"(([A-Z]{1,3})(\d{1,3})[.)])\s+(?=\S)")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50}
_FIELD = re.compile(r":?([^\W_][\w .'’()/&+#-]{0,38}?)\s?:{1,2}\s+(?=\S)")
_FIELD_WORDS = 4
_LETTER_SPEAKER = re.compile(r"([^\W\d_a-z])\.\s+(?=\S)")
_FEWEST_LETTER_TURNS = 4
_LONG_TURN = 60
"""Characters of a line from which on it is taken for speech, though it ends in no full stop."""
_TIME = re.compile(
    r"[\[(]?(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s+)?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?"
    r"(?:\s?[ap]\.?m\b\.?)?[\])]?\s*[-–—]?\s*",
    re.IGNORECASE,
)
"""A time, with its date or without: "[12.05.26, 18:02]", "5/12/26, 6:02 PM -"."""
_SENTENCE_END = re.compile(r"[.?!…。！？][\"'”’)\]]*\Z")


class Mark(NamedTuple):
    """The mark at the beginning of a line: as it is shown, and how many characters it takes.

    `style` is the same for marks of one list; `number` is empty for bullets. One that is `bare` is
    no mark of an item, only of a heading.
    """

    style: str
    label: str
    length: int
    number: tuple[int, ...] = ()
    bare: bool = False


class Field(NamedTuple):
    """The name at the beginning of a line "name: value", and how many characters it takes."""

    name: str
    label: str
    length: int


def find_marks(content: str) -> Iterator[Mark]:
    """Yield what the beginning of a line may be as the mark of an item, the likeliest first."""
    if match := _BULLET.match(content):
        label = "-" if match[1] == "\\item" else match[1]
        yield Mark(match[1], label, match.end())
    elif match := _PARAGRAPH.match(content):
        yield Mark("§", match[1], match.end(), (int(match[2]),))
    elif match := _NUMBER.match(content):
        number = re.sub(r"\D", "", match[1])
        yield Mark(match[1].replace(number, "1", 1), match[1], match.end(), (int(number),))
    elif match := _DECIMAL.match(content):
        numbers = tuple(int(part) for part in re.findall(r"\d+", match[1]))
        style = ".".join("1" * len(numbers))
        yield Mark(style, match[1], match.end(), numbers)
    elif match := _WORD.match(content):
        yield Mark(f"{match[2]} 1", match[1], match.end(), (int(match[3]),), bare=not match[4])
    elif match := _CODE.match(content):
        yield Mark(f"{match[2]}1", match[1], match.end(), (int(match[3]),))
    if match := _LETTER.match(content):
        letter = next(filter(str.isalpha, match[1]))
        style = match[1].replace(letter, "a" if letter.islower() else "A")
        yield Mark(style, match[1], match.end(), (ord(letter.lower()) - ord("a") + 1,))
    if match := _ROMAN.match(content):
        digits = match[1].strip("().")
        yield Mark(match[1].replace(digits, "i"), match[1], match.end(), (_roman(digits),))


def _roman(digits: str) -> int:
    values = [_ROMAN_DIGITS[digit] for digit in digits]
    following = [*values[1:], 0]
    return sum(
        -value if value < after else value for value, after in zip(values, following, strict=True)
    )


def find_field(content: str) -> Field | None:
    """Return the name of a field or speaker at the beginning of a line, after the time if any."""
    time = _TIME.match(content)
    begin = time.end() if time else 0
    match = _FIELD.match(content, begin)
    if match is None or len(match[1].split()) > _FIELD_WORDS or ". " in match[1]:
        return None
    stamp = content[:begin].strip(" -–—[]()")
    return Field(match[1], f"{match[1]}, {stamp}" if stamp else match[1], match.end())


def find_speaker(content: str) -> Field | None:
    """Return who speaks at the beginning of a line: a field's name, or a letter ("Q.", "A.")."""
    if match := _LETTER_SPEAKER.match(content):
        return Field(match[1], f"{match[1]}.", match.end())
    return find_field(content)


class Outline:
    """What the whole text says about its marks and speakers."""

    def __init__(self, text: str, runs: Sequence[Sequence[Line]]) -> None:
        self._numbers: set[tuple[str, tuple[int, ...]]] = set()
        spoken: list[tuple[str, str]] = []
        lines = 0
        for run in runs:
            for line in run:
                lines += 1
                content = text[line.start : line.end]
                self._numbers.update(
                    (mark.style, mark.number) for mark in find_marks(content) if mark.number
                )
                speaker = find_speaker(content)
                if speaker is not None:
                    spoken.append((speaker.name, content))
        self.speakers = _speakers(spoken, lines)
        """Who speaks by turns; empty if the text is no dialogue."""
        self.in_lower_case = is_in_lower_case(text, runs)

    def mark_of(self, content: str) -> Mark | None:
        """Return the mark of a line, if its neighbours are in the text too."""
        return next(self.marks_of(content), None)

    def marks_of(self, content: str) -> Iterator[Mark]:
        """Yield the marks that a line may have, the likeliest first: "(i)" is a letter, or one."""
        return filter(self._counts, find_marks(content))

    def _counts(self, mark: Mark) -> bool:
        if not mark.number or mark.style == "§":
            return True
        *outer, last = mark.number
        neighbours = [(mark.style, (*outer, near)) for near in (last - 1, last + 1)]
        if any(neighbour in self._numbers for neighbour in neighbours):
            return True
        if len(mark.number) > 1:
            return ("1.", tuple(outer)) in self._numbers or (
                mark.style[:-2],
                tuple(outer),
            ) in self._numbers
        return mark.style == "1." and last == 1


def _speakers(spoken: Sequence[tuple[str, str]], lines: int) -> frozenset[str]:
    """Return the names of a dialogue: two or more who speak in turn, in sentences or at times."""
    letters = [name for name, _ in spoken if len(name) == 1]
    turning = _changes(letters) >= len(letters) - 1 >= _FEWEST_LETTER_TURNS - 1
    if not turning or len(set(letters)) != 2:  # initials of people
        spoken = [(name, content) for name, content in spoken if len(name) > 1]
    counts = Counter(name for name, _ in spoken)
    timed = {name for name, content in spoken if _TIME.match(content)}
    names = frozenset(name for name, count in counts.items() if count > 1 or name in timed)
    turns = [(name, content) for name, content in spoken if name in names]
    sentences = sum(
        len(content) > _LONG_TURN
        or _SENTENCE_END.search(content) is not None
        or _TIME.match(content) is not None
        for _, content in turns
    )
    is_dialogue = (
        len(names) > 1
        and 2 * len(turns) > len(spoken)
        and 4 * len(turns) > lines
        and 2 * sentences >= len(turns)
        and 2 * _changes([name for name, _ in turns]) >= len(turns) - 1
    )
    return names if is_dialogue else frozenset()


def _changes(names: Sequence[str]) -> int:
    return sum(one != other for one, other in zip(names, names[1:], strict=False))
