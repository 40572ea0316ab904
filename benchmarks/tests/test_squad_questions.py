import importlib.util
import json
from pathlib import Path

import pytest

from rag.evaluation.questions import read_questions
from rag.evaluation.squad import sentence_around

SCRIPT = Path(__file__).parents[1] / "squad_questions.py"
FERRY = "Dr. Novak runs the ferry. It sails at noon, and at six. It costs 12 euros."
FARE = "Dogs travel free. Čísla 🚢: five dogs came at noon. Nobody else did."
OAK = "The oak is 300 years old. It is the oldest."


def answered(name, question, context, *answers):
    places = [{"text": text, "answer_start": context.index(text)} for text in answers]
    return {"id": name, "question": question, "answers": places, "is_impossible": False}


SQUAD = {
    "data": [
        {
            "title": "Trees/Old",
            "paragraphs": [
                {
                    "context": OAK,
                    "qas": [answered("t1", "How old?", OAK, "300 years")],
                }
            ],
        },
        {
            "title": "Ferry",
            "paragraphs": [
                {
                    "context": FERRY,
                    "qas": [
                        answered("f1", " Who runs it? ", FERRY, "Dr. Novak", "Novak", "Dr. Novak"),
                        {"id": "f2", "question": "Why?", "answers": [], "is_impossible": True},
                    ],
                },
                {
                    "context": FARE,
                    "qas": [answered("f3", "How many dogs?", FARE, "five dogs", "five")],
                },
            ],
        },
    ]
}


@pytest.fixture
def convert(tmp_path):
    spec = importlib.util.spec_from_file_location("squad_questions", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    source = tmp_path / "squad.json"
    source.write_text(json.dumps(SQUAD), encoding="utf-8")

    def run(*options):
        assert script.main([str(source), "--output", str(tmp_path / "out"), *options]) == 0
        return tmp_path / "out"

    run.script = script
    return run


def test_documents_are_paragraphs_joined_by_a_blank_line_in_a_name_for_every_system(convert):
    documents = convert() / "documents"
    assert sorted(path.name for path in documents.iterdir()) == ["Ferry.txt", "Trees_Old.txt"]
    assert (documents / "Ferry.txt").read_bytes().decode() == f"{FERRY}\n\n{FARE}"


def test_questions_have_the_sentence_of_the_first_answer_as_evidence(convert):
    questions, problems = read_questions(convert() / "questions.jsonl")
    assert problems == []
    first, unanswerable, dogs, oak = questions
    assert (first.id, first.question, first.answers) == (
        "f1",
        "Who runs it?",
        ("Dr. Novak", "Novak"),
    )
    assert (first.document, first.evidence) == ("Ferry.txt", "Dr. Novak runs the ferry.")
    assert (unanswerable.answerable, unanswerable.group) == (False, "adversarial")
    assert (unanswerable.answers, unanswerable.evidence) == ((), None)
    assert dogs.evidence == "Čísla 🚢: five dogs came at noon."
    assert (oak.document, oak.evidence) == ("Trees_Old.txt", "The oak is 300 years old.")


def test_evidence_is_exact_and_covers_an_answer_over_two_sentences():
    around = sentence_around
    start = FERRY.index("at six. It costs")
    evidence = around(FERRY, start, start + len("at six. It costs"))
    assert evidence == "It sails at noon, and at six. It costs 12 euros."
    assert evidence in FERRY


def test_articles_are_chosen_by_title_order(convert):
    questions, _ = read_questions(convert("--articles", "1:2") / "questions.jsonl")
    assert [question.id for question in questions] == ["t1"]
    questions, _ = read_questions(convert("--articles=-2:1") / "questions.jsonl")
    assert [question.id for question in questions] == ["f1", "f2", "f3"]


def test_limit_draws_the_same_questions_for_a_seed_in_their_own_order(convert):
    def ids(*options):
        questions, _ = read_questions(convert(*options) / "questions.jsonl")
        return [question.id for question in questions]

    drawn = {seed: ids("--limit", "2", "--seed", str(seed)) for seed in range(6)}
    assert all(len(set(names)) == 2 and names == sorted(names) for names in drawn.values())
    assert len({tuple(names) for names in drawn.values()}) > 1
    assert ids("--limit", "2", "--seed", "3") == drawn[3]
    assert len(ids("--limit", "99")) == 4


def test_out_of_corpus_asks_each_article_of_the_others(convert):
    out = convert("--out-of-corpus")
    assert sorted(path.name for path in out.iterdir()) == ["Ferry", "Trees_Old"]
    questions, _ = read_questions(out / "Ferry" / "questions.jsonl")
    assert [(q.id, q.answerable, q.group) for q in questions] == [
        ("f1", False, "out_of_corpus"),
        ("f3", False, "out_of_corpus"),
    ]
    documents = out / "Ferry" / "documents"
    assert [path.name for path in documents.iterdir()] == ["Trees_Old.txt"]


def test_out_of_corpus_writes_no_empty_set(convert):
    out = convert("--out-of-corpus", "--limit", "1")
    assert len(list(out.iterdir())) == 1


def test_wrong_range_is_wrong_usage(convert, capsys):
    for text in ("3", "a:b"):
        with pytest.raises(SystemExit) as ended:
            convert("--articles", text)
        assert ended.value.code == 2
    source = ["--articles", "9:12", "--output", "unused", str(convert() / ".." / "squad.json")]
    assert convert.script.main(source) == 1
    assert "no article" in capsys.readouterr().err
