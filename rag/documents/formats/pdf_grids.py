"""Tables whose rules are drawn: rows lie between level rules, columns between upright ones.

Where no upright rules are drawn (lines under the rows, rows of another ground), columns lie between
what is white in all rows. Values to values.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rag.documents.formats.pdf_beside import order_with_blocks
from rag.documents.formats.pdf_cells import CellLine, is_table, lines_of, rows_of_several
from rag.documents.formats.pdf_columns import Word
from rag.documents.formats.pdf_ruled import NEAR, Frame, covered, find_frames, places
from rag.documents.formats.pdf_rules import Rule

_COVERED = 0.6
"""Of a cell's side: along so much a rule bounds it."""
_REGULAR = 0.5
"""Of the inner sides of cells, as many are drawn in a table."""
_WHITE, _SEED = 0.35, 1.0
"""Of the size: what is white between two columns; a gap that parts cells for certain."""
_FEW_ROWS = 3
"""Rules that part no more than this may bound the body of a table as a whole, not its rows."""
_STACKED = 8.0
"""Of the size: how far apart rules of one table stand where nothing joins them."""
_BEYOND, _LEADING = 1.6, 1.45
"""Of the size: how far from the last rule a row may stand, and the next line of a row."""
_MOST_COLUMNS, _MOST_FRAMES = 60, 500
"""A page with more frames is a drawing."""

_Gap = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Where the cells of a table lie. `edges` part its columns, its lines stand on `baselines`.

    `several` has the rows that the rules do not part, as where they are drawn around all of them.
    """

    left: float
    bottom: float
    right: float
    top: float
    edges: tuple[float, ...]
    baselines: tuple[float, ...]
    several: frozenset[int]
    _heights: tuple[float, ...]
    _breadths: tuple[float, ...]
    _cells: tuple[tuple[tuple[int, int], ...], ...]

    def place(self, word: Word) -> tuple[int, int] | None:
        """Return row and column of a word; None if it stands in no cell."""
        height, middle = word.baseline + 0.3 * word.size, (word.left + word.right) / 2
        row = bisect_right(self._heights, -height) - 1
        column = bisect_right(self._breadths, middle) - 1
        if not 0 <= row < len(self._cells) or not 0 <= column < len(self._cells[0]):
            return None
        return self._cells[row][column]


def find_grids(words: Sequence[Word], rules: Sequence[Rule]) -> list[Grid]:
    """Return the tables among words that rules part, from above."""
    if not words or not rules:
        return []
    size = median(word.size for word in words)
    loose: list[Frame] = []
    drawn: list[_Drawn] = []
    frames = find_frames(rules)
    if len(frames) > _MOST_FRAMES:
        return []
    for frame in frames:
        if len(frame.breadths) > 2:
            drawn.append(_Drawn(frame, frame.heights, frame.breadths, stacked=False))
        elif frame.right - frame.left > 4 * size:
            loose.append(frame)
    grids = [grid for each in drawn if (grid := each.grid(words))]
    for stack in _stacks(loose, size):
        each = _parted_by_white(stack, words, size)
        grid = each.grid(words) if each else None
        if grid and not any(_meet(grid, other) for other in grids):
            grids.append(grid)
    return sorted(grids, key=lambda grid: (-grid.top, grid.left))


def order_around(words: Sequence[Word], grids: Sequence[Grid]) -> list[list[list[Word] | Grid]]:
    """Return the parts of a page as they are read, each with the tables in their places.

    `words` are those outside of tables; a table counts as lines that fill its breadth.
    """
    size = median(word.size for word in words) if words else 10.0
    stand_ins = [
        (Word("", grid.left, grid.right, baseline, size), number)
        for number, grid in enumerate(grids)
        for baseline in grid.baselines
    ]
    grid_of = {id(word): number for word, number in stand_ins}
    if not words and not grids:
        return []
    seen: set[int] = set()
    parts: list[list[list[Word] | Grid]] = []
    for part in order_with_blocks([*words, *(word for word, _ in stand_ins)]):
        rest = [word for word in part if id(word) not in grid_of]
        pieces: list[list[Word] | Grid] = []
        for number in sorted({grid_of[id(word)] for word in part if id(word) in grid_of} - seen):
            above = [word for word in rest if word.baseline > grids[number].top - 0.5 * word.size]
            below = [word for word in rest if word.baseline <= grids[number].top - 0.5 * word.size]
            pieces += [above, grids[number]] if above else [grids[number]]
            rest = below
            seen.add(number)
        pieces += [rest] if rest else []
        if pieces:
            parts.append(pieces)
    return parts


def _meet(one: Grid, two: Grid) -> bool:
    beside = one.right < two.left or two.right < one.left
    return not beside and one.bottom < two.top and two.bottom < one.top


def _stacks(frames: Sequence[Frame], size: float) -> Iterator[Frame]:
    """Yield frames; those that reach equally far and follow one another are one."""
    ordered = sorted(frames, key=lambda frame: -frame.top)
    while ordered:
        first, rest = ordered[0], []
        level, upright, bottom = list(first.level), list(first.upright), first.bottom
        for frame in ordered[1:]:
            alike = abs(frame.left - first.left) < NEAR and abs(frame.right - first.right) < NEAR
            if alike and bottom - frame.top < _STACKED * size:
                level += frame.level
                upright += frame.upright
                bottom = min(bottom, frame.bottom)
            else:
                rest.append(frame)
        yield Frame(level=tuple(level), upright=tuple(upright))
        ordered = rest


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Rules that may be a table's, and where they part rows and columns.

    `stacked`: nothing but white parts the columns.
    """

    frame: Frame
    heights: list[float]
    breadths: list[float]
    stacked: bool

    def grid(self, words: Sequence[Word]) -> Grid | None:
        """Return the table, or None where the rules are none of a table's."""
        heights, breadths = self.heights, self.breadths
        if not 2 < len(breadths) <= _MOST_COLUMNS or len(heights) < 3:
            return None
        bands = list(_bands(words, heights, (breadths[0] - NEAR, breadths[-1] + NEAR)))
        if sum(map(bool, bands)) < 2:
            return None
        cells = self._cells(bands)
        if cells is None:
            return None
        found: dict[tuple[int, int], list[Word]] = {}
        for row, band in enumerate(bands):
            for word in band:
                middle = (word.left + word.right) / 2
                column = min(max(bisect_right(breadths, middle) - 1, 0), len(breadths) - 2)
                found.setdefault(cells[row][column], []).append(word)
        rows, columns = (sorted({place[side] for place in found}) for side in (0, 1))
        if not is_table(found, len(rows), len(columns)):
            return None
        table = [[found.get((row, column), []) for column in columns] for row in rows]
        sides = [breadths[column] for column in (*columns, -1)]
        if self.stacked:
            sides[:-1] = [
                min(word.left for row in table for word in row[number])
                for number in range(len(columns))
            ]
        sure = not self.stacked and len(rows) > _FEW_ROWS
        several = rows_of_several(table, sides, sure=sure)
        if self.stacked and (several or len(rows) < 3):
            return None
        to_row = {row: number for number, row in enumerate(rows)}
        to_column = {column: number for number, column in enumerate(columns)}
        return Grid(
            left=breadths[0],
            right=breadths[-1],
            top=heights[0],
            bottom=heights[-1],
            edges=tuple(breadths[column] for column in columns[1:]),
            baselines=tuple(line[0].baseline for line in lines_of([w for b in bands for w in b])),
            several=frozenset(several),
            _heights=tuple(-height for height in heights),
            _breadths=(breadths[0] - NEAR, *breadths[1:-1], breadths[-1] + NEAR),
            _cells=tuple(
                tuple((to_row.get(row, 0), to_column.get(column, 0)) for row, column in each)
                for each in cells
            ),
        )

    def _cells(self, bands: Sequence[Sequence[Word]]) -> list[list[tuple[int, int]]] | None:
        """Return for each field the row and column where its cell begins; None if few are drawn.

        A cell that no rule parts from the one above or before it is one with it.
        """
        heights, breadths = self.heights, self.breadths
        columns = list(pairwise(breadths))
        cells: list[list[tuple[int, int]]] = []
        drawn: list[list[float]] = [[], []]
        for row, (top, bottom) in enumerate(pairwise(heights)):
            cells.append([])
            for column, (left, right) in enumerate(columns):
                place = row, column
                if row:
                    above = self.stacked or covered(self.frame.level, top, left, right) > _COVERED
                    drawn[0].append(above)
                    place = place if above else cells[row - 1][column]
                if column and place == (row, column):
                    if self.stacked:
                        before = _is_parted(bands[row], left)
                    else:
                        before = covered(self.frame.upright, left, bottom, top) > _COVERED
                    drawn[1].append(before)
                    place = place if before else cells[row][column - 1]
                cells[row].append(place)
        if any(shares and sum(shares) < _REGULAR * len(shares) for shares in drawn):
            return None
        return cells


def _bands(
    words: Sequence[Word], heights: Sequence[float], sides: tuple[float, float]
) -> Iterator[list[Word]]:
    """Yield the words between one height and the next."""
    rising = [-height for height in heights]
    found: list[list[Word]] = [[] for _ in heights[1:]]
    for word in words:
        place = bisect_right(rising, -word.baseline - 0.3 * word.size) - 1
        if 0 <= place < len(found) and sides[0] <= (word.left + word.right) / 2 <= sides[1]:
            found[place].append(word)
    yield from found


def _parted_by_white(frame: Frame, words: Sequence[Word], size: float) -> _Drawn | None:
    """Return level rules with what is white between columns, and a row beyond the last rules."""
    sides = frame.left - NEAR, frame.right + NEAR
    heights = frame.heights
    bands = [lines_of(band) for band in _bands(words, heights, sides)]
    parted = [band for band in bands if any(_has_gap(line, _SEED * size) for line in band)]
    if len(parted) < 2 or 2 * len(parted) < sum(map(bool, bands)):
        return None
    corridors = _white(parted, size)
    without_first = _white(parted[1:], size) if len(parted) > 2 else []
    if len(without_first) > len(corridors):
        corridors = without_first
    if not corridors:
        return None
    beside = [word for word in words if sides[0] <= (word.left + word.right) / 2 <= sides[1]]
    above, corridors = _beyond(beside, corridors, heights[0], size, up=True)
    below, corridors = _beyond(beside, corridors, heights[-1], size, up=False)
    if above:
        heights = [max(_middle(word) + 0.6 * size for word in above), *heights]
    if below:
        heights = [*heights, min(_middle(word) - 0.6 * size for word in below)]
    inner = [(left + right) / 2 for left, right in corridors]
    return _Drawn(frame, heights, places(inner, frame.left, frame.right), stacked=True)


def _middle(word: Word) -> float:
    return word.baseline + 0.3 * word.size


def _has_gap(line: CellLine, narrowest: float) -> bool:
    ordered = sorted(line, key=lambda word: word.left)
    return any(two.left - one.right >= narrowest for one, two in pairwise(ordered))


def _white(bands: Sequence[Sequence[CellLine]], size: float) -> list[_Gap]:
    """Return what is white in all lines, between words on both sides."""
    stretches = sorted((word.left, word.right) for band in bands for line in band for word in line)
    found: list[_Gap] = []
    reached = stretches[0][1]
    for left, right in stretches:
        if left - reached >= _WHITE * size:
            found.append((reached, left))
        reached = max(reached, right)
    return found


def _beyond(
    words: Sequence[Word], corridors: list[_Gap], edge: float, size: float, *, up: bool
) -> tuple[list[Word], list[_Gap]]:
    """Return the words of a row that stands above or below the last rule, if there is one.

    And the corridors, as narrow as it leaves them.
    """
    taken: list[Word] = []
    before = corridors
    lines = lines_of([word for word in words if (_middle(word) > edge) == up])
    reached, farthest = edge, _BEYOND * size
    for line in reversed(lines) if up else lines:
        height = _middle(line[0])
        narrowed = [_narrowed(gap, line) for gap in corridors]
        narrow = any(right - left < _WHITE * size for left, right in narrowed)
        if narrow or abs(height - reached) > farthest:
            break
        taken += line
        corridors = narrowed
        reached, farthest = height, _LEADING * size
    columns = {sum(word.left >= right for _, right in corridors) for word in taken}
    return (taken, corridors) if len(columns) > 1 else ([], before)


def _narrowed(gap: _Gap, line: CellLine) -> _Gap:
    """Return the widest part of a gap that the words of a line leave white."""
    left, right = gap
    edges = sorted(
        (max(word.left, left), min(word.right, right))
        for word in line
        if word.left < right and left < word.right
    )
    free = []
    reached = left
    for start, end in edges:
        free.append((reached, start))
        reached = max(reached, end)
    return max([*free, (reached, right)], key=lambda part: part[1] - part[0])


def _is_parted(band: Sequence[Word], at: float) -> bool:
    """Say whether no words of a band run over a place between two columns."""
    for line in lines_of(band):
        ordered = sorted(line, key=lambda word: word.left)
        before = [word for word in ordered if word.left < at]
        after = [word for word in ordered if word.left >= at]
        if before and max(word.right for word in before) > at:
            return False
        if before and after:
            gap = after[0].left - max(word.right for word in before)
            if gap < _WHITE * after[0].size:
                return False
    return True
