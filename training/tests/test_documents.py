import json

import pytest

from training.documents import Document, list_items, read_own, read_squad, split_own


def _own(tmp_path, asked, context="Tea costs 2 euros. Cake, jam and milk are free."):
    path = tmp_path / "w01.jsonl"
    path.write_text(json.dumps({"title": "Café", "context": context, "qas": [asked]}))
    return [path]


def test_read_own_places_answers_by_their_evidence(tmp_path):
    asked = {
        "question": "What costs nothing?",
        "kind": "list",
        "answers": ["Cake", "milk"],
        "evidence": "Cake, jam and milk are free.",
    }
    (document,) = read_own(_own(tmp_path, asked))
    (question,) = document.questions
    assert [document.text[a:b] for a, b in question.answers] == ["Cake", "milk"]
    assert question.kind == "list"
    assert document.text[slice(*question.evidence)] == asked["evidence"]


@pytest.mark.parametrize(
    ("asked", "kind", "answers"),
    [
        ({"kind": "yesno", "answer": "no", "answers": []}, "no", ((0, 18),)),
        ({"kind": "premise", "answers": []}, "none", ()),
        ({"kind": "why", "answers": ["2 euros"]}, "explanation", ((10, 17),)),
    ],
)
def test_read_own_knows_kinds(tmp_path, asked, kind, answers):
    asked |= {"question": "?", "evidence": "Tea costs 2 euros."}
    (question,) = read_own(_own(tmp_path, asked))[0].questions
    assert (question.kind, question.answers) == (kind, answers)


def test_read_own_rejects_a_quote_that_is_not_there(tmp_path):
    asked = {"question": "Q", "kind": "span", "answers": ["3"], "evidence": "Tea costs 3."}
    with pytest.raises(ValueError, match="'Q': the evidence does not stand in the text"):
        read_own(_own(tmp_path, asked))


def test_read_squad_takes_the_answer_with_most_votes_and_plain_titles(tmp_path):
    answers = [("2 euros", 10), ("2", 10), ("2 euros", 10)]
    paragraph = {
        "context": "Tea costs 2 euros.",
        "qas": [
            {
                "question": "How much?",
                "answers": [{"text": t, "answer_start": s} for t, s in answers],
            },
            {"question": "Who?", "answers": [], "is_impossible": True},
        ],
    }
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"title": "Hot_drinks", "paragraphs": [paragraph]}]}))
    (document,) = read_squad(path)
    assert document.title == "Hot drinks"
    assert [q.kind for q in document.questions] == ["span", "none"]
    assert document.questions[0].answers == ((10, 17),)


@pytest.mark.parametrize(
    ("answer", "items"),
    [
        ("war, famine, and bad weather", ["war", "famine", "bad weather"]),
        ("war, famine or weather", ["war", "famine", "weather"]),
        ("Paris, France", []),
        ("war and famine", []),
    ],
)
def test_list_items_are_found_in_enumerations_of_three(answer, items):
    text = f"It was {answer}."
    assert [text[a:b] for a, b in list_items(text, 7, 7 + len(answer))] == items


def test_every_tenth_own_document_is_held_out():
    documents = [Document(title=str(n), text="", questions=()) for n in range(20)]
    kept, held_out = split_own(documents)
    assert [d.title for d in held_out] == ["9", "19"]
    assert len(kept) == 18
