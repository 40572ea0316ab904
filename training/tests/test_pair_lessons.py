"""What the reader learns from short texts: questions with the places that answer them."""

from training.pair_lessons import pair_documents
from training.pair_texts import PairText


def _text(**more):
    fields = {
        "title": "Pool rules",
        "under": "Opening",
        "text": "Open from 7 to 21. Children swim until 18:00, Because of the noise.\n"
        "Closed on Mondays.",
        "yes": ["can i swim at eight in the morning"],
        "no": ["open on mondays?"],
        "open": ["is there a sauna"],
        "supported": ["It opens at seven."],
        "contradicted": ["It opens at nine."],
        "unsaid": ["It is heated."],
        "answers": [["when do kids have to be out", "18:00", "21"], ["who is loud", "nobody", "7"]],
        "close": [["how warm is it", "21"], ["how deep is it", "7"]],
    }
    return PairText(fields | more)


def _places(document, question):
    return [document.text[slice(*place)] for place in question.answers]


def test_a_text_stands_below_its_heading_with_what_it_answers_and_what_not():
    (document,) = pair_documents([_text()])
    assert document.text.startswith("## Opening\n\nOpen from 7")
    asked = {question.text: question for question in document.questions}
    kids = asked["when do kids have to be out"]
    assert (kids.kind, _places(document, kids)) == ("span", ["18:00"])
    assert "who is loud" not in asked, "its answer does not stand in the text"
    assert asked["how warm is it"].evidence is None
    assert "how deep is it" not in asked, "one without an answer is enough"


def test_any_sentence_may_settle_a_yes_or_no():
    (document,) = pair_documents([_text()])
    settled = next(question for question in document.questions if question.kind == "no")
    assert _places(document, settled) == [
        "Open from 7 to 21.",
        "Children swim until 18:00, Because of the noise.",
        "Closed on Mondays.",
    ]


def test_only_some_texts_give_their_yes_and_no():
    documents = pair_documents([_text() for _ in range(4)])
    settle = [any(q.kind in ("yes", "no") for q in each.questions) for each in documents]
    assert settle == [True, False, False, True]


def test_reasons_are_whole_and_what_is_denied_has_no_answer():
    because = ["why out so early", "because of the noise", "Closed on Mondays."]
    text = _text(explains=[because], denied=[["what do mondays cost", "Closed on Mondays."]])
    (document,) = pair_documents([text])
    why = next(question for question in document.questions if question.kind == "explanation")
    assert _places(document, why) == ["Because of the noise"]
    kinds = {question.text: question.kind for question in document.questions}
    assert kinds["what do mondays cost"] == "none"
