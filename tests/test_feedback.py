import json
from pathlib import Path

import pytest
from kept_turns import COST, cited, finished, quoted, refused

from rag.cli.command import main
from rag.conversations.feedback import judged_questions
from rag.conversations.records import Feedback, StoredTurn
from rag.conversations.store import ConversationStore, conversations_path
from rag.datatypes import CitedSentence
from rag.evaluation.questions import Question, make_question, read_questions
from rag.serialize import to_json

UP, DOWN = Feedback(rating="up"), Feedback(rating="down")


def stored(answer=None, feedback=UP, number=1):
    return StoredTurn(id=number, asked_at="", turn=finished(answer), feedback=feedback)


def parsed(question):
    return make_question(json.loads(to_json(question)))


def test_thumb_up_makes_a_whole_question():
    (question,) = judged_questions([stored(feedback=Feedback(rating="up", note="Just so."))])
    assert question["note"] == "Just so."
    assert parsed(question) == Question(
        id="feedback-1",
        question="What did the bridge cost?",
        answerable=True,
        answers=("nine million pounds",),
        document="bridge.txt",
        evidence=COST,
    )


def test_thumb_up_on_a_denial_makes_an_unanswerable_question():
    (question,) = judged_questions([stored(quoted(answer_kind="denied"))])
    assert parsed(question) == Question(
        id="feedback-1", question="What did the bridge cost?", answerable=False, answers=()
    )


def test_thumb_up_on_a_refusal_makes_an_unanswerable_question():
    (question,) = judged_questions([stored(refused())])
    assert parsed(question) == Question(
        id="feedback-1", question="Who drew it?", answerable=False, answers=()
    )


def test_evidence_is_the_quote_that_the_short_answer_stands_in():
    other = cited(start=0, quote="The bridge opened in 1932.")
    sentences = (CitedSentence(text="Said.", citations=(1, 2)),)
    answer = quoted(citations=(other, cited()), short_span=(2, 35, 54), sentences=sentences)
    (question,) = judged_questions([stored(answer)])
    assert question["evidence"] == COST


def test_without_a_short_answer_the_first_quote_is_judged_by():
    sentences = (CitedSentence(text="Said.", citations=(2, 1)),)
    answer = quoted(
        citations=(cited(start=0, quote="The bridge opened in 1932."), cited()),
        sentences=sentences,
        short_answer=None,
        short_span=None,
    )
    (question,) = judged_questions([stored(answer)])
    made = parsed(question)
    assert (made.kind, made.answers, made.evidence) == ("long", (), COST)


def test_kind_is_that_of_the_question_as_understood():
    (question,) = judged_questions([stored(quoted("And?", understood="Why did it cost so much?"))])
    assert (question["question"], question["kind"]) == ("And?", "long")


@pytest.mark.parametrize("answer", [quoted(), refused()])
def test_thumb_down_leaves_to_a_person_what_is_right(answer):
    (question,) = judged_questions([stored(answer, Feedback(rating="down", note="No, 1933."))])
    assert (question["answerable"], question["answers"]) == (None, [])
    assert question["note"] == "No, 1933."
    assert question["rejected"]["status"] == answer.status
    assert question["rejected"]["text"] == answer.text
    assert "evidence" not in question
    question["answerable"] = True  # as a person would fill it in
    question["answers"] = ["1933"]
    assert parsed(question).answers == ("1933",)


def test_earlier_questions_are_the_history_and_unrated_answers_are_left_out():
    turns = [
        stored(feedback=None),
        stored(refused(), DOWN, 2),
        stored(refused("And when?"), UP, 3),
    ]
    first, second = judged_questions(turns)
    assert (first["id"], first["history"]) == ("feedback-2", ["What did the bridge cost?"])
    assert second["history"] == ["What did the bridge cost?", "Who drew it?"]
    assert parsed(second).history == ("What did the bridge cost?", "Who drew it?")


# The command


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))
    store = ConversationStore(conversations_path(tmp_path / "home"))
    yield store
    store.close()


@pytest.fixture
def rated(store):
    """Three marked right, one of them by a user with a name, and one marked wrong."""

    def keep(user, conversation_id, turn, feedback):
        kept = store.append(user, conversation_id, turn)
        store.rate(user, kept.turn_id, feedback)
        return kept.conversation_id

    first = keep("", None, finished(), UP)
    keep("", first, finished(refused()), DOWN)
    keep("", None, finished(question="never rated"), None)
    keep("", None, finished(refused("Is it blue?")), UP)
    keep("ada", None, finished(refused("Is it red?")), UP)
    return store


def test_feedback_prints_a_question_set_that_is_read_without_a_problem(rated, tmp_path, capfd):
    assert main(["feedback"]) == 0
    output, errors = capfd.readouterr()
    (tmp_path / "set.jsonl").write_text(output, encoding="utf-8")
    questions, problems = read_questions(tmp_path / "set.jsonl")
    assert problems == []
    assert [(question.question, question.answerable) for question in questions] == [
        ("What did the bridge cost?", True),
        ("Is it blue?", False),
        ("Is it red?", False),
    ]
    assert errors == (
        "3 answers marked right; 1 marked wrong left out: --undecided adds what is known of them\n"
    )


def test_undecided_are_named_by_whoever_reads_the_set_before_they_are_decided(
    rated, tmp_path, capfd
):
    path = tmp_path / "set.jsonl"
    assert main(["feedback", "--undecided", "--out", str(path)]) == 0
    output, errors = capfd.readouterr()
    assert output == ""
    assert errors == (
        "3 answers marked right, 1 marked wrong: "
        "set answerable and answers of those before evaluating\n"
    )
    questions, problems = read_questions(path)
    assert len(questions) == 3
    assert problems == ["set.jsonl, line 2: answerable is missing or empty"]
    assert json.loads(path.read_text("utf-8").splitlines()[1])["rejected"]["status"] == "refused"


def test_feedback_without_any_conversation_says_where_thumbs_are(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "none"))
    assert main(["feedback"]) == 0
    assert capfd.readouterr() == (
        "",
        "no answer was marked yet: thumbs stand below each answer in `footnote chat`\n",
    )
    assert not (tmp_path / "none").exists()


def test_feedback_that_cannot_be_written_loses_nothing(rated, tmp_path, capfd):
    path = tmp_path / "folder"
    path.mkdir()
    assert main(["feedback", "--out", str(path)]) == 1
    output, errors = capfd.readouterr()
    assert errors.startswith(f"footnote: {path}: cannot be written (")
    assert errors.endswith("; give another --out FILE\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "home"]
    assert main(["feedback", "--out", str(Path(path) / "none/set.jsonl")]) == 1


def test_feedback_of_damaged_conversations_is_one_line(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path))
    conversations_path(tmp_path).write_bytes(b"This is no database. " * 100)
    assert main(["feedback"]) == 1
    assert capfd.readouterr()[1].count("\n") == 1
