"""What stands between lines of dashes (YAML) or plus signs (TOML) at the start of a Markdown file.

Read line by line as fields, not as YAML: nothing is resolved, referred to or built. Knows nothing
of Markdown.
"""

import re
from typing import NamedTuple

from rag.datatypes import Block

_OPENING = re.compile(r"(---|\+\+\+)[ \t]*(?:\r\n|\r|\n)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FIELD = re.compile(r"[\"']?([\w][\w .-]{0,60}?)[\"']?[ \t]*(?::(?=\s|\Z)|=(?!=))[ \t]*")
_GOES_ON = re.compile(r"[ \t]+\S|[-\]}#\[]|\s*\Z")
_QUOTES = ("'", '"')
_MOST_LINES = 500


class FrontMatter(NamedTuple):
    """A list of the fields, the title among them (or ""), and where the text after it begins."""

    block: Block
    title: str
    end: int


def find_front_matter(text: str) -> FrontMatter | None:
    """Return the front matter at the beginning of `text`; None if there is none, or no field."""
    opening = _OPENING.match(text)
    if opening is None:
        return None
    fields: list[tuple[str, int, int, int]] = []  # name, start of the line, of the value, its end
    position = opening.end()
    for _ in range(_MOST_LINES):
        line = _LINE.match(text, position)
        if line is None or line.end() == line.start():
            return None
        content = line[0].rstrip()
        if content == opening[1] or (content == "..." and opening[1] == "---"):
            return _found(text, fields, position + len(content), line.end()) if fields else None
        field = _FIELD.match(content)
        if field is not None:
            fields.append((field[1], position, position + field.end(), position + len(content)))
        elif not _GOES_ON.match(content) or (content.strip() and not fields and content[0] != "#"):
            return None
        elif fields and content.strip() and content[0] not in "#[":
            fields[-1] = (*fields[-1][:3], position + len(content))
        position = line.end()
    return None


def _found(text: str, fields: list[tuple[str, int, int, int]], end: int, after: int) -> FrontMatter:
    items = []
    title = ""
    for name, start, value, stop in fields:
        if stop - value > 1 and text[value] in _QUOTES and text[stop - 1] == text[value]:
            value, text_end = value + 1, stop - 1
        else:
            text_end = stop
        while value < text_end and text[value].isspace():
            value += 1
        items.append(
            Block(
                kind="item", start=start, end=stop, text_start=value, text_end=text_end, label=name
            )
        )
        if name.lower() == "title":
            title = " ".join(text[value:text_end].split())
    block = Block(
        kind="list",
        start=0,
        end=end,
        text_start=items[0].start,
        text_end=items[-1].end,
        children=tuple(items),
    )
    return FrontMatter(block, title, after)
