"""What the reader learns from short texts: questions with the places that answer them."""

from training.documents import OWN
from training.pair_lessons import pair_documents, read_settling, short_hash
from training.pair_texts import PairText, pair_texts


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
    (document,) = pair_documents([_text()], {})
    assert document.text.startswith("## Opening\n\nOpen from 7")
    asked = {question.text: question for question in document.questions}
    kids = asked["when do kids have to be out"]
    assert (kids.kind, _places(document, kids)) == ("span", ["18:00"])
    assert "who is loud" not in asked, "its answer does not stand in the text"
    assert asked["how warm is it"].evidence is None
    assert "how deep is it" not in asked, "one without an answer is enough"


def test_a_yes_or_no_is_settled_by_the_sentence_that_is_marked():
    text = _text()
    marks = {(short_hash(text.text), "open on mondays?"): "Closed on Mondays."}
    (document,) = pair_documents([text], marks)
    settled = next(question for question in document.questions if question.kind == "no")
    assert _places(document, settled) == ["Closed on Mondays."]
    asked = {question.text for question in document.questions}
    assert "can i swim at eight in the morning" not in asked, "it is not marked"
    assert "is there a sauna" in asked, "what is open stands beside what is settled"


def test_without_marks_no_yes_or_no_is_learnt():
    (document,) = pair_documents([_text()], {})
    assert {question.kind for question in document.questions} == {"span", "none"}


def test_every_mark_stands_in_its_text():
    texts = {short_hash(text.text): text.text for text in pair_texts(OWN / "pairs")[0]}
    marks = read_settling()
    assert len(marks) > 1000
    assert all(sentence in texts[text] for (text, _), sentence in marks.items())


def test_reasons_are_whole_and_what_is_denied_has_no_answer():
    because = ["why out so early", "because of the noise", "Closed on Mondays."]
    text = _text(explains=[because], denied=[["what do mondays cost", "Closed on Mondays."]])
    (document,) = pair_documents([text], {})
    why = next(question for question in document.questions if question.kind == "explanation")
    assert _places(document, why) == ["Because of the noise"]
    kinds = {question.text: question.kind for question in document.questions}
    assert kinds["what do mondays cost"] == "none"
