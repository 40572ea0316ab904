"""Structure that somebody typed into a word processor: numbers by hand, headings in mere bold.

The marks are those of plain text, and count where their neighbours stand in the text too. Cautious:
what is doubtful is a paragraph. Knows nothing of files.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from rag.documents.formats.lines import find_runs, is_stamped
from rag.documents.formats.marks import Mark, Outline, find_field, find_marks
from rag.documents.formats.writer import DocumentWriter, collapse

_LONGEST_HEADING = 80
_MOST_WORDS = 12
_TEXT_FROM = 60
"""Characters of a paragraph from which on it is text, though it ends in no full stop."""
_NO_HEADING_END = frozenset(".!;,:…。！、")
_TEXT_END = _NO_HEADING_END | frozenset("?？")
_FEWEST_CAPITALS = 4
_DEEPEST = 6
"""Lists in each other, from which on another one begins anew."""
_MOST_ABOVE = 2
"""How many headings may stand in a row above the text."""


class Typed(NamedTuple):
    """A block in the order of a text: what the file says of it, or what it was taken for.

    Given with `kind` "" where only its words can tell what it is; "other" is a table or the like.
    `level` is that of a heading, from 1, or how deep an item is nested, from 0. `label` is the mark
    of an item, and `length` how many characters of the text it takes; an item that is `apart`
    begins another list than that of the item before it.
    """

    kind: Literal["", "heading", "item", "paragraph", "other"] = ""
    text: str = ""
    is_bold: bool = False
    level: int = 0
    label: str = ""
    length: int = 0
    apart: bool = False


def read_typed(blocks: Sequence[Typed]) -> list[Typed]:
    """Return the blocks of a text, those of kind "" as headings, items and paragraphs.

    An item of the file's own is one level deeper than the typed item that leads it in.
    """
    reading = _Reading(blocks)
    return [reading.take(number) for number in range(len(blocks))]


def write_typed(writer: DocumentWriter, block: Typed, text: str) -> None:
    """Write a paragraph with `text` as what `block` says; a heading at the start is the title."""
    if block.apart:
        writer.end_group()
    if block.kind == "heading":
        if not writer.length and not writer.title:
            writer.title = text
        writer.heading(block.level, text)
    elif block.kind == "item":
        writer.item(block.label, text[block.length :], block.level)
    else:
        writer.paragraph(text)


class _Reading:
    def __init__(self, blocks: Sequence[Typed]) -> None:
        self._blocks = blocks
        self._contents = ["" if block.kind else collapse(block.text) for block in blocks]
        text = "\n\n".join(filter(None, self._contents))
        self._outline = Outline(text, find_runs(text))
        self._marks = [list(self._marks_at(number)) for number in range(len(blocks))]
        self._may_be = [_may_be_heading(*each) for each in zip(blocks, self._contents, strict=True)]
        self._emphasis = self._emphases()
        self._emphatic = self._styles_above(are_emphatic=True)
        self._numbered = self._styles_above(are_emphatic=False)
        self._above = self._headings_above()
        self._levels: dict[str, int] = {}
        self._base = 0
        self._open: list[tuple[str, int]] = []  # style and last number of the lists that are open
        self._leads_in = False

    def take(self, number: int) -> Typed:
        """Return block `number`; they are taken in order."""
        block = self._blocks[number]
        if block.kind == "item":
            if not self._leads_in:
                apart = bool(self._open)
                self._end_lists()
                return block._replace(apart=apart)
            return block._replace(level=block.level + len(self._open))
        if block.kind:
            self._end_lists()
            if block.kind == "heading":
                marks = find_marks(collapse(block.text))
                self._base, self._levels = block.level, {mark.style: 0 for mark in marks}
            return block
        if self._above[number]:
            self._end_lists()
            return block._replace(kind="heading", level=self._level(number))
        mark = self._chosen(self._marks[number])
        if mark is None:
            self._end_lists()
            return block._replace(kind="paragraph")
        self._leads_in = self._contents[number].endswith(":")
        is_new = mark.style not in [style for style, _ in self._open]
        level = self._depth(mark)
        block = block._replace(kind="item", level=level, apart=is_new and not level)
        return block._replace(label=mark.label, length=mark.length)

    def _end_lists(self) -> None:
        self._open, self._leads_in = [], False

    def _level(self, number: int) -> int:
        """Return the level of a heading: styles are deeper the later they appear.

        The numbers of the file's own heading above are no deeper than this.
        What looks like a numbered one, but has no number, is as high: a schedule after clauses.
        """
        emphasis = self._emphasis[number]
        marks = [mark for mark in self._marks[number] if not mark.bare]
        style = marks[0].style if marks else emphasis
        level = self._levels.setdefault(style, len({*self._levels.values()} - {0}) + 1)
        if emphasis:
            self._levels.setdefault(emphasis, level)
        return self._base + level

    def _chosen(self, marks: Sequence[Mark]) -> Mark | None:
        """Return which of the marks it is: one that goes on with a list, or else begins one."""
        items = [mark for mark in marks if not mark.bare]
        ranked = sorted(items, key=lambda mark: (not self._goes_on(mark), not _begins(mark)))
        return ranked[0] if ranked else None

    def _goes_on(self, mark: Mark) -> bool:
        return bool(mark.number) and (mark.style, mark.number[-1] - 1) in self._open

    def _depth(self, mark: Mark) -> int:
        """Return how deep an item lies in the lists that are open, and open its own."""
        last = mark.number[-1] if mark.number else 0
        styles = [style for style, _ in self._open]
        if mark.style in styles:
            del self._open[styles.index(mark.style) :]
        elif not _begins(mark) or len(styles) == _DEEPEST:
            self._open = []
        self._open.append((mark.style, last))
        return len(self._open) - 1

    def _marks_at(self, number: int) -> Iterator[Mark]:
        """Yield the marks that a block may begin with; a bullet counts beside another one."""
        near = self._contents[max(0, number - 1) : number] + self._contents[number + 1 : number + 2]
        for mark in self._outline.marks_of(self._contents[number]):
            if mark.number or any(
                mark.style == other.style for each in near for other in self._outline.marks_of(each)
            ):
                yield mark

    def _emphases(self) -> list[str]:
        """Return how each block that may be a heading stands out: "bold", "capitals", or both."""
        bold, upper = self._is_rare("bold"), self._is_rare("capitals")
        emphases = []
        for number, (block, content) in enumerate(zip(self._blocks, self._contents, strict=True)):
            looks = ("bold " if bold and block.is_bold else "") + (
                "capitals" if upper and content.isupper() else ""
            )
            emphases.append(looks.strip() if self._may_be[number] else "")
        return emphases

    def _is_rare(self, look: str) -> bool:
        """Say whether less than half of the text looks so: else it does not stand out."""
        lengths: Counter[bool] = Counter()
        for block, content in zip(self._blocks, self._contents, strict=True):
            lengths[block.is_bold if look == "bold" else content.isupper()] += len(content)
        return lengths[True] < lengths[False]

    def _styles_above(self, *, are_emphatic: bool) -> frozenset[str]:
        """Return the styles of numbers whose lines mostly stand above text; others are lists.

        Of lines that do not stand out all count, and the text has to be a paragraph.
        """
        votes: Counter[str] = Counter()
        for number, marks in enumerate(self._marks):
            after = self._marks[number + 1 : number + 2]
            for mark in marks[:1] if self._emphasis[number] or not are_emphatic else ():
                is_above = self._is_above(number, mark) and (are_emphatic or after == [[]])
                votes[mark.style] += 1 if is_above else -1
        return frozenset(style for style, vote in votes.items() if vote > 0)

    def _is_above(self, number: int, mark: Mark) -> bool:
        """Say whether a line with a number may be the heading of what follows."""
        after = self._marks[number + 1 : number + 2]
        is_above = bool(after) and all(other.style != mark.style for other in after[0])
        return is_above and bool(mark.number) and self._may_be[number]

    def _headings_above(self) -> list[bool]:
        """Say of each block whether it is a heading: above text, or above another heading."""
        above = [False] * (len(self._blocks) + 1)
        in_a_row = 0
        for number in range(len(self._blocks) - 2, -1, -1):
            in_a_row = in_a_row + 1 if above[number + 1] else 0
            over_heading = above[number + 1] and in_a_row <= _MOST_ABOVE
            marks = [mark for mark in self._marks[number] if not mark.bare]
            if marks and self._emphasis[number]:
                above[number] = marks[0].style in self._emphatic
            elif marks:
                is_above = self._is_above(number, marks[0])
                above[number] = is_above and marks[0].style in self._numbered
            elif self._emphasis[number] and self._is_short(number):
                above[number] = number == 0 or over_heading or self._is_text(number + 1)
        return above

    def _is_short(self, number: int) -> bool:
        content = self._contents[number]
        capitals = sum(map(str.isupper, content))
        return (
            len(content.split()) <= _MOST_WORDS
            and not content[0].islower()
            and find_field(content) is None
            and (capitals >= _FEWEST_CAPITALS or self._emphasis[number] != "capitals")
        )

    def _is_text(self, number: int) -> bool:
        content = self._contents[number]
        if self._blocks[number].kind:
            return self._blocks[number].kind != "heading"
        return not self._emphasis[number] and (
            len(content) >= _TEXT_FROM
            or content[-1] in _TEXT_END
            or bool(self._marks[number])
            or find_field(content) is not None
        )


def _begins(mark: Mark) -> bool:
    """Say whether a mark begins a list, in the list of the item before it if there is one."""
    return not mark.number or mark.number[-1] == 1


def _may_be_heading(block: Typed, content: str) -> bool:
    return (
        bool(content)
        and len(content) <= _LONGEST_HEADING
        and "\n" not in block.text
        and "|" not in content
        and any(map(str.isalpha, content))
        and content[-1] not in _NO_HEADING_END
        and not is_stamped(content)
    )
