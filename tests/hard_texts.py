"""Hard texts, and the steps that read them, divide them into passages or understand them."""

import json
import random
from collections.abc import Callable
from html import escape as escape_markup

from fake_embedder import FakeEmbedder
from sample_files import make_docx, make_epub, word_paragraph

from rag.answering.names import dates_in, name_words
from rag.answering.operation_words import operation_stems
from rag.answering.question_kind import form_of
from rag.answering.question_parts import load_question_parts
from rag.answering.question_words import content_stems, names_and_numbers, word_keys
from rag.answering.rows.bands import asked_bands
from rag.answering.rows.cell import asked_cell
from rag.answering.rows.mentions import mentions_in
from rag.answering.rows.tables import Cell, Row, RowTable
from rag.answering.rows.values import column_values
from rag.cli.terminal import harmless
from rag.datatypes import Block, Document
from rag.documents.formats.csv import extract_csv
from rag.documents.formats.docx import extract_docx
from rag.documents.formats.encodings import decode
from rag.documents.formats.epub import extract_epub
from rag.documents.formats.html import extract_html
from rag.documents.formats.mail import extract_mail
from rag.documents.formats.markdown import extract_markdown
from rag.documents.formats.notebook import extract_notebook
from rag.documents.formats.org import extract_org
from rag.documents.formats.plain import extract_code, extract_log, extract_tex, extract_text
from rag.documents.formats.rtf import extract_rtf
from rag.documents.formats.subtitles import extract_subtitles
from rag.documents.sentences import sentence_spans
from rag.documents.split import split_passages
from rag.library.word_query import match_terms
from ui.chat import clean
from ui.escape import escape
from ui.export_markdown import escape_markdown


def _in_word(data: bytes, limit: int) -> object:
    return extract_docx(make_docx(word_paragraph(escape_markup(data.decode()))), limit)


def _in_book(data: bytes, limit: int) -> object:
    page = f"<html><body><p>{escape_markup(data.decode())}</p></body></html>"
    return extract_epub(make_epub({"a.xhtml": page}), limit)


def _in_notebook(data: bytes, limit: int) -> object:
    cells = [{"cell_type": "markdown", "source": data.decode()}]
    return extract_notebook(json.dumps({"cells": cells, "nbformat": 4}).encode(), limit)


FORMATS = {
    extract.__name__.removeprefix("extract_"): extract
    for extract in (
        *(extract_text, extract_markdown, extract_org, extract_tex, extract_log, extract_code),
        *(extract_csv, extract_html, extract_mail, extract_rtf, extract_subtitles),
    )
} | {"docx": _in_word, "epub": _in_book, "notebook": _in_notebook}
HEADS = (
    *("", "a", "# a", "- ", "1. ", "| ", "> ", "* a", "Key: ", "ANNA: ", "<p>", "a,", "(", "**"),
    *('<a href="', "[", '"', "---\n", "#+", ":", "\\section{", "From: ", "`", "```", "2024-01-01 "),
    *("Subject: =?utf-8?q?", "1\n00:00:01,000 --> 00:00:02,000\n", "{\\rtf1 ", "{\\rtf1 {\\*\\a "),
)
PADS = (
    *(" ", "\t", "#", "-", "*", "=", "|", ":", ".", "a ", "1", "1.", " -", "<", "&", '"', "(", ")"),
    *(
        "[",
        "_",
        "`",
        "\\",
        "{",
        "}",
        "?",
        "a:",
        "\u00a0",
        "é",
        "\r",
        "\n",
        "\r\n",
        "\f",
        "A.he ",
        "A. ",
    ),
    *("“", "'", "e\u0301", "\u202e", "日", "a\n", "- a\n", "| a\n", "a\tb\n", "<b>", "\\'e9"),
)
TAILS = ("", "x", "\n", "#x")
QUESTION_PADS = [*PADS, "Anna Kern ", "And it? ", "Who is he? ", "1932 ", "It's "]


def hard_texts(name: str, count: int) -> list[Callable[[int], str]]:
    """Return what makes hard texts of about so many characters, drawn by `name`."""
    every = [(head, pad, tail) for head in HEADS for pad in PADS for tail in TAILS]
    always = [("# a", " ", "x"), ("* a", " ", "x"), ("a", " ", "x"), ("", "A.he ", "")]
    drawn = always + random.Random(name).sample(every, count)
    return [
        lambda length, head=head, pad=pad, tail=tail: head + pad * (length // len(pad)) + tail
        for head, pad, tail in drawn
    ]


def divide(text: str) -> None:
    """Divide a document of this text into passages."""
    extracted = extract_text(f"Words. {text}".encode(), 100_000_000)
    document = Document(
        source="a",
        name="a",
        sha256="",
        text=extracted.text,
        page_starts=extracted.page_starts,
        title=extracted.title,
        blocks=extracted.blocks,
    )
    split_passages(document, FakeEmbedder(), 40)


def _table_of(*rows: tuple[str, ...]) -> RowTable:
    """Return a table without a document; the first row names the columns."""
    names, *body = rows
    nothing = Block(kind="row", start=0, end=0, text_start=0, text_end=0)
    return RowTable(
        document_id=1,
        start=0,
        end=0,
        columns=names,
        rows=tuple(
            Row(
                start=0,
                end=0,
                number=number,
                cells=tuple(Cell(start=0, end=0, text=text) for text in cells),
                block=nothing,
            )
            for number, cells in enumerate(body, 1)
        ),
        context="staff.csv",
    )


_STAFF = _table_of(
    ("Name", "City", "Salary"), ("Anna Kern", "Bern", "4500"), ("Tom Reed", "Basel", "3900")
)
_BANDS = _table_of(("Weight", "Price"), ("up to 4 kg", "1"), ("5-9 kg", "2"))
STEPS = {
    "names_and_numbers": names_and_numbers,
    "word_keys": word_keys,
    "content_stems": content_stems,
    "match_terms": match_terms,
    "sentences": lambda text: list(sentence_spans(text, 0, len(text))),
    "escape": escape,
    "clean": clean,
    "harmless": harmless,
    "escape_markdown": escape_markdown,
    "dates in a name": dates_in,
    "words of a name": name_words,
    "values of cells": lambda text: column_values([text, text[1:]]),
    "encoding": lambda text: decode(text.encode("cp1252", "ignore")),
}
QUESTION_STEPS = {
    "parts of a question": lambda text: load_question_parts().find(f"What is it? {text}"),
    "context that a question needs": lambda text: load_question_parts().needs_context(text),
    "form of a question": form_of,
    "words of an operation": lambda text: operation_stems(text, "count"),
    "values in a question": mentions_in,
    "cell that is asked for": lambda text: asked_cell(text, _STAFF),
    "range that holds a number": lambda text: asked_bands(f"{text} 7 kg", [_BANDS], None),
    "range of a table": lambda text: asked_bands(
        "What do 7 kg cost?", [_table_of(("Weight", "Price"), (text, "1"), ("5-9 kg", "2"))], None
    ),
    "cell of a table": lambda text: asked_cell(
        "What is the salary of Anna Kern?", _table_of(("Name", "Salary"), (text, "1"), ("b", "2"))
    ),
}
