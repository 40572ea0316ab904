"""How far right each line of a part could reach: what is short of it ends its paragraph.

Values to values.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from rag.documents.formats.pdf_gaps import wide_gaps
from rag.documents.formats.pdf_layout import Line

_NEAR = 6
"""Lines above and below that tell how far right a line can reach."""
_ALIGNED = 40.0
"""Points: lines that begin so near may be of one column."""
_EDGE, _SHORT, _SHORT_IN_SENTENCE = 1.0, 1.0, 3.0
"""Points by which the ends of justified lines differ; of the size: how much earlier a line ends
that is not full, after a sentence and in one."""
_JUSTIFIED, _FEWEST, _GOES_ON = 0.4, 5, 0.3
"""Of the lines of a part so many are full where it is justified; of these, after so many the next
begins with a small letter."""
_ENDS = frozenset(".!?:;")


def reaches(part: Sequence[Line]) -> dict[int, float]:
    """Return how far right each line of a part could reach, by its id.

    A justified line is as long as its column: after one that is not full there was room for all.
    """
    edge = _justified_edge(part)
    found = {}
    for number, line in enumerate(part):
        near = part[max(0, number - 2) : number + _NEAR]
        beside = [one for one in near if abs(one.left - line.left) < _ALIGNED or one is line]
        reach = max(line.limit, max(one.right for one in beside))
        if edge is not None and _is_short(line, beside, edge):
            reach = edge + (edge - line.left)
        found[id(line)] = reach
    return found


def _justified_edge(part: Sequence[Line]) -> float | None:
    """Return where the lines of a part end, if most of those that are full end at one place."""
    lines = [line for line in part if not wide_gaps(line)]
    if len(lines) < _FEWEST:
        return None
    edge, _ = Counter(round(line.right) for line in lines).most_common(1)[0]
    full = [line for line in lines if abs(line.right - edge) <= _EDGE]
    if len(full) < max(_FEWEST, _JUSTIFIED * len(lines)):
        return None
    ids = set(map(id, full))
    goes_on = sum(id(one) in ids and two.text[0].islower() for one, two in pairwise(part))
    lefts = [line.left for line in full]
    if goes_on < _GOES_ON * len(full) or max(lefts) - min(lefts) > _ALIGNED:
        return None
    return max(line.right for line in full)


def _is_short(line: Line, beside: Sequence[Line], edge: float) -> bool:
    """Say whether a line ends before the edge, and no other ends where it does."""
    short = _SHORT if line.text[-1] in _ENDS else _SHORT_IN_SENTENCE
    return edge - line.right > short * line.size and not any(
        one is not line and abs(one.right - line.right) <= _EDGE for one in beside
    )
