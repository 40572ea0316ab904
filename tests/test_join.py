"""Several answers as one."""

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


def test_what_is_not_answered_is_named():
    joined = join_answers("q", [("sail?", REFUSED), ("rope?", answer(ROPE))])
    assert (joined.status, joined.unanswered) == ("quoted", ("sail?",))
    assert joined.written(with_notes=True).endswith("\nNot in the documents: sail?")


def test_if_nothing_is_answered_it_is_the_refusal():
    joined = join_answers("both", [("sail?", REFUSED), ("rope?", REFUSED)])
    assert (joined.status, joined.text, joined.question) == ("refused", "No.", "both")
    assert joined.unanswered == ()


def test_answers_say_the_same_that_quote_the_same_places():
    assert says_the_same(answer(ROPE, MAST), answer(MAST, ROPE))
    assert not says_the_same(answer(ROPE), answer(MAST))
