"""From recognised lines to words with their places, and back to where they are shown."""

import math

import pytest

from rag.documents.formats.ocr_pages import ReadLine, ReadPage
from rag.documents.formats.ocr_words import recognised_pages


def line(text, left, top, right, bottom, score=0.9):
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return ReadLine(text, score, corners)


def read_page(*lines, turn=0, width=1000, height=1000):
    return ReadPage(turn=turn, width=width, height=height, lines=lines)


def words_of(page, points=1000.0, **options):
    ((laid, _),) = recognised_pages([(page, points)], **options)
    return [word for group in laid.words for word in group]


def test_words_share_the_width_of_their_line():
    # 11 letters and a space over 120 points: 10 each; the space is narrower, 0.3 of 17 (0.85 * 20)
    words = words_of(read_page(line("seven words", 0.1, 0.5, 0.21, 0.52)))
    assert [(word.text, word.left, word.right, word.line) for word in words] == [
        ("seven", 100, pytest.approx(160 - 0.3 * 17), 0),
        ("words", 160, pytest.approx(210), 0),
    ]
    assert [word.size for word in words] == [pytest.approx(17)] * 2
    assert words[0].baseline == pytest.approx(1000 - 510 - 0.3 * 17)


def test_lines_without_letters_that_hang_count_as_large_as_the_others():
    usual = [line("many letters stand in this line", 0.1, y, 0.9, y + 0.02) for y in (0.1, 0.2)]
    lower = line("anemone", 0.1, 0.3, 0.3, 0.317)
    title = line("Title", 0.1, 0.0, 0.5, 0.04)
    sizes = {word.text: word.size for word in words_of(read_page(title, *usual, lower))}
    assert sizes["anemone"] == sizes["many"] == pytest.approx(17)
    assert sizes["Title"] > 1.4 * 17


def test_what_was_not_read_with_certainty_is_left_out():
    page = read_page(line("noise", 0.1, 0.1, 0.2, 0.12, score=0.4), line(" ", 0.1, 0.2, 0.2, 0.22))
    ((laid, _),) = recognised_pages([(page, 0.0)])
    assert (laid.kind, laid.words) == ("empty", ())


def test_letters_of_a_scan_count_as_large_as_those_of_the_other_pages():
    words = words_of(read_page(line("words", 0.1, 0.1, 0.2, 0.12)), usual_size=10.0)
    assert words[0].size == pytest.approx(10)


def test_a_page_that_is_not_straight_is_made_straight():
    angle = math.radians(3)

    def turned(x, y):
        x, y = x - 0.5, y - 0.5
        return (
            x * math.cos(angle) - y * math.sin(angle) + 0.5,
            x * math.sin(angle) + y * math.cos(angle) + 0.5,
        )

    lines = []
    for top in (0.3, 0.7):
        corners = [(0.2, top), (0.8, top), (0.8, top + 0.02), (0.2, top + 0.02)]
        lines.append(ReadLine("some words", 0.9, tuple(turned(x, y) for x, y in corners)))
    ((laid, place),) = recognised_pages([(read_page(*lines), 1000.0)])
    first, *_, last = laid.words[0]
    assert (first.left, last.right) == (pytest.approx(200), pytest.approx(800))
    assert first.baseline == pytest.approx(1000 - 310 - 0.3 * 17)
    left, top, right, bottom = place.box(200, 680, 800, 700)
    x, y = turned(0.2, 0.3)
    assert top == pytest.approx(y)
    assert left == pytest.approx(turned(0.2, 0.32)[0])


@pytest.mark.parametrize(
    ("turn", "shown"),
    [
        (0, (0.1, 0.2, 0.4, 0.25)),
        # turned against the clock to be read: what is on its left was at the top, mirrored
        (90, (0.75, 0.1, 0.8, 0.4)),
        (180, (0.6, 0.75, 0.9, 0.8)),
        (270, (0.2, 0.6, 0.25, 0.9)),
    ],
)
def test_places_are_those_of_the_page_as_it_is_shown(turn, shown):
    page = read_page(line("words", 0.1, 0.2, 0.4, 0.25), turn=turn, width=1000, height=500)
    ((_, place),) = recognised_pages([(page, 1000.0)])
    assert place.box(100, 500 - 125, 400, 500 - 100) == pytest.approx(shown)
