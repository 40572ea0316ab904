"""The picture of a page, or of the place on it that a citation points to, for people to compare.

Made by the program `page_pictures` in a process of its own, from the file as it is.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rag.datatypes import Region
from rag.documents.formats import page_pictures

_TIMEOUT_SECONDS = 60.0
_LOST = "the page cannot be shown; open the file in another program"


def page_picture(
    data: bytes,
    page: int,
    regions: Sequence[Region] = (),
    *,
    max_pixels: int = 2_000_000,
    around: float | None = None,
) -> bytes:
    """Return page `page` (from 1) of a PDF or picture as PNG of at most `max_pixels`.

    `regions` on that page are marked. With `around` only the part of the page with them is shown,
    and that share of its height above and below. Raises `ValueError` with one line.
    """
    boxes = [
        [region.left, region.top, region.right, region.bottom]
        for region in regions
        if region.page == page
    ]
    order = {
        "do": "show",
        "page": page - 1,
        "boxes": boxes,
        "around": around,
        "max_pixels": max_pixels,
    }
    # -P: nothing is imported from the program's own folder, where modules are called html and csv
    command = [sys.executable, "-P", str(Path(page_pictures.__file__)), json.dumps(order)]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ValueError(_LOST) from None
    if done.stdout.startswith(b"\x89PNG"):
        return done.stdout
    try:
        reason = json.loads(done.stdout)["error"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(_LOST) from None
    raise ValueError(reason)
