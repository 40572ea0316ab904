"""The white between the words of a line.

Values to values. Knows nothing of tables.
"""

from collections.abc import Sequence

from rag.documents.formats.pdf_columns import Gap, word_gaps
from rag.documents.formats.pdf_layout import Line

SEED_GAP = 1.2
"""Of the size: a line with a gap as wide may be a row of a table."""
_MOST_WORDS = 500
_SAME_GAP = 0.1
"""Of the size: spaces that differ by less are the same, widths that differ by more are not."""


def gaps_of(line: Line, narrowest: float) -> list[Gap]:
    """Return the white between the words that is at least `narrowest`."""
    return word_gaps(line.words, narrowest)


def wide_gaps(line: Line) -> list[Gap]:
    """Return the gaps that may part cells; none of a line of very many words."""
    return gaps_of(line, SEED_GAP * line.size) if 1 < len(line.words) < _MOST_WORDS else []


def is_even(line: Line) -> bool:
    """Say whether the spaces of a line are about equally wide."""
    gaps = [right - left for left, right in gaps_of(line, 0.05 * line.size)]
    return bool(gaps) and min(gaps) > 0.5 * max(gaps)


def is_spaced_text(line: Line) -> bool:
    """Say whether words of unlike widths have just the same space between them, as no cells do."""
    gaps = [right - left for left, right in gaps_of(line, 0.05 * line.size)]
    widths = [word.right - word.left for word in line.words]
    return max(gaps) - min(gaps) <= _SAME_GAP * line.size < max(widths) - min(widths)


def overlap(one: Gap, two: Gap) -> bool:
    """Say whether two gaps have some white in common."""
    return min(one[1], two[1]) > max(one[0], two[0])


def shared_gap(gap: Gap, free: Sequence[Gap]) -> Gap | None:
    """Return the widest part of a gap that is white."""
    parts = [(max(gap[0], left), min(gap[1], right)) for left, right in free]
    best = max(parts, key=lambda part: part[1] - part[0])
    return best if best[1] > best[0] else None
