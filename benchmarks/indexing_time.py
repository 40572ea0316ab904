"""Processor seconds that indexing 100 mixed files takes, a megabyte of text.

    python benchmarks/indexing_time.py make DIR FILES.jsonl...  # writes them, from our own texts
    python benchmarks/indexing_time.py run DIR                  # with the code in this folder

Run it from two checkouts, alternating, to compare them: machines are noisy, ratios are less so.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
MAKERS = ("txt", "md", "html", "docx", "pdf", "csv")


def main() -> int:
    """Make the files, or index them; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("make", "run"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("texts", type=Path, nargs="*", help="JSON lines with title and context")
    args = parser.parse_args()
    if args.action == "make":
        make(args.folder, args.texts)
    else:
        run(args.folder)
    return 0


def make(folder: Path, files: Sequence[Path]) -> None:
    """Write a document of each kind in turn."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    writers: dict[str, Callable[[Path, str, list[str]], None]] = {
        "txt": lambda path, title, parts: path.write_text("\n\n".join([title, *parts]), "utf-8"),
        "md": lambda path, title, parts: path.write_text(
            "\n\n".join([f"# {title}", *parts]), "utf-8"
        ),
        "html": write_html,
        "docx": write_docx,
        "pdf": write_pdf,
        "csv": write_csv,
    }
    for number, line in enumerate(lines[:100]):
        item = json.loads(line)
        kind = MAKERS[number % len(MAKERS)]
        parts = [part for part in item["context"].split("\n\n") if part.strip()]
        writers[kind](folder / f"{number:03}.{kind}", item["title"], parts)


def write_html(path: Path, title: str, parts: list[str]) -> None:
    """Write a page with a heading and paragraphs."""
    body = "".join(f"<p>{escape(part)}</p>" for part in parts)
    path.write_text(f"<title>{escape(title)}</title><h1>{escape(title)}</h1>{body}", "utf-8")


def write_docx(path: Path, title: str, parts: list[str]) -> None:
    """Write a Word document with a heading and paragraphs."""
    import docx

    document = docx.Document()
    document.add_heading(title, 1)
    for part in parts:
        document.add_paragraph(part)
    document.save(path)


def write_pdf(path: Path, title: str, parts: list[str]) -> None:
    """Write a PDF with a heading and paragraphs."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    styles = getSampleStyleSheet()
    story = [Paragraph(escape(title), styles["Heading1"])]
    story += [Paragraph(escape(part), styles["BodyText"]) for part in parts]
    SimpleDocTemplate(str(path)).build(story)


def write_csv(path: Path, title: str, parts: list[str]) -> None:
    """Write a table with a row for each paragraph."""
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Part", "Subject", "Text"])
        writer.writerows([number, title, part] for number, part in enumerate(parts, 1))


def run(folder: Path) -> None:
    """Index the folder into a new library and print the processor's seconds a megabyte."""
    from rag.offline import set_offline

    set_offline()
    from rag.assemble import load_embedder, refresh_library
    from rag.settings import load_settings

    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(home=home)
        embedder, library_id = load_embedder(settings)
        embedder.embed(["warm"])
        before, clock = sum(os.times()[:4]), time.perf_counter()
        library, _ = refresh_library(
            settings, embedder, library_id, docs=[folder], name=None, say=print
        )
        spent, passed = sum(os.times()[:4]) - before, time.perf_counter() - clock
        with library:
            size = sum(document.bytes for document in library.documents())
            passages = library.passage_count()
    print(
        f"{spent:.1f} processor seconds ({passed:.1f} by the clock), {size:,} bytes of text, "
        f"{passages} passages: {spent / size * 1e6:.1f} s a MB"
    )


if __name__ == "__main__":
    sys.exit(main())
