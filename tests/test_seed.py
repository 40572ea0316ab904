"""Where the seed article is."""

import json

from rag import seed
from rag.evaluation.questions import read_questions
from rag.seed import seed_articles, seed_folder


def test_seed_folder_of_a_checkout_holds_the_article_and_its_questions():
    names = {path.name for path in seed_folder().iterdir()}
    assert {"000_fe5bd0c0b00e3e2d.txt", "questions.jsonl"} <= names


def test_seed_folder_of_an_installation_is_beside_the_modules(monkeypatch, tmp_path):
    (tmp_path / "rag" / "seeds").mkdir(parents=True)
    monkeypatch.setattr(seed, "__file__", str(tmp_path / "rag" / "seed.py"))
    assert seed_folder() == tmp_path.resolve() / "rag" / "seeds"


def test_dialogues_are_a_question_set_about_the_article():
    path = seed_folder() / "dialogues.jsonl"
    questions, problems = read_questions(path)
    (article,) = seed_articles()
    text = article.read_text("utf-8")
    assert problems == []
    assert len({question.id[:3] for question in questions}) == 35
    for question in questions:
        assert question.history
        assert question.answerable == (question.evidence is not None)
        assert question.evidence is None or text.count(question.evidence) == 1
        assert all(answer in (question.evidence or "") for answer in question.answers)
    for line in path.read_text("utf-8").splitlines():
        fields = json.loads(line)
        stays = fields["rewritten"] == fields["question"]
        assert stays == (fields["group"] == "topic_change")
