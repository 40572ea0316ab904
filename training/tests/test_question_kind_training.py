import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from rag.answering.question_kind import KINDS, form_of
from training.train_question_kind import (
    DATA,
    numbers_of,
    read_everyday,
    read_kinds,
    read_own,
    read_topics,
    train,
    train_topic,
)


def _file(tmp_path, *items):
    path = tmp_path / "kinds.jsonl"
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    return path


def test_questions_with_kinds_are_read_and_neighbours_lie_in_one_fold(tmp_path):
    items = [{"question": f"Who is number {n}?", "kind": "short"} for n in range(7)]
    items.append({"question": "whos there", "kind": "list", "careless": True})
    asked = read_kinds(_file(tmp_path, *items))
    assert [each.source for each in asked] == ["careful"] * 7 + ["careless"]
    assert asked[7].kind == "list"
    assert [each.group for each in asked] == ["kinds/0"] * 4 + ["kinds/1"] * 4
    assert len({each.fold for each in asked[:4]}) == 1


def test_a_kind_that_there_is_not_and_a_question_twice_are_one_clear_line(tmp_path):
    with pytest.raises(ValueError, match=r"^kinds\.jsonl, line 1: kind 'span', expected one of"):
        read_kinds(_file(tmp_path, {"question": "Who?", "kind": "span"}))
    twice = [{"question": "Who?", "kind": "short"}, {"question": "who?", "kind": "list"}]
    with pytest.raises(ValueError, match=r"^kinds\.jsonl, line 2: stands twice: who\?$"):
        read_kinds(_file(tmp_path, *twice))


def test_questions_of_documents_have_the_kind_of_their_answer(tmp_path):
    kinds = ["span", "why", "yesno", "list", "close", "premise"]
    asked = [{"question": f"{kind}?", "kind": kind} for kind in kinds]
    read = read_own([_file(tmp_path, {"title": "A", "qas": asked})])
    assert [(each.question, each.kind) for each in read] == [
        ("span?", "short"),
        ("why?", "explanation"),
        ("yesno?", "yesno"),
        ("list?", "list"),
    ]


def test_the_data_have_every_kind_and_half_of_them_are_careless():
    asked = read_kinds(DATA / "kinds.jsonl")
    assert {each.kind for each in asked} == set(KINDS)
    assert 0.45 < np.mean([each.source == "careless" for each in asked]) < 0.55


def test_training_learns_what_it_is_shown(tmp_path):
    items = [
        {"question": question, "kind": kind}
        for kind, questions in {
            "count": ["How many are red?", "how many failed", "How many of them came?"],
            "overview": ["Summarise it.", "summarise the mail", "Summarise chapter 2."],
        }.items()
        for question in questions
    ]
    asked = read_kinds(_file(tmp_path, *items))
    features = csr_matrix(np.array([form_of(each.question) for each in asked]))
    model = train(features, numbers_of(asked))
    new = [form_of("how many are late"), form_of("please summarise the report")]
    assert [KINDS[number] for number in model.predict(new)] == ["count", "overview"]


def test_questions_of_everyday_documents_have_the_kind_of_their_answer(tmp_path):
    kinds = ["short", "no", "steps", "count", "explanation"]
    asked = [
        {"question": f"{kind}?", "kind": kind, "answerable": kind != "steps", "document": "a.md"}
        for kind in kinds
    ]
    _file(tmp_path, *asked).rename(tmp_path / "questions.jsonl")
    read = read_everyday(tmp_path)
    assert [(each.question, each.kind) for each in read] == [
        ("short?", "short"),
        ("no?", "yesno"),
        ("explanation?", "explanation"),
    ]
    assert len({each.fold for each in read}) == 1


def test_topics_stand_in_their_questions_and_are_learnt():
    names = "topics.jsonl", "kinds_overviews.jsonl"
    lines = [line for name in names for line in (DATA / name).read_text("utf-8").splitlines()]
    items = [json.loads(line) for line in lines]
    assert all(item["topic"] in item["question"] for item in items)
    items = [item for item in items if item.get("kind", "overview") == "overview"]
    assert len({item["question"].casefold() for item in items}) == len(items)
    questions, has_topic = zip(*read_topics(), strict=True)
    assert has_topic == tuple(bool(item["topic"]) for item in items)
    model = train_topic(csr_matrix(np.array(list(map(form_of, questions)))), np.array(has_topic))
    new = [form_of("what does the handbook say about tattoos"), form_of("sum up the letter")]
    assert model.predict(new).tolist() == [True, False]
