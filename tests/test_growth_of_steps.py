"""Every step over a question or a document takes time that grows with its length, and no faster.

The texts are made to be hard: a beginning that a rule looks for, much of one thing, another end.
"""

import random
from contextlib import suppress

import pytest
from fake_embedder import FakeEmbedder
from fake_models import FakeReader, fill_library, pipeline_over
from growth import assert_doubling_is_bearable

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
from rag.errors import QuestionError
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
EACH = 16
"""Texts for each format, drawn anew for no run: the same everywhere."""


def hard_texts(name):
    every = [(head, pad, tail) for head in HEADS for pad in PADS for tail in TAILS]
    always = [("# a", " ", "x"), ("* a", " ", "x"), ("a", " ", "x"), ("", "A.he ", "")]
    return always + random.Random(name).sample(every, EACH)


@pytest.mark.parametrize("name", FORMATS)
def test_reading_a_document_grows_with_its_length(name):
    def work(text):
        with suppress(ValueError):  # it is of this kind no longer
            FORMATS[name](text.encode(), 100_000_000)

    for head, pad, tail in hard_texts(name):
        assert_doubling_is_bearable(work, lambda n: head + pad * (n // len(pad)) + tail)  # noqa: B023


@pytest.mark.parametrize("pad", PADS)
def test_dividing_a_document_grows_with_its_length(pad):
    def work(text):
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

    assert_doubling_is_bearable(work, lambda n: pad * (n // len(pad)))


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


@pytest.mark.parametrize("step", STEPS)
def test_a_step_over_a_question_grows_with_its_length(step):
    for pad in PADS:
        assert_doubling_is_bearable(STEPS[step], lambda n: pad * (n // len(pad)))  # noqa: B023


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    folder = tmp_path_factory.mktemp("growth")
    (folder / "docs").mkdir()
    (folder / "docs" / "bridge.txt").write_text("The bridge opened in 1932. Anna Kern built it.")
    library = fill_library(folder / "library.sqlite", folder / "docs", FakeEmbedder())
    yield pipeline_over(library, FakeReader({"1932": 4.0}), max_question_characters=10**6)
    library.close()


@pytest.mark.parametrize("pad", [*PADS, "Anna Kern ", "And it? ", "Who is he? ", "1932 ", "It's "])
def test_answering_a_question_grows_with_its_length(pipeline, pad):
    earlier = ["When did the bridge open?", "What did Anna Kern build?"]

    def work(text):
        with suppress(QuestionError):  # no letter or digit
            pipeline.ask(f"{text} opened?", history=earlier)
            pipeline.ask("And when?", history=[f"{text} opened?"])

    assert_doubling_is_bearable(work, lambda n: pad * (n // len(pad)))
