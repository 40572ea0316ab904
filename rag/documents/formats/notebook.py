"""Notebooks (ipynb): their text as Markdown, their code, and what it printed.

Nothing is run. Pictures are left out.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from rag.datatypes import Block
from rag.documents.formats.encodings import decode
from rag.documents.formats.layout import text_blocks
from rag.documents.formats.markdown import read_markdown
from rag.documents.formats.writer import DocumentWriter, Extracted

_ESCAPES = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")


def extract_notebook(data: bytes, max_bytes: int) -> Extracted:
    """Return the cells of a notebook in order; code is labelled with the number of its cell.

    Raises `ValueError` for what is no notebook.
    """
    writer = DocumentWriter(max_bytes)
    for number, cell in enumerate(_cells(data), 1):
        text = _joined(cell.get("source", cell.get("input")))
        match cell.get("cell_type"):
            case "markdown" | "heading":
                level = cell.get("level")
                if cell["cell_type"] == "heading" and isinstance(level, int):
                    text = f"{'#' * max(1, min(level, 6))} {text}"
                blocks, title = read_markdown(text)
                writer.title = writer.title or title
                writer.insert(text, blocks)
            case "code":
                _write_code(writer, text, f"cell {number}")
                for output in _outputs(cell):
                    _write_code(writer, output, f"cell {number}, output")
            case _:
                writer.insert(text, text_blocks(text))
    return writer.result()


def _cells(data: bytes) -> list[dict[str, Any]]:
    try:
        notebook = json.loads(decode(data).text)
    except (ValueError, RecursionError):
        raise ValueError(
            "it is not JSON, so it is no notebook; save it again, or export it as Markdown"
        ) from None
    sheets = notebook.get("worksheets") if isinstance(notebook, dict) else None
    holders = sheets if isinstance(sheets, list) else [notebook]
    found = [
        holder["cells"]
        for holder in holders
        if isinstance(holder, dict) and isinstance(holder.get("cells"), list)
    ]
    if not found:
        raise ValueError("it has no cells, so it is no notebook; save it again from Jupyter")
    return [cell for cells in found for cell in cells if isinstance(cell, dict)]


def _outputs(cell: dict[str, Any]) -> Iterator[str]:
    """Yield what a cell printed, as text; a picture's text stands for nothing."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        shown = output.get("data", output)
        if not isinstance(shown, dict) or any(str(kind).startswith("image/") for kind in shown):
            continue
        if "ename" in output:
            yield f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}"
        else:
            yield _joined(shown.get("text/plain", output.get("text")))


def _joined(source: object) -> str:
    """Return text that is a string or a list of lines; empty for anything else."""
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    return _ESCAPES.sub("", text).replace("\0", "")


def _write_code(writer: DocumentWriter, text: str, label: str) -> None:
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    if start < end:
        block = Block(
            kind="code", start=start, end=end, text_start=start, text_end=end, label=label
        )
        writer.insert(text, [block])
