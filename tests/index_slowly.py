"""Index a folder in a process that tests kill: FOLDER LIBRARY SECONDS [LARGEST_FILE_BYTES].

Prints the number of each document when it is begun. Exits 1 with one line on a RagError.
"""

import sys
from pathlib import Path

from fake_embedder import FakeEmbedder
from library_content import open_at, refresh

from rag.errors import RagError


def main():
    folder, path, seconds, *limit = sys.argv[1:]
    if limit:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit[0]), int(limit[0])))
    try:
        with open_at(Path(path)) as library:
            refresh(
                library,
                Path(folder),
                FakeEmbedder(seconds=float(seconds)),
                progress=lambda progress: print(progress.number, flush=True),
            )
    except RagError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
