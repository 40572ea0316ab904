"""What was recognised on a page, and the folder that keeps it so that no page is done twice.

Each page is a small JSON file, written beside its place and renamed; a damaged one counts as not
there. Knows nothing of engines or of layout.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

_MOST_BYTES = 256 << 20
"""Of the whole folder: some thirty thousand pages; those of files not read for long go first."""

_LEAST_SCORE = 0.5
"""Of what a line is read as; below it, it is noise (a drawing, a stain) or not to be trusted."""

Corners = tuple[tuple[float, float], ...]


class ReadLine(NamedTuple):
    """A line as it was recognised: `score` from 0 to 1; `corners` clockwise from the left top."""

    text: str
    score: float
    corners: Corners

    @property
    def is_sure(self) -> bool:
        """Say whether this is text, and read well enough to be shown."""
        return self.score >= _LEAST_SCORE and bool(self.text.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """The lines of a page in no order, their corners in shares of the page once it is upright.

    `turn` is by how many degrees against the clock the page was turned for that; `width` and
    `height` are those of the turned picture.
    """

    turn: int
    width: int
    height: int
    lines: tuple[ReadLine, ...]

    @classmethod
    def from_json(cls, value: Any) -> "ReadPage":
        """Return the page that `to_json` gave; raises `ValueError` for anything else."""
        try:
            lines = tuple(
                ReadLine(str(text), float(score), tuple((float(x), float(y)) for x, y in corners))
                for text, score, corners in value["lines"]
            )
            page = cls(
                turn=int(value["turn"]),
                width=int(value["width"]),
                height=int(value["height"]),
                lines=lines,
            )
        except (KeyError, TypeError, ValueError):
            raise ValueError("not a recognised page") from None
        if page.turn not in (0, 90, 180, 270) or min(page.width, page.height) < 1:
            raise ValueError("not a recognised page")
        if any(len(line.corners) != 4 for line in lines):
            raise ValueError("not a recognised page")
        return page

    def to_json(self) -> dict[str, Any]:
        """Return the page as a value for JSON."""
        return asdict(self)


class KeptPages:
    """The kept pages of one file, by its SHA-256 and the engine; without a folder there are none.

    What cannot be written is not kept, and that is all.
    """

    def __init__(self, folder: Path | None, sha256: str, engine: str) -> None:
        self._root = folder
        self._folder = folder / sha256 if folder else None
        self._engine = engine

    def get(self, number: int) -> ReadPage | None:
        """Return page `number`, from 0, if it is kept."""
        if self._folder is None:
            return None
        try:
            page = ReadPage.from_json(json.loads(self._path(self._folder, number).read_bytes()))
            os.utime(self._folder)
        except (OSError, ValueError, RecursionError):
            return None
        return page

    def put(self, number: int, page: ReadPage) -> None:
        """Keep page `number`."""
        if self._folder is None:
            return
        path = self._path(self._folder, number)
        beside = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.write_text(json.dumps(page.to_json()), "utf-8")
            os.replace(beside, path)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)

    def make_room(self) -> None:
        """Remove the pages of other files, those not used for longest first, if all are too many.

        Never those of this file.
        """
        if self._root is None or self._folder is None:
            return
        files = sorted(_files(self._root), key=lambda each: each[0], reverse=True)
        total = 0
        for _, size, folder in files:
            total += size
            if total > _MOST_BYTES and folder != self._folder:
                shutil.rmtree(folder, ignore_errors=True)

    def _path(self, folder: Path, number: int) -> Path:
        return folder / f"{self._engine}-{number}.json"


def _files(root: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield (time of last use, bytes, folder) of each file whose pages are kept."""
    try:
        folders = [path for path in root.iterdir() if path.is_dir()]
    except OSError:
        return
    for folder in folders:
        try:
            size = sum(path.stat().st_size for path in folder.iterdir())
            yield folder.stat().st_mtime, size, folder
        except OSError:  # another process removed it
            continue
