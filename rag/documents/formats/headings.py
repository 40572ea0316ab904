"""Headings in plain text: underlined ones, numbered ones, lines in capitals, short lines alone.

Cautious: what is doubtful is a paragraph.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.documents.formats.lines import Line, has_word, is_stamped
from rag.documents.formats.marks import Mark, Outline, find_field, find_marks, find_speaker

_ATX = re.compile(r"(#{1,6})\s+(?=[^\s#])")
_ATX_END = re.compile(r"(?<!\s)\s+#+\Z")  # behind what is no space: else quadratic in spaces
_UNDERLINE = re.compile(r"([=\-~^\"'*+#.:_`])\1{2,}")
_FRAMED = re.compile(r"((=)=+|([-*~_+])\3{2,})\s+(?=\S)(.*\S)\s+(?:\2|\3){2,}")
"""A title between marks: "---- 5 Feb, the farm ----"."""
_TEX = re.compile(
    r"\\(part|chapter|section|subsection|subsubsection|paragraph|title)\*?"
    r"(?:\[[^\]]*\])?\{(.{1,200})\}(\\label\{[^}]*\})?\Z"
)
_TEX_LEVELS = ("title", "part", "chapter", "section", "subsection", "subsubsection")
_LONGEST, _LONGEST_FRAMED = 80, 120
_SHORT_WORDS = 10
_FEWEST_CAPITALS = 4
_TEXT_FROM = 60
"""Characters of a line from which on it is text, though it ends in no full stop."""
_NO_HEADING_END = frozenset(".!?;,:…。！？、")
_LONGEST_ABOVE_TEXT = 50
_LONGEST_QUESTION = 120
_FEWEST_QUESTIONS = 3
"""Questions from which on they are the headings of their answers."""
_RULE = re.compile(r"([-=*_~#])(?: ?\1){2,}")
_FEWEST_RULED = 2
"""Short lines below a rule from which on these are the headings of what stands below them."""
_MOST_ABOVE = 2
"""How many short lines in a row may be headings of what follows them."""
_DEEPEST = 6


class Heading(NamedTuple):
    """A heading: which line of the run it is, the number of the first line after it, its level.

    `before` and `after` are how many characters of the line are marks, on the left and right.
    """

    line: int
    stop: int
    level: int
    before: int = 0
    after: int = 0


class Headings:
    """Finds the headings of a text, run by run in order; levels go by their first appearance."""

    def __init__(self, text: str, runs: Sequence[Sequence[Line]]) -> None:
        self._text = text
        self._levels: dict[str, int] = {}
        self._above = self._short_runs(runs)
        self._numbered = self._numbered_styles(runs)
        questions = sum(
            self._is_question(run, after) for run, after in zip(runs, [*runs[1:], []], strict=False)
        )
        self._has_questions = questions >= _FEWEST_QUESTIONS
        self._is_capital = self._mostly_capitals(runs)
        ruled = sum(self._is_below_rule(run, line) for run in runs for line in range(1, len(run)))
        self._has_ruled = ruled >= _FEWEST_RULED

    def find(
        self, runs: Sequence[Sequence[Line]], number: int, first: int, outline: Outline
    ) -> Heading | None:
        """Return the heading that begins with line `first` of runs[number], if one does."""
        run = runs[number]
        content = self._words(run[first])
        marked = self.atx(content) or self.tex(content) or self._framed(content)
        if marked is not None:
            level, before, after = marked
            return Heading(first, first + 1, level, before, after)
        if by_lines := self._underlined(run, first) or self._ruled(runs, number, first):
            return by_lines
        if first > 0:
            return None
        if self._has_questions and self._is_question(run, [*runs[number + 1 : number + 2], []][0]):
            return Heading(0, 1, self._level("question"))
        if not self._may_be(content):
            return None
        mark = outline.mark_of(content)
        if mark is not None:
            return self._marked(run, mark)
        if number + 1 < len(runs) or len(run) > 1:
            if self._is_in_capitals(content) and self._ends_capitals(run):
                return Heading(0, 1, self._level("capitals"))
            if self._above[number] or self._is_short_above_text(run):
                return Heading(0, 1, self._level("short"))
        return None

    def _ruled(self, runs: Sequence[Sequence[Line]], number: int, first: int) -> Heading | None:
        """Take a short line below a rule, if others are, and something stands below it."""
        is_last = number + 1 == len(runs) and first + 1 == len(runs[number])
        if is_last or not self._has_ruled or not self._is_below_rule(runs[number], first):
            return None
        return Heading(first, first + 1, self._level("ruled"))

    def _is_below_rule(self, run: Sequence[Line], first: int) -> bool:
        """Say whether a line is a short one right below a rule, whatever it begins with."""
        content = self._words(run[first])
        return (
            first > 0
            and _RULE.fullmatch(self._words(run[first - 1])) is not None
            and len(content) <= _LONGEST_ABOVE_TEXT
            and self._may_be(content)
            and find_field(content) is None
            and not begins_item(content)
        )

    def _is_short_above_text(self, run: Sequence[Line]) -> bool:
        """Say whether a run begins with a short line that is no wrap, and goes on with text."""
        if len(run) < 2 or run[0].indent != run[1].indent:
            return False
        content, after = self._words(run[0]), self._words(run[1])
        return (
            len(content) <= _LONGEST_ABOVE_TEXT
            and self._is_short(content)
            and not after[0].islower()
            and (
                len(after) >= _TEXT_FROM
                or " | " in after
                or find_field(after) is not None
                or begins_item(after)
            )
        )

    def _is_question(self, run: Sequence[Line], after: Sequence[Line]) -> bool:
        """Say whether a run begins with a question above what answers it."""
        content = self._words(run[0])
        answer = run[1] if len(run) > 1 else after[0] if after else None
        return (
            content[-1] == "?"
            and len(content) <= _LONGEST_QUESTION
            and not content[0].islower()
            and find_speaker(content) is None
            and not begins_item(content)
            and answer is not None
            and self._words(answer)[-1] != "?"
        )

    def atx(self, content: str) -> tuple[int, int, int] | None:
        """Return level, and marks left and right, of a line like "## Heading ##"."""
        match = _ATX.match(content)
        if match is None:
            return None
        end = _ATX_END.search(content, match.end())
        return len(match[1]), match.end(), len(end[0]) if end else 0

    def tex(self, content: str) -> tuple[int, int, int] | None:
        r"""Return level, and marks left and right, of a line like "\section{Heading}"."""
        match = _TEX.match(content) if content[0] == "\\" else None
        if match is None:
            return None
        level = _TEX_LEVELS.index(match[1]) if match[1] in _TEX_LEVELS else _DEEPEST
        return max(1, level - 1), match.start(2), len(content) - match.end(2)

    def _framed(self, content: str) -> tuple[int, int, int] | None:
        """Return level, and marks left and right, of a line like "---- Heading ----"."""
        match = _FRAMED.fullmatch(content) if len(content) <= _LONGEST_FRAMED else None
        if match is None or not has_word(match[4]) or "|" in content:
            return None
        style = match[3] or match[1]  # wikis count the signs
        return self._level(f"framed {style}"), match.start(4), len(content) - match.end(4)

    def _underlined(self, run: Sequence[Line], first: int) -> Heading | None:
        """Take "Title" with a line of one mark below it, and perhaps one above it."""
        over = 0
        if _UNDERLINE.fullmatch(self._text, run[first].start, run[first].end):
            over = 1
        if first + over + 1 >= len(run):
            return None
        title, below = self._words(run[first + over]), self._words(run[first + over + 1])
        is_title = has_word(title) and len(title) <= _LONGEST and "|" not in title
        if not is_title or not _UNDERLINE.fullmatch(below) or 2 * len(below) < len(title):
            return None
        if over and below[0] != self._words(run[first])[0]:
            return None
        style = below[0] * (1 + over)
        return Heading(first + over, first + over + 2, self._level(style))

    def _marked(self, run: Sequence[Line], mark: Mark) -> Heading | None:
        """Take a line with a number that stands above the text of its section."""
        if mark.style in self._numbered and self._is_above(run[0], run[1:2], mark):
            return Heading(0, 1, self._level(mark.style))
        return None

    def _numbered_styles(self, runs: Sequence[Sequence[Line]]) -> frozenset[str]:
        """Return the styles of numbers whose lines stand above text more often than not."""
        votes: dict[str, int] = {}
        for number, run in enumerate(runs):
            for place, line in enumerate(run):
                following = run[place + 1 : place + 2] or [
                    each for after in runs[number + 1 : number + 2] for each in after[:1]
                ]
                for mark in find_marks(self._words(line)):
                    is_above = place == 0 and bool(following)
                    is_above = is_above and self._is_above(line, following, mark)
                    votes[mark.style] = votes.get(mark.style, 0) + (1 if is_above else -1)
        return frozenset(style for style, vote in votes.items() if vote > 0)

    def _is_above(self, line: Line, following: Sequence[Line], mark: Mark) -> bool:
        """Say whether a line with a number may be the heading of the line that follows."""
        if not mark.number or not self._may_be(self._words(line)):
            return False
        return not any(
            other.indent > line.indent
            or self._words(other)[0].islower()
            or any(each.style == mark.style for each in find_marks(self._words(other)))
            for other in following
        )

    def _short_runs(self, runs: Sequence[Sequence[Line]]) -> list[bool]:
        """Say of each run whether it is a short line above text, or above such a line."""
        above = [False] * len(runs)
        in_a_row = 0
        for number in range(len(runs) - 2, -1, -1):
            run, after = runs[number], runs[number + 1]
            is_short = len(run) == 1 and self._is_short(self._words(run[0]))
            is_short = is_short and run[0].quoted == after[0].quoted
            in_a_row = in_a_row + 1 if above[number + 1] else 0
            over_heading = above[number + 1] and in_a_row < _MOST_ABOVE
            above[number] = is_short and (over_heading or self._is_text(after))
        return above

    def _is_short(self, content: str) -> bool:
        return (
            self._may_be(content)
            and len(content.split()) <= _SHORT_WORDS
            and not content[0].islower()
            and (content[0].isalnum() or content[0] in "\"'“„«¿¡(")
            and find_field(content) is None
            and not any(not mark.number for mark in find_marks(content))
        )

    def _is_text(self, run: Sequence[Line]) -> bool:
        content = self._words(run[0])
        return (
            len(run) > 1
            or len(content) >= _TEXT_FROM
            or content[-1] in _NO_HEADING_END
            or next(find_marks(content), None) is not None
            or self.atx(content) is not None
        )

    def _may_be(self, content: str) -> bool:
        return (
            len(content) <= _LONGEST
            and any(map(str.isalpha, content))
            and content[-1] not in _NO_HEADING_END
            and not is_stamped(content)
            and "\t" not in content
            and "|" not in content
        )

    def _is_in_capitals(self, content: str) -> bool:
        letters = sum(map(str.isupper, content))
        return not self._is_capital and letters >= _FEWEST_CAPITALS and content.isupper()

    def _ends_capitals(self, run: Sequence[Line]) -> bool:
        return len(run) == 1 or not self._words(run[1]).isupper()

    def _mostly_capitals(self, runs: Sequence[Sequence[Line]]) -> bool:
        lines = [self._words(line) for run in runs for line in run]
        return 2 * sum(map(str.isupper, lines)) > len(lines) > 1

    def _level(self, style: str) -> int:
        return min(self._levels.setdefault(style, len(self._levels) + 1), _DEEPEST)

    def _words(self, line: Line) -> str:
        return self._text[line.start : line.end]


def begins_item(content: str) -> bool:
    """Say whether a line may begin an item."""
    return any(not mark.bare for mark in find_marks(content))
