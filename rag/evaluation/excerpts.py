"""Which parts of the documents a report's page carries, so that it stays small enough to open.

Offsets only: what is cited, expected or ranked decides, and nothing is searched for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.evaluation.metrics import Range, merge_ranges
from rag.evaluation.rows import Row, find_evidence

MAX_CHARACTERS = 8_000_000
"""Of document text in one page: with 5,000 rows Chromium still opens the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """Characters around what is cited and expected, and how many ranked passages go with it."""

    context: int
    ranked: int


_PLANS = (
    _Plan(context=2000, ranked=10),
    _Plan(context=500, ranked=10),
    _Plan(context=500, ranked=3),
    _Plan(context=200, ranked=0),
)


def choose_excerpts(
    rows: Sequence[Row], texts: Mapping[str, str], max_characters: int = MAX_CHARACTERS
) -> dict[str, list[Range]]:
    """Return, for each document that the rows touch, the parts to carry, in order and apart.

    Whole documents if they fit, else the first plan that does; the last one is taken anyway, and
    grows with the number of different places that are cited or expected.
    """
    whole = {name: [(0, len(texts[name]))] for name in _touched(rows, texts)}
    if _size(whole) <= max_characters:
        return whole
    places = {index: list(_places(row, texts)) for index, row in enumerate(rows)}
    parts: dict[str, list[Range]] = {}
    for plan in _PLANS:
        parts = {}
        for index, row in enumerate(rows):
            for name, (start, end) in places[index]:
                around = (
                    max(0, start - plan.context),
                    min(len(texts[name]), end + plan.context),
                )
                parts.setdefault(name, []).append(around)
            for hit in row["ranked"][: plan.ranked]:
                if hit["document"] in texts:
                    parts.setdefault(hit["document"], []).append((hit["start"], hit["end"]))
        parts = {name: merge_ranges(ranges) for name, ranges in parts.items()}
        if _size(parts) <= max_characters:
            break
    return parts


def _places(row: Row, texts: Mapping[str, str]) -> Iterator[tuple[str, Range]]:
    for citation in row["citations"]:
        if citation["document"] in texts:
            yield citation["document"], (citation["start"], citation["end"])
    yield from find_evidence(row, texts)


def _touched(rows: Sequence[Row], texts: Mapping[str, str]) -> list[str]:
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(name for name, _ in _places(row, texts)))
        names.update((hit["document"], None) for hit in row["ranked"] if hit["document"] in texts)
    return list(names)


def _size(parts: Mapping[str, Sequence[Range]]) -> int:
    return sum(end - start for ranges in parts.values() for start, end in ranges)
