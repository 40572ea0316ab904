"""Several answers as one."""

from dataclasses import replace

import numpy as np
from fake_models import FakeReader, fill_library, knowing, pipeline_over

from rag.answering.join import join_answers, says_the_same
from rag.datatypes import Answer, Citation, CitedSentence


def answer(*quotes, **fields):
    """An answer that quotes (document, start, words)."""
    citations = tuple(
        Citation(
            document_id=number,
            document=f"{number}.txt",
            start=start,
            end=start + len(words),
            page=None,
            quote=words,
        )
        for number, start, words in quotes
    )
    values = {
        "question": "q",
        "understood": "q",
        "status": "quoted",
        "sentences": tuple(
            CitedSentence(text=citation.quote, citations=(number,))
            for number, citation in enumerate(citations, 1)
        ),
        "citations": citations,
        "short_answer": None,
        "short_span": None,
        "nearest": (),
        "confidence": 0.5,
        "answer_kind": "short",
    }
    return Answer(**values | fields)


REFUSED = answer(status="refused", confidence=0.1, answer_kind=None, refusal="No.")
ROPE = (1, 0, "Rope is long.")
MAST = (1, 20, "A mast is tall.")


def test_each_answer_stands_under_its_label_and_a_place_is_cited_once():
    joined = join_answers(
        "rope and mast?",
        [
            ("rope?", answer(ROPE, short_answer="long")),
            ("both?", answer(MAST, ROPE, short_answer="tall", confidence=0.4)),
        ],
    )
    assert joined.text == ("rope? Rope is long. [1]\nboth? A mast is tall. [2] Rope is long. [1]")
    assert [citation.quote for citation in joined.citations] == ["Rope is long.", "A mast is tall."]
    assert (joined.question, joined.confidence) == ("rope and mast?", 0.4)
    assert (joined.answer_kind, joined.short_answer) == ("short", "long; tall")


NO = answer(ROPE, short_answer="no", answer_kind="no")
YES = answer(MAST, short_answer="yes", answer_kind="yes")


def test_a_part_keeps_its_yes_or_no_before_its_quotes():
    joined = join_answers("q", [("Is it?", NO), ("How tall?", answer(MAST, short_answer="tall"))])
    assert joined.text == "Is it? No: Rope is long. [1]\nHow tall? A mast is tall. [2]"
    assert [sentence.word for sentence in joined.sentences] == ["no", ""]
    assert (joined.answer_kind, joined.short_answer) == ("short", "no; tall")


def test_two_parts_that_both_say_no_are_not_one_no():
    joined = join_answers("q", [("Is it?", NO), ("Was it?", replace(NO, citations=YES.citations))])
    assert (joined.answer_kind, joined.word) == ("short", "")
    assert joined.text.startswith("Is it? No: Rope")


def test_no_word_is_said_of_a_side_of_a_comparison():
    joined = join_answers("Is a longer?", [("a.txt", YES), ("b.txt", NO)], kind="comparison")
    assert joined.text == "a.txt: A mast is tall. [1]\nb.txt: Rope is long. [2]"


def test_what_is_not_answered_is_named():
    joined = join_answers("q", [("sail?", REFUSED), ("rope?", answer(ROPE))])
    assert (joined.status, joined.unanswered) == ("quoted", ("sail?",))
    assert joined.written(with_notes=True).endswith("\nNothing found for: sail?")


def test_if_nothing_is_answered_it_is_the_refusal():
    joined = join_answers("both", [("sail?", REFUSED), ("rope?", REFUSED)])
    assert (joined.status, joined.text, joined.question) == ("refused", "No.", "both")
    assert joined.unanswered == ()


def test_answers_say_the_same_that_quote_the_same_places():
    assert says_the_same(answer(ROPE, MAST), answer(MAST, ROPE))
    assert not says_the_same(answer(ROPE), answer(MAST))
    assert says_the_same(NO, NO)
    assert not says_the_same(NO, answer(ROPE))


class Judge:
    """Finds that dogs are contradicted and cats supported."""

    def probabilities(self, pairs):
        assert all("kept" in text for _, text in pairs)
        rows = [(0.02, 0.96, 0.02) if "dog" in said else (0.96, 0.02, 0.02) for said, _ in pairs]
        return np.array(rows, dtype=np.float32)


def ask_of_a_lease(tmp_path, embedder, question):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "lease.txt").write_text(
        "Cats may be kept and no dogs.\n\nThe deposit is 500 euros.\n\nThe roof is red.\n"
    )
    library = fill_library(tmp_path / "l.sqlite", folder, embedder)

    def kinds(question, row):
        return knowing(**{"short" if "deposit" in question else "yesno": 1.0})(question, row)

    reader = FakeReader({"Cats may": 4.0, "500 euros": 3.0})
    try:
        return pipeline_over(library, reader, kinds=kinds, checker=Judge()).ask(question)
    finally:
        library.close()


def test_two_parts_that_one_sentence_settles_keep_different_words(tmp_path, embedder):
    answer = ask_of_a_lease(tmp_path, embedder, "Are dogs allowed? Are cats allowed?")
    assert answer.text == (
        "Are dogs allowed? No: Cats may be kept and no dogs. [1]\n"
        "Are cats allowed? Yes: Cats may be kept and no dogs. [1]"
    )
