"""Lines of plain text: where they begin and end, how they are indented, which are mere wraps.

Offsets are those of the text, which is never changed. Knows nothing of what the lines are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_NARROWEST_WRAP, _WIDEST_WRAP = 40, 120
"""Columns: where the longest line of a paragraph is outside, its line breaks are no wraps."""
_RAGGED = 0.25
"""Share of the width that a line without a full stop may leave free and still be wrapped."""
_PUNCTUATED_FROM = 3
"""Lines from which on text that is wrapped has a comma or full stop somewhere."""
_QUOTE = re.compile(r"(?:>[ \t]?)+")
_STAMP = re.compile(
    r"\W{0,2}(?:\d{4}[-/.]\d\d[-/.]\d\d|\d\d?:\d\d(?::\d\d)?\b|"
    r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d|\d{1,2}/[A-Z][a-z]{2}/\d{4})"
)
_SENTENCE_START = re.compile(r"[^\W\d_]{2}[.!?]\s+([^\W\d_])[^\W\d_]")
"""The first letter after a full stop: a small one in notes made in passing."""
_FEWEST_SMALL = 3
_SMALL = 0.3
"""Share of a text's sentences that begin with a small letter, and how many at least, from which on
such a letter at the beginning of a line does not tell that the line before goes on."""
_MOSTLY = 0.5
"""Share of the breaks of such notes that must be where the next word had no room: wraps."""
_PUNCTUATION = re.compile(r"[.,;:!?…。！？、](?=\s|$)", re.M)
ENDS = frozenset(".!?:;…。！？")
"""What ends a sentence or a part of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line without the white space around it, and without the marks of a mail that it quotes.

    It begins with its marks at `first`, and its words at `start`. `indent` is the column of its
    first word, `column` that after its last character, `quoted` how deep it is quoted.
    """

    first: int
    start: int
    end: int
    indent: int
    column: int
    quoted: int


def find_runs(text: str, begin: int = 0, end: int | None = None) -> list[list[Line]]:
    """Return the runs of lines of text[begin:end] that are not blank, all quoted equally deep.

    None goes over the end of a page.
    """
    runs: list[list[Line]] = []
    lines: list[Line] = []
    offset = begin
    for raw in text[begin:end].splitlines(keepends=True):
        line = _line(raw, offset)
        offset += len(raw)
        if lines and (line is None or line.quoted != lines[-1].quoted):
            runs.append(lines)
            lines = []
        if line is not None:
            lines.append(line)
        if lines and raw[-1] == "\f":  # a page ends
            runs.append(lines)
            lines = []
    return [*runs, lines] if lines else runs


def _line(raw: str, offset: int) -> Line | None:
    stripped = raw.strip()
    if not stripped:
        return None
    width = len(raw.rstrip())
    first = width - len(stripped)
    marks = _QUOTE.match(stripped)
    start = first + (marks.end() if marks else 0)
    start += len(raw[start:]) - len(raw[start:].lstrip())
    if start >= width:
        return None  # quotes a blank line
    return Line(
        first=offset + first,
        start=offset + start,
        end=offset + width,
        indent=len(raw[:start].expandtabs(4)),
        column=width,
        quoted=marks[0].count(">") if marks else 0,
    )


def has_word(content: str) -> bool:
    """Say whether there is a letter or digit: rules and fences have none."""
    return any(map(str.isalnum, content))


def is_stamped(content: str) -> bool:
    """Say whether a line begins with a date or time, as those of a log do."""
    return _STAMP.match(content) is not None


def is_in_lower_case(text: str, runs: Sequence[Sequence[Line]]) -> bool:
    """Say whether many sentences of a text begin without a capital, as those of notes do.

    A line begins one where its first word would have gone on the line before it.
    """
    small = sentences = 0
    for run in runs:
        words = text[run[0].start : run[-1].end]
        starts = _SENTENCE_START.findall(words)
        starts += [words[0]] if words[0].isalpha() and words[-1] not in ENDS else []
        width = max(line.column for line in run)
        for previous, line in pairwise(run):
            content, before = text[line.start : line.end], text[previous.start : previous.end]
            has_room = len(content.split(None, 1)[0]) < width - previous.column
            if content[0].isalpha() and before[-1] not in ENDS and has_room:
                starts.append(content[0])
        small += sum(map(str.islower, starts))
        sentences += len(starts)
    return small >= max(_FEWEST_SMALL, _SMALL * sentences)


class Wrapping:
    """Which lines of a run go on with the one before, judged by all of them."""

    def __init__(self, text: str, lines: Sequence[Line], *, in_lower_case: bool = False) -> None:
        self._text = text
        self._width = max(line.column for line in lines)
        words = text[lines[0].start : lines[-1].end]
        self._is_prose = len(lines) < _PUNCTUATED_FROM or _PUNCTUATION.search(words) is not None
        self._in_lower_case = in_lower_case
        if in_lower_case:
            self._is_prose = self._is_prose and self._is_wrapped(lines)

    def continues(self, previous: Line, line: Line) -> bool:
        """Say whether `line`, which has no mark of its own, goes on with the one before it.

        In text wrapped at a width a break is a wrap if the next word had no more room, or nearly.
        """
        before, content = self._text[previous.start : previous.end], self._text_of(line)
        if self._width < _NARROWEST_WRAP or not self._is_prose or is_stamped(content):
            return False
        if not (has_word(before) and has_word(content)):
            return False
        if content[0].islower() and before[-1] not in ENDS and not self._in_lower_case:
            return True
        room = self._width - previous.column
        ragged = before[-1] not in ENDS and room < _RAGGED * self._width
        return self._width <= _WIDEST_WRAP and (ragged or not self._has_room(previous, line))

    def _is_wrapped(self, lines: Sequence[Line]) -> bool:
        """Say whether most lines are as long as they could be, the longest aside."""
        breaks = [not self._has_room(*pair) for pair in pairwise(lines)]
        return len(breaks) > 1 and sum(breaks) - 1 >= _MOSTLY * (len(breaks) - 1)

    def _has_room(self, previous: Line, line: Line) -> bool:
        """Say whether the first word of a line would have gone on the line before it."""
        first_word = len(self._text_of(line).split(None, 1)[0])
        return first_word + 1 <= self._width - previous.column

    def is_full(self, line: Line) -> bool:
        """Say whether a line leaves so little room that its break may be a wrap."""
        return (
            _NARROWEST_WRAP <= self._width <= _WIDEST_WRAP
            and self._width - line.column < _RAGGED * self._width
        )

    def _text_of(self, line: Line) -> str:
        return self._text[line.start : line.end]
