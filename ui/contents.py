"""What stands above a document: the table of contents, and what could not be read of it.

Pure functions from values to escaped HTML; `page.js` leads from an entry to its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.datatypes import Block
from ui.escape import escape_visibly

FEWEST_HEADINGS = 4
SHORTEST_WITH_CONTENTS = 3_000
"""Characters of a document from which on its headings are worth a table of contents."""
_MOST_ENTRIES = 300
_LONGEST_ENTRY = 120
_MOST_WARNINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A heading in the table of contents: where it is, its level, its words."""

    place: int
    level: int
    words: str


def contents_of(text: str, headings: Sequence[Block]) -> list[Entry]:
    """Return the table of contents of a long document; empty for others.

    Of a document with very many headings only the outer levels, and at most the first 300.
    """
    if len(headings) < FEWEST_HEADINGS or len(text) <= SHORTEST_WITH_CONTENTS:
        return []
    deepest = max(heading.level for heading in headings)
    while len(headings) > _MOST_ENTRIES and deepest > min(each.level for each in headings):
        deepest -= 1
        headings = [heading for heading in headings if heading.level <= deepest]
    return [
        Entry(
            place=heading.start,
            level=heading.level,
            words=" ".join(text[heading.text_start : heading.text_end].split())[:_LONGEST_ENTRY],
        )
        for heading in headings[:_MOST_ENTRIES]
    ]


def render_contents(entries: Sequence[Entry]) -> str:
    """Return the table of contents, which `page.js` leads from; empty without entries."""
    if not entries:
        return ""
    outer = min(entry.level for entry in entries)
    items = "".join(
        f'<li class="level-{min(entry.level - outer, 5)}"><button type="button" '
        f'data-place="{entry.place}" dir="auto">{escape_visibly(entry.words)}</button></li>'
        for entry in entries
    )
    return (
        '<details class="contents"><summary>Contents</summary>'
        f'<nav aria-label="Contents"><ul role="list">{items}</ul></nav></details>'
    )


def render_warnings(warnings: Sequence[str]) -> str:
    """Return what could not be read of the document; empty if all was."""
    if not warnings:
        return ""
    if len(warnings) == 1:
        return f'<p class="warnings" role="note">Not read: {escape_visibly(warnings[0])}</p>'
    items = "".join(f"<li>{escape_visibly(line)}</li>" for line in warnings[:_MOST_WARNINGS])
    return (
        f'<details class="warnings"><summary>Not all of this was read: {len(warnings):,} '
        f"remarks</summary><ul>{items}</ul></details>"
    )
