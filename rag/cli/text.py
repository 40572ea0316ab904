"""The command `footnote text`: a document's canonical text, or an outline of its structure."""

import argparse
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.absolute_path import absolute_path
from rag.cli.terminal import print_exactly, print_line, say, show_progress
from rag.settings import home_folder, load_settings

if TYPE_CHECKING:
    from rag.datatypes import Block, Document

_FIRST_WORDS = 60
"""Characters of a block that its line shows."""
_LINES_AT_ONCE = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `text` takes."""
    parser.add_argument("path", type=absolute_path, metavar="PATH")
    parser.add_argument(
        "--structure",
        action="store_true",
        help="print what was understood of it instead: headings, lists, tables, pages",
    )


def run(args: argparse.Namespace) -> int:
    """Print the text of the file, or with `--structure` its outline; return the exit code.

    What could not be read of it goes to standard error. Raises `UnreadableDocument`.
    """
    from rag.documents.formats.progress import PageReading, reading_pages
    from rag.documents.load import Source, read_document
    from rag.library.paths import recognised_pages_path

    settings = load_settings()
    kept = recognised_pages_path(home_folder(settings))
    with reading_pages(PageReading(report=_show_pages, kept=kept, threads=settings.threads)):
        document = read_document(
            Source(path=args.path, name=args.path.name),
            max_bytes=settings.max_document_bytes,
        )
    if args.structure:
        lines = list(outline(document))
        for first in range(0, len(lines), _LINES_AT_ONCE):
            print_line("\n".join(lines[first : first + _LINES_AT_ONCE]))
    else:
        print_exactly(document.text)
    for warning in document.warnings:
        say(f"{document.name}: {warning}")
    return 0


def _show_pages(recognised: int, pages: int) -> None:
    show_progress(f"{recognised} of {pages} pages recognised" if recognised < pages else "")


def outline(document: "Document") -> Iterator[str]:
    """Yield a line for each block, below the headings that it stands under.

    `heading 2  page 3  First words`, `item (a)  First words`; a table is one line, with its
    columns and how many rows it has.
    """
    if document.title:
        yield f"title  {_shortened(document.title)}"
    levels: list[int] = []
    for block in document.blocks:
        if block.kind == "heading":
            while levels and levels[-1] >= block.level:
                levels.pop()
        yield from _lines(document, block, len(levels), with_page=True)
        if block.kind == "heading":
            levels.append(block.level)


def _lines(
    document: "Document", block: "Block", depth: int, *, with_page: bool = False
) -> Iterator[str]:
    name = block.kind + (f" {block.level}" if block.level else "")
    if block.kind == "list" and block.ordered:
        name += " in order"
    if block.label:
        name += f" {_shortened(block.label)}"
    parts = [name]
    if with_page and document.page_starts:
        parts.append(f"page {max(1, bisect_right(document.page_starts, block.start))}")
    if block.kind == "table":
        parts += _table_words(document.text, block.children)
    elif block.kind != "list":
        parts.append(_shortened(document.text[block.text_start : block.text_end]))
    yield "  " * depth + "  ".join(filter(None, parts))
    for child in block.children if block.kind != "table" else ():
        yield from _lines(document, child, depth + 1)


def _table_words(text: str, rows: "Sequence[Block]") -> list[str]:
    """Return how many rows a table has, and what its columns are called."""
    columns = list(dict.fromkeys(cell.label for row in rows for cell in row.children if cell.label))
    header = next((row for row in rows if row.header), None)
    if header is not None and not columns:
        columns = [text[cell.text_start : cell.text_end] for cell in header.children]
    count = sum(not row.header for row in rows)
    words = [f"{count:,} {'row' if count == 1 else 'rows'}"]
    if columns:
        words.append(f"columns: {', '.join(map(_shortened, columns))}")
    return words


def _shortened(words: str) -> str:
    """Return the first words, on one line."""
    line = " ".join(words[: 4 * _FIRST_WORDS].split())
    return line if len(line) <= _FIRST_WORDS else f"{line[: _FIRST_WORDS - 1].rstrip()}…"
