"""How many of 130 small PDFs with tables are read as they were made.

    python benchmarks/pdf_tables.py [--only TEXT] [--keep FOLDER]

A PDF (`pdf_tables_made.py`, `pdf_tables_drawn.py`) is right if the reader finds as many tables as
there are, with all of their rows, each cell in its column, and no other row. A line is printed for
each that is not, and at the end how many are; it always exits with 0. It needs the extra `test`.

They were made beside the code that reads them: they show what is still open, not how well the
tables of other people are read.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

if TYPE_CHECKING:
    from pdf_tables_made import Case

    from rag.datatypes import Block

_MAX_CHARACTERS = 10_000_000


def plain(cell: str) -> str:
    """Return a cell without its line breaks; a hyphen at the end of a line joins its halves."""
    return re.sub(r"\s+", " ", cell.replace("<br/>", " ").replace("- ", "-")).strip()


def every_block(blocks: Sequence["Block"]) -> Iterator["Block"]:
    """Yield all blocks and what they hold, in the order of the text; cells of rows are left out."""
    for block in blocks:
        yield block
        if block.kind != "row":
            yield from every_block(block.children)


def read_tables(path: Path) -> tuple[int, list[list[str]]]:
    """Return how many tables the reader finds in a PDF, and all of their rows."""
    from rag.documents.formats.pdf import extract_pdf

    read = extract_pdf(path.read_bytes(), _MAX_CHARACTERS)
    blocks = list(every_block(read.blocks))
    rows = [
        [plain(read.text[cell.text_start : cell.text_end]) for cell in block.children]
        for block in blocks
        if block.kind == "row"
    ]
    return sum(block.kind == "table" for block in blocks), rows


def filled(row: Sequence[str]) -> tuple[str, ...]:
    """Return the cells that are not empty."""
    return tuple(cell for cell in row if cell)


def faults(case: "Case", path: Path) -> str:
    """Return what is wrong with the tables that are read, nothing if they are right."""
    tables, rows = read_tables(path)
    made = [[plain(cell) for cell in row] for table in case.tables for row in table]
    first_read: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        first_read.setdefault(filled(row), row)
    known = {filled(row) for row in made}
    lost = sum(filled(row) not in first_read for row in made)
    shifted = sum(first_read.get(filled(row), row) != row for row in made)
    invented = sum(filled(row) not in known for row in rows)
    counts = {
        f"{lost} of {len(made)} rows lost": lost,
        f"{invented} rows that are not there": invented,
        f"{shifted} rows with cells in other columns": shifted,
        f"{tables} tables instead of {len(case.tables)}": tables != len(case.tables),
    }
    return ", ".join(words for words, count in counts.items() if count)


def measure(only: str, folder: Path) -> tuple[int, int]:
    """Make and read the PDFs whose name has some text; return how many are right, and of how many.

    Prints a line for each that is read wrongly.
    """
    from pdf_tables_drawn import drawn_cases
    from pdf_tables_made import set_cases

    right = measured = 0
    for case in chain(set_cases(), drawn_cases()):
        if only not in case.name:
            continue
        path = folder / f"{case.name}.pdf"
        case.write(path)
        measured += 1
        found = faults(case, path)
        if found:
            print(f"{case.name}: {found}", flush=True)
        else:
            right += 1
    return right, measured


def main() -> int:
    """Measure; return 0, however many are right."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="those with it in their name")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the PDFs are kept")
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        right, measured = measure(arguments.only, folder)
    print(f"{right} of {measured} right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
