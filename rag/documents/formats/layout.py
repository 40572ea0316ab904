"""The layout of plain text: which lines are headings, paragraphs, items, fields, turns and rows.

Cautious rules over lines, for text that has no marks of its own, or those of Markdown, reStructured
Text or TeX. Offsets are those of the text, which is never changed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from rag.datatypes import Block, BlockKind
from rag.documents.formats.headings import Headings
from rag.documents.formats.lines import ENDS, Line, Wrapping, find_runs, has_word, is_stamped
from rag.documents.formats.marks import Mark, Outline, find_field, find_marks, find_speaker
from rag.documents.formats.text_tables import find_table
from rag.documents.structure import cover, finish, nest_items

_DIRECTIVE = re.compile(r"\.\. [\w-]+(?::[\w-]+)?::\s*")
_CODE_DIRECTIVE = re.compile(r"\.\. (?:code|code-block|sourcecode|highlight)::")
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?(?:\[[^\]]{0,200}\]|\{[^{}]{0,200}\})*")
_FIELDS = ":"
"""The style of items that are fields."""
_ITEMS_LOOKED_AT = 100
"""Blocks among which the item is looked for that a number follows."""
_DASHES = frozenset("–—")


@dataclass(slots=True, kw_only=True)
class _Part:
    """A block that may still grow by lines, as `Block`; where it stands, for nesting."""

    kind: BlockKind
    start: int
    end: int
    text_start: int
    text_end: int
    indent: int
    last: Line
    level: int = 0
    label: str = ""
    style: str = ""
    after_blank: bool = False
    children: tuple[Block, ...] = field(default=())

    def closed(self) -> Block:
        return Block(
            kind=self.kind,
            start=self.start,
            end=self.end,
            text_start=self.text_start,
            text_end=self.text_end,
            level=self.level,
            label=self.label,
            children=self.children,
        )


def text_blocks(text: str, *, tex: bool = False) -> tuple[Block, ...]:
    """Return the blocks of a plain text; with `tex` lines of commands and comments are code."""
    runs = find_runs(text)
    layout = _Layout(text, Outline(text, runs), Headings(text, runs), tex)
    for number in range(len(runs)):
        layout.take(runs, number)
    return cover(text, finish(text, _assembled(layout.parts)))


def body_blocks(text: str, start: int, end: int) -> list[Block]:
    """Return the blocks of text[start:end], whose headings are known: paragraphs, items, tables."""
    runs = find_runs(text, start, end)
    layout = _Layout(text, Outline(text, runs), None, tex=False)
    for number in range(len(runs)):
        layout.take(runs, number)
    return _assembled(layout.parts)


def paragraph_blocks(text: str, lines: Sequence[Line]) -> list[Block]:
    """Return the blocks of lines that are known to be text: paragraphs, items, fields."""
    layout = _Layout(text, Outline(text, [lines]), None, tex=False)
    layout.take([lines], 0)
    return _assembled(layout.parts)


class _Layout:
    """Collects the parts of a text, run by run."""

    def __init__(self, text: str, outline: Outline, headings: Headings | None, tex: bool) -> None:
        self.parts: list[_Part] = []
        self._text = text
        self._outline = outline
        self._headings = headings
        self._tex = tex
        self._wrapping: Wrapping | None = None  # of the run that is taken
        self._code_indent = -1  # of the directive whose indented lines are code

    def take(self, runs: Sequence[Sequence[Line]], number: int) -> None:
        """Take the lines of runs[number]."""
        run = runs[number]
        first, count = 0, len(self.parts)
        self._wrapping = None
        while first < len(run):
            begin = len(self.parts)
            first = (
                self._take_code(run, first)
                or self._take_heading(runs, number, first)
                or self._take_table(run, first)
                or self._take_turns(run, first)
                or self._take_fields(run, first)
                or self._take_text(run, first)
            )
            if begin == count:
                for part in self.parts[count : count + 1]:
                    part.after_blank = True

    def _take_code(self, run: Sequence[Line], first: int) -> int:
        """Take indented lines below a directive for code, or TeX's commands and comments."""
        stop = first
        while stop < len(run) and self._code_indent >= 0 and run[stop].indent > self._code_indent:
            stop += 1
        if stop == first:
            self._code_indent = -1
            while self._tex and stop < len(run) and self._is_command(run[stop]):
                stop += 1
        if stop == first:
            return 0
        if self.parts and self.parts[-1].kind == "code":  # the directive, or the code before
            code = self.parts[-1]
            if code.text_start == code.text_end:
                code.text_start = run[first].start
            code.end = code.text_end = run[stop - 1].end
        else:
            self._add("code", run[first], run[stop - 1])
        return stop

    def _is_command(self, line: Line) -> bool:
        content = self._words(line)
        return content[0] == "%" or (
            _COMMAND.fullmatch(content) is not None
            and (self._headings is None or self._headings.tex(content) is None)
        )

    def _take_heading(self, runs: Sequence[Sequence[Line]], number: int, first: int) -> int:
        heading = self._headings and self._headings.find(runs, number, first, self._outline)
        if not heading:
            return 0
        line = runs[number][heading.line]
        part = self._add("heading", line, line)
        part.start = runs[number][first].first
        part.end = runs[number][heading.stop - 1].end
        part.text_start += heading.before
        part.text_end -= heading.after
        part.level = heading.level
        return heading.stop

    def _take_table(self, run: Sequence[Line], first: int) -> int:
        is_item = self._is_item(self._words(run[first]))
        table = find_table(self._text, run, first, is_item=is_item)
        if table is None:
            return 0
        part = self._add("table", run[first], run[table.stop - 1])
        part.children = table.block.children
        part.start = part.text_start = table.block.start
        part.end = part.text_end = table.block.end
        return table.stop

    def _take_turns(self, run: Sequence[Line], first: int) -> int:
        """Take the turn of a speaker, with the lines that go on with it."""
        speakers = self._outline.speakers
        found = find_speaker(self._words(run[first])) if speakers else None
        if found is None or found.name not in speakers:
            return 0
        stop = first + 1
        while stop < len(run):
            other = find_speaker(self._words(run[stop]))
            if other is not None and other.name in speakers:
                break
            stop += 1
        part = self._add("turn", run[first], run[stop - 1])
        part.text_start += found.length
        part.label = found.label
        return stop

    def _take_fields(self, run: Sequence[Line], first: int) -> int:
        """Take two or more lines "name: value", each an item; indented lines go on with it."""
        parts: list[_Part] = []
        cased = self._words(run[first])[0].islower()
        stop = first
        while stop < len(run):
            line, content = run[stop], self._words(run[stop])
            found = find_field(content)
            if parts and line.indent > run[first].indent:
                parts[-1].end = parts[-1].text_end = line.end
            elif (
                found is None
                or content[0].islower() != cased
                or is_stamped(content)
                or self._is_item(content)
            ):
                break
            else:
                parts.append(self._part("item", line, line))
                parts[-1].text_start += found.length
                parts[-1].label, parts[-1].style = found.label, _FIELDS
            stop += 1
        if len(parts) < 2 and not (parts and self._words(run[first])[0] == ":"):
            return 0
        self.parts += parts
        return stop

    def _take_text(self, run: Sequence[Line], first: int) -> int:
        """Take one line of the run for a block, and those that go on with it."""
        wrapping = self._wrapping or Wrapping(
            self._text, run, in_lower_case=self._outline.in_lower_case
        )
        self._wrapping = wrapping
        line = run[first]
        if not has_word(self._words(line)):  # a rule: it belongs to what stands before it
            return first + 1
        part = self._begin(line, self._outline.mark_of(self._words(line)))
        stop = first + 1
        while stop < len(run) and self._goes_on(run, stop, part, wrapping):
            part.end = part.text_end = run[stop].end
            part.last = run[stop]
            stop += 1
        if self._text.endswith("::", part.text_start, part.text_end):
            self._code_indent = part.indent  # as in reStructured Text: what is indented is code
        self.parts.append(part)
        return stop

    def _is_item(self, content: str) -> bool:
        mark = self._outline.mark_of(content)
        return mark is not None and not mark.bare

    def _begin(self, line: Line, mark: Mark | None) -> _Part:
        part = self._part("paragraph", line, line)
        content = self._words(line)
        if mark is not None and not mark.bare:
            part.kind, part.label, part.style = "item", mark.label, mark.style
            part.text_start += mark.length
        elif directive := _DIRECTIVE.match(content):
            if _CODE_DIRECTIVE.match(content):
                part.kind, part.text_start, part.text_end = "code", line.end, line.end
                self._code_indent = line.indent
            elif directive.end() < len(content):
                part.text_start += directive.end()
        return part

    def _goes_on(self, run: Sequence[Line], number: int, part: _Part, wrapping: Wrapping) -> bool:
        """Say whether run[number] goes on with `part`, which ends with the line before."""
        line, content = run[number], self._words(run[number])
        if part.kind == "code" or not has_word(content) or (self._tex and self._is_command(line)):
            return False
        mark = self._outline.mark_of(content)
        if mark is not None and not mark.bare:
            return wrapping.continues(part.last, line) and self._is_chance(mark, part, wrapping)
        if part.kind == "item" and line.indent > part.indent and part.style != _FIELDS:
            return True
        if self._starts_other(content, part):
            return False
        return wrapping.continues(part.last, line)

    def _starts_other(self, content: str, part: _Part) -> bool:
        """Say whether a line may begin a heading, or a table with which `part` has not begun."""
        if content[0] == "#":
            return self._headings is not None and self._headings.atx(content) is not None
        for between in (" | ", "\t"):
            if between in content and self._text.find(between, part.start, part.end) < 0:
                return True
        return content[0] == "|" and content[-1] == "|"

    def _is_chance(self, mark: Mark, part: _Part, wrapping: Wrapping) -> bool:
        """Say whether what looks like a mark stands at the beginning of a wrapped line by chance.

        A dash may; a number may unless it is the first, follows the one of an item before it, or a
        line that ended.
        """
        ends = self._text[part.last.end - 1] in ENDS or not wrapping.is_full(part.last)
        if not mark.number:
            return mark.label in _DASHES and part.kind != "item" and not ends
        if ends or mark.number[-1] == 1:
            return False
        if part.kind != "item":
            return True
        items = [part, *islice(reversed(self.parts), _ITEMS_LOOKED_AT)]
        follows = (*mark.number[:-1], mark.number[-1] - 1)
        numbers = {
            other.number
            for each in items
            if each.style == mark.style
            for other in find_marks(f"{each.label} X")
        }
        is_whole = len(items) <= _ITEMS_LOOKED_AT
        return follows not in numbers and (is_whole or bool(numbers))

    def _add(self, kind: BlockKind, first: Line, last: Line) -> _Part:
        part = self._part(kind, first, last)
        self.parts.append(part)
        return part

    def _part(self, kind: BlockKind, first: Line, last: Line) -> _Part:
        return _Part(
            kind=kind,
            start=first.first,
            end=last.end,
            text_start=first.start,
            text_end=last.end,
            indent=first.indent,
            last=last,
        )

    def _words(self, line: Line) -> str:
        return self._text[line.start : line.end]


def _assembled(parts: Sequence[_Part]) -> list[Block]:
    """Return the top-level blocks: items and what is indented below them gathered into lists."""
    blocks: list[Block] = []
    items: list[tuple[int, Block]] = []
    open_styles: list[tuple[int, str]] = []  # indent and style of the lists that are open
    for part in parts:
        if part.kind == "item":
            depth = _depth(open_styles, part)
            if depth is None:
                blocks += _list_of(items, open_styles)
                items, open_styles, depth = [], [(part.indent, part.style)], 0
            items.append((depth, part.closed()))
        elif items and part.indent > open_styles[-1][0] and part.kind in ("paragraph", "code"):
            items[-1] = (items[-1][0], _with_child(items[-1][1], part.closed()))
        else:
            blocks += [*_list_of(items, open_styles), part.closed()]
            items, open_styles = [], []
    return blocks + _list_of(items, open_styles)


def _list_of(items: Sequence[tuple[int, Block]], styles: Sequence[tuple[int, str]]) -> list[Block]:
    """Return the list of the items, if there are any; one of fields has no order."""
    lists = nest_items(items)
    is_fields = bool(styles) and styles[0][1] == _FIELDS
    return [replace(block, ordered=block.ordered and not is_fields) for block in lists]


def _depth(open_styles: list[tuple[int, str]], part: _Part) -> int | None:
    """Return how deep an item lies in the lists that are open; None if it begins another list."""
    while open_styles and part.indent < open_styles[-1][0]:
        open_styles.pop()
    if not open_styles:
        return None
    while len(open_styles) > 1 and (part.indent, part.style) in open_styles[:-1]:
        open_styles.pop()
    if (part.indent, part.style) == open_styles[-1]:
        return None if part.style == _FIELDS and part.after_blank else len(open_styles) - 1
    if part.indent == open_styles[-1][0] and (part.after_blank or part.style == _FIELDS):
        starts = part.label.strip("().:").rpartition(".")[2] in ("1", "a", "A", "i")
        if not starts or open_styles[-1][1] == _FIELDS:
            return None
    open_styles.append((part.indent, part.style))
    return len(open_styles) - 1


def _with_child(item: Block, child: Block) -> Block:
    return replace(item, end=child.end, children=(*item.children, child))
