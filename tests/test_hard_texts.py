"""Every step over a question or a document comes to an end on texts that are made to be hard.

A beginning that a rule looks for, much of one thing, another end. How the time grows is measured
by `benchmarks/growth.py`; here what is quadratic is broken off.
"""

from contextlib import suppress

import pytest
from fake_embedder import FakeEmbedder
from fake_models import FakeReader, fill_library, pipeline_over
from hard_texts import FORMATS, PADS, QUESTION_PADS, QUESTION_STEPS, STEPS, divide, hard_texts
from processor_limit import LENGTH, assert_ends, is_a_line, processor_limit

from rag.errors import QuestionError

EACH = 6
"""Hard texts that are drawn for each format, the same in every run."""


@pytest.mark.parametrize("name", FORMATS)
def test_a_document_is_read(name):
    for text in hard_texts(name, EACH):
        with processor_limit(), suppress(ValueError):  # it is of this kind no longer
            FORMATS[name](text(3 * LENGTH // 2).encode(), 100_000_000)


@pytest.mark.parametrize("pad", PADS)
def test_a_document_is_divided(pad):
    assert_ends(divide, pad, length=30_000 if is_a_line(pad) else 70_000, seconds=2)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_over_a_text_is_done(step):
    for pad in PADS:
        assert_ends(STEPS[step], pad)


@pytest.mark.parametrize("step", QUESTION_STEPS)
def test_a_step_over_a_question_is_done(step):
    """Of eight times the longest that is taken."""
    for pad in QUESTION_PADS[::2]:
        assert_ends(QUESTION_STEPS[step], pad, length=16_000, seconds=2)


def test_the_longest_question_is_answered(tmp_path):
    """With 2,000 characters, as many as are taken, of each thing."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "bridge.txt").write_text("The bridge opened in 1932. Anna Kern built it.")
    embedder = FakeEmbedder()
    with fill_library(tmp_path / "library.sqlite", tmp_path / "docs", embedder) as library:
        pipeline = pipeline_over(library, FakeReader({"1932": 4.0}))
        earlier = ["When did the bridge open?", "What did Anna Kern build?"]
        for pad in QUESTION_PADS:
            question = f"{pad * (1_990 // len(pad))} opened?"
            with processor_limit(), suppress(QuestionError):  # no letter or digit
                assert pipeline.ask(question, history=earlier).question == question
                pipeline.ask("And when?", history=[question])
