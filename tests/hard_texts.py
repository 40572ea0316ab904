"""Hard texts, and the steps that read them, divide them into passages or understand them."""

import random
from collections.abc import Callable

from fake_embedder import FakeEmbedder

from rag.answering.confidence_signals import is_wrong_kind
from rag.answering.question_words import content_stems, names_and_numbers, word_keys
from rag.cli.terminal import harmless
from rag.datatypes import Document
from rag.documents.formats.csv import extract_csv
from rag.documents.formats.html import extract_html
from rag.documents.formats.mail import extract_mail
from rag.documents.formats.markdown import extract_markdown
from rag.documents.formats.org import extract_org
from rag.documents.formats.plain import extract_code, extract_log, extract_tex, extract_text
from rag.documents.formats.rtf import extract_rtf
from rag.documents.formats.subtitles import extract_subtitles
from rag.documents.sentences import sentence_spans
from rag.documents.split import split_passages
from rag.library.word_query import match_terms
from ui.chat import clean
from ui.escape import escape

FORMATS = {
    extract.__name__.removeprefix("extract_"): extract
    for extract in (
        *(extract_text, extract_markdown, extract_org, extract_tex, extract_log, extract_code),
        *(extract_csv, extract_html, extract_mail, extract_rtf, extract_subtitles),
    )
}
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


STEPS = {
    "names_and_numbers": names_and_numbers,
    "word_keys": word_keys,
    "content_stems": content_stems,
    "match_terms": match_terms,
    "kind of number": lambda text: is_wrong_kind("How many?", text),
    "kind of time": lambda text: is_wrong_kind("When was it?", text),
    "kind of person": lambda text: is_wrong_kind("Who was it?", text),
    "kind asked for": lambda text: is_wrong_kind(text, "a"),
    "sentences": lambda text: list(sentence_spans(text, 0, len(text))),
    "escape": escape,
    "clean": clean,
    "harmless": harmless,
}
