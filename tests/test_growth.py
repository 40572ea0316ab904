"""Twice as much of a document takes less than 2.5 times the work, counted in calls and not timed.

Calls of functions, Python's and C's, are the same in every run on every machine. What one call of C
does (a pattern that tries the same again) is not seen so: `test_hard_texts` breaks that off, and
`benchmarks/growth.py` measures it.
"""

import sys
from contextlib import suppress

import pytest
from hard_texts import FORMATS
from sample_files import make_pdf

from rag.documents.formats.pdf import extract_pdf

LENGTH = 1_000
PER_DOUBLING = 2.5
LINES_PER_PAGE = 50
PIECES = ("A word.\n", "- a\n", "| a | b\n", "Key: a\n", "(", "<b>a ")
OF_KIND = {
    "pdf": ("", ("A word.\n", "| a | b\n", "1. a\n")),
    "rtf": ("{\\rtf1 ", ("a\\par ", "{\\b a", "\\'e9", "\\trowd a\\cell\\row ", "{\\super 1}")),
    "subtitles": (
        "",
        ("1\n00:00:01,000 --> 00:00:02,000\nA word.\n\n", "00:01.0 --> 00:02.0\na\n\n"),
    ),
}


def read_pdf(data, limit):
    """Read pages of these lines."""
    lines = data.decode().split("\n")
    pages = [
        lines[first : first + LINES_PER_PAGE] for first in range(0, len(lines), LINES_PER_PAGE)
    ]
    placed = [[(72, 750 - 14 * row, 11, line) for row, line in enumerate(page)] for page in pages]
    return extract_pdf(make_pdf(*placed), limit)


READERS = {**FORMATS, "pdf": read_pdf}


def calls_of(work, argument):
    """Return how many functions `work` calls."""
    calls = 0

    def count(frame, event, function):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work(argument)
    finally:
        sys.setprofile(before)
    return calls


def growth(work, text_of):
    """Return how many times the calls of twice as much are those of once; what is cached is not."""
    work(text_of(LENGTH // 10))
    return calls_of(work, text_of(2 * LENGTH)) / calls_of(work, text_of(LENGTH))


@pytest.mark.parametrize("name", READERS)
def test_work_of_reading_grows_with_the_length(name):
    head, pieces = OF_KIND.get(name, ("", PIECES))

    def read(text):
        with suppress(ValueError):  # it is of this kind no longer
            READERS[name](text.encode(), 100_000_000)

    grown = {
        piece: growth(read, lambda length, piece=piece: head + piece * (length // len(piece)))
        for piece in pieces
    }
    assert {piece: times for piece, times in grown.items() if times >= PER_DOUBLING} == {}
    assert max(grown.values()) > 1.3  # it was read, though the parts around it are the same


def test_work_that_grows_faster_is_seen():
    def compare_all(text):
        return sum(a.startswith(b) for a in text[::20] for b in text[::20])

    assert growth(compare_all, lambda length: "a" * length) > 3.5
