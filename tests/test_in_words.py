"""Answers in words through the whole pipeline, with a scripted writer and a scripted checker."""

from dataclasses import replace
from threading import Event

import pytest
from fake_models import FakeReader, fill_library, knowing, pipeline_over

from rag.answering.in_words import InWords
from rag.answering.timings import Clock
from rag.errors import ModelNotFound
from rag.serialize import answer_object

FLOODS = "The council did not approve a tunnel, because the Elm floods every spring."
DREDGED = "A tunnel would have to be dredged out each year at a cost of £40,000."
TEXT = f"The Elm is wide.\n\n{FLOODS} {DREDGED}\n\nDucks live there.\n"
QUESTION = "Why was no tunnel built?"
SAID = "No tunnel was built since the Elm floods each spring."
COST = "Clearing it would have cost £40,000 a year."


class Writer:
    """Writes what it is told, a word at a time; sets `cancel` after some words, or fails."""

    name = "scripted"

    def __init__(self, text="", stop_after=None, error=None):
        self.text, self.stop_after, self.error = text, stop_after, error
        self.messages, self.cancel, self.closed = None, None, False

    def stream(self, messages, max_tokens, cancel):
        self.messages = messages
        try:
            if self.error is not None:
                raise self.error
            for number, word in enumerate(self.text.split(" ")):
                if number == self.stop_after:
                    self.cancel.set()
                if cancel.is_set():
                    return
                yield f"{word} "
        finally:
            self.closed = True

    def close(self):
        pass


class Checker:
    """Passes the sentences that it is told to, where their texts are among those it needs."""

    name = "scripted"

    def __init__(self, *passing):
        self.passing = passing
        self.asked = []

    def supported(self, question, sentence, cited_texts):
        self.asked.append((question, sentence, tuple(cited_texts)))
        return 0.9 if sentence in self.passing else 0.1

    def answered(self, question, word, texts):
        return 0.9


@pytest.fixture
def library(tmp_path, embedder):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "elm.txt").write_text(TEXT)
    library = fill_library(tmp_path / "l.sqlite", folder, embedder)
    yield library
    library.close()


def asking(library, writer, checker, kinds=None, **options):
    reader = FakeReader({"Elm floods": 4.0, "dredged": 3.5})
    words = None
    if checker is not None:
        words = InWords(model=writer, checker=checker, least_support=0.5, **options)
    kinds = kinds or knowing(explanation=1.0)
    return pipeline_over(library, reader, kinds=kinds, in_words=words)


def test_the_quotes_come_first_then_each_sentence_that_passed(library):
    writer, checker = Writer(f"{SAID} Ducks are to blame. {COST}"), Checker(SAID, COST)
    first, second, third = asking(library, writer, checker).stream(QUESTION)
    assert (first.status, first.answer_kind) == ("quoted", "explanation")
    assert [sentence.text for sentence in first.sentences] == [FLOODS, DREDGED]
    assert (second.status, second.text) == ("answered", f"{SAID} [1]\n{FLOODS} [1] {DREDGED} [2]")
    assert third.text == f"{SAID} [1] {COST} [2]\n{FLOODS} [1] {DREDGED} [2]"
    assert [sentence.verbatim for sentence in third.sentences] == [False, False, True, True]
    assert [citation.quote for citation in third.citations] == [FLOODS, DREDGED]
    assert third.seconds["first"] == first.seconds["first"]
    assert third.seconds["total"] > first.seconds["total"]
    assert writer.closed


def test_what_json_says_of_it(library):
    pipeline = asking(library, Writer(SAID), Checker(SAID))
    found = answer_object(pipeline.ask(QUESTION))
    assert found["status"] == "answered"
    assert [(each["text"], each["verbatim"]) for each in found["sentences"]] == [
        (SAID, False),
        (FLOODS, True),
        (DREDGED, True),
    ]


def test_the_citations_are_numbered_by_first_use(library):
    (_, answer) = asking(library, Writer(COST), Checker(COST)).stream(QUESTION)
    assert answer.text == f"{COST} [1]\n{FLOODS} [2] {DREDGED} [1]"
    assert [citation.quote for citation in answer.citations] == [DREDGED, FLOODS]
    assert all(
        library.text(each.document_id)[each.start : each.end] == each.quote
        for each in answer.citations
    )


def test_without_a_checker_nothing_is_written(library):
    writer = Writer(SAID)
    (answer,) = asking(library, writer, None).stream(QUESTION)
    assert answer.status == "quoted"
    assert writer.messages is None


def test_a_writer_that_is_not_there_is_not_asked(library):
    writer = Writer(SAID)
    (answer,) = asking(library, writer, Checker(SAID), is_there=lambda: False).stream(QUESTION)
    assert (answer.status, writer.messages) == ("quoted", None)


@pytest.mark.parametrize("kind", ["short", "highest"])
def test_a_fact_is_said_by_its_quote(library, kind):
    writer = Writer(SAID)
    pipeline = asking(library, writer, Checker(SAID), knowing(**{kind: 1.0}))
    assert [answer.status for answer in pipeline.stream(QUESTION)] == ["quoted"]
    assert writer.messages is None


@pytest.mark.parametrize(("word", "kind"), [("Yes", "yes"), ("No", "no")])
def test_yes_or_no_is_the_first_word_that_passed(library, word, kind):
    said = f"{word}, as it floods every spring."
    pipeline = asking(library, Writer(said), Checker(said), knowing(yesno=1.0))
    answer = pipeline.ask("Does it flood?")
    assert (answer.answer_kind, answer.short_answer, answer.short_span) == (kind, kind, None)


def test_a_writer_contradicts_no_word_of_a_part_and_says_none_for_all(library):
    """The words of the parts were judged; the writer's first one is of the first part alone."""
    words = InWords(model=Writer(), checker=Checker(), least_support=0.5)
    (answer,) = asking(library, Writer(), None).stream(QUESTION)
    parts = [replace(each, group="Does it?", word="no") for each in answer.sentences]
    answer = replace(answer, sentences=tuple(parts), short_answer="no; 500", answer_kind="short")
    for said, status in (("Yes, each spring.", None), ("No, each spring.", "answered")):
        words.model.text, words.checker.passing = said, (said,)
        similar = lambda text, others: [0.5] * len(others)  # noqa: E731
        kinds = knowing(yesno=1.0)("", None)
        grown = list(words.grow(answer, kinds, similar, Clock(), Event()))
        assert [each.status for each in grown] == ([status] if status else [])
    assert (grown[0].short_answer, grown[0].answer_kind) == ("no; 500", "short")


@pytest.mark.parametrize(("said", "status"), [("Yes, each.", None), ("No, none.", "answered")])
def test_a_writer_does_not_contradict_the_word_of_the_quotes(library, said, status):
    words = InWords(model=Writer(said), checker=Checker(said), least_support=0.5)
    (answer,) = asking(library, Writer(), None).stream(QUESTION)
    answer = replace(answer, short_answer="no", short_span=None, answer_kind="no")
    similar = lambda text, others: [0.5] * len(others)  # noqa: E731
    grown = list(words.grow(answer, knowing(yesno=1.0)("", None), similar, Clock(), Event()))
    assert [each.status for each in grown] == ([status] if status else [])


def test_where_the_first_sentence_fails_the_quotes_stand(library):
    writer, checker = Writer(f"It was ugly. {SAID}"), Checker(SAID)
    assert [a.status for a in asking(library, writer, checker).stream(QUESTION)] == ["quoted"]
    assert {sentence for _, sentence, _ in checker.asked} == {"It was ugly."}
    assert writer.closed


def test_a_name_or_number_from_elsewhere_never_passes(library):
    said = "The Elm floods, says Mr Smith."
    pipeline = asking(library, Writer(said), Checker(said))
    assert pipeline.ask(QUESTION).status == "quoted"


def test_the_words_of_a_quote_alone_are_no_other_words(library):
    pipeline = asking(library, Writer(FLOODS), Checker(FLOODS))
    assert [answer.status for answer in pipeline.stream(QUESTION)] == ["quoted"]


def test_the_question_said_again_is_no_answer(library):
    said = "Why was no tunnel built."
    pipeline = asking(library, Writer(said), Checker(said))
    assert pipeline.ask(QUESTION).status == "quoted"


def test_the_writer_gets_the_evidence_and_the_question_and_nothing_else(library):
    writer = Writer(SAID)
    asking(library, writer, Checker(SAID)).ask(QUESTION)
    content = writer.messages[-1]["content"]
    assert FLOODS in content and DREDGED in content and content.endswith(f"Question: {QUESTION}")
    assert "Ducks" not in content


def test_stopped_while_it_writes_what_has_passed_stays(library):
    writer, cancel = Writer(f"{SAID} {COST}", stop_after=13), Event()
    writer.cancel = cancel
    answers = list(asking(library, writer, Checker(SAID, COST)).stream(QUESTION, cancel=cancel))
    assert [answer.status for answer in answers] == ["quoted", "answered"]
    assert COST not in answers[-1].text
    assert writer.closed


def test_who_looks_no_further_stops_the_writer(library):
    writer = Writer(f"{SAID} {COST}")
    stream = asking(library, writer, Checker(SAID, COST)).stream(QUESTION)
    next(stream)
    next(stream)
    stream.close()
    assert writer.closed


def test_other_questions_are_answered_while_one_is_written(library):
    pipeline = asking(library, Writer(f"{SAID} {COST}"), Checker(SAID, COST))
    stream = pipeline.stream(QUESTION)
    next(stream)
    next(stream)
    assert next(pipeline.stream(QUESTION)).status == "quoted"
    stream.close()


def test_a_writer_that_cannot_be_had_leaves_the_quotes_and_one_line(library):
    writer = Writer(error=ModelNotFound("it needs 1.6 GB of memory: close other programs"))
    first, last = asking(library, writer, Checker(SAID)).stream(QUESTION)
    assert first.note == ""
    assert (last.status, last.sentences) == ("quoted", first.sentences)
    assert last.note == "In quotes only: it needs 1.6 GB of memory: close other programs"


def test_many_at_once_are_written_too(library):
    pipeline = asking(library, Writer(SAID), Checker(SAID))
    answers = list(pipeline.ask_many([QUESTION, "", QUESTION]))
    assert [getattr(answer, "status", None) for answer in answers] == ["answered", None, "answered"]


def test_a_terminal_sees_which_words_are_whose(library):
    answer = asking(library, Writer(SAID), Checker(SAID)).ask(QUESTION)
    assert answer.written(with_notes=True) == (
        f"In other words, checked:\n{SAID} [1]\n\nWord for word:\n{FLOODS} [1] {DREDGED} [2]"
    )
