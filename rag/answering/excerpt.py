"""What is shown of one place of a document: its parts, and what of it is cited as one.

`rag.answering.compose` makes them. Values to values.
"""

from dataclasses import dataclass

from rag.datatypes import Block, PartKind

_NEAR = 20
"""Characters between parts that are cited as one place: marks, numbers and white space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is shown as one: [start, end) of the document's text, and how.

    `label` is an item's marker, `depth` how deep it is nested, `cells` are (column, start, end) of
    a row, `row` is its number, from 1, `last_row` that of the last where it is several rows.
    """

    start: int
    end: int
    kind: PartKind
    label: str = ""
    depth: int = 0
    cells: tuple[tuple[str, int, int], ...] = ()
    row: int | None = None
    last_row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """What is shown of one place of a document, in order. `note` says what is not shown of it.

    `whole_list` says that the parts are all of a list, whose items have numbers if it is
    `ordered`. `column` is the name over a span in a row.
    """

    document_id: int
    parts: tuple[Part, ...]
    note: str = ""
    whole_list: bool = False
    ordered: bool = False
    column: str | None = None

    def holds(self, part: Part) -> bool:
        """Say whether what `part` shows is shown already."""
        return any(own.start <= part.start and part.end <= own.end for own in self.parts)

    def places(self) -> list[tuple[int, int]]:
        """Return (start, end) of what is cited: parts that follow each other are one place.

        Every part lies in one of them.
        """
        places: list[tuple[int, int]] = []
        for part in sorted(self.parts, key=lambda part: part.start):
            near = bool(places) and part.start - places[-1][1] <= _NEAR
            if places and (self.whole_list or (near and part.kind not in ("sentence", "row"))):
                places[-1] = places[-1][0], max(places[-1][1], part.end)
            else:
                places.append((part.start, part.end))
        return places


def row_part(row: Block, number: int | None) -> Part:
    """Return how a row of a table is shown."""
    return Part(
        start=row.start,
        end=row.end,
        kind="row",
        cells=tuple((cell.label, cell.text_start, cell.text_end) for cell in row.children),
        row=number,
    )
