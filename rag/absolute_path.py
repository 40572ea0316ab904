"""Where a path leads: one way to make it absolute, at the door, and to compare two of them.

Every path that a person gives passes through `absolute_path` before it is compared or kept.
"""

import os
from contextlib import suppress
from pathlib import Path


def absolute_path(path: Path | str) -> Path:
    """Return the one absolute path of what `path` names, whether or not it is there.

    `~` is the user's home, links and dots are followed as the system does. A file that is itself a
    link keeps its own name and place, which say what it is.
    """
    path = Path(path)
    with suppress(RuntimeError):  # a name that begins with ~ and is no user's home
        path = path.expanduser()
    if os.path.exists(path) and not os.path.isdir(path):
        return Path(os.path.realpath(path.parent), path.name)
    return Path(os.path.realpath(path))


def lies_in(path: Path | str, place: Path) -> bool:
    """Say whether `path` is `place` or below it, by its name or by where links lead."""
    return Path(path).is_relative_to(place) or Path(os.path.realpath(path)).is_relative_to(
        os.path.realpath(place)
    )
