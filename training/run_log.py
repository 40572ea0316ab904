"""The log of a training: JSON lines in a file of its folder, shown as they come."""

from __future__ import annotations

import json
from pathlib import Path


def append_line(folder: Path, **figures: object) -> None:
    """Append one JSON line to the folder's `log.jsonl` and show it."""
    line = json.dumps(figures)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(line + "\n")
    print(line, flush=True)
