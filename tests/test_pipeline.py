"""A question through all stages, with fake models over a real library on disk."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from fake_embedder import FakeEmbedder
from fake_models import (
    FakeCalibration,
    FakeReader,
    FollowingReader,
    Judging,
    fill_library,
    knowing,
    pipeline_over,
)
from library_content import vectors_in
from test_turns import until

from rag.answering.duplicates import cite_copies
from rag.answering.question_kind import KINDS
from rag.answering.retrieve import Retriever, same_words
from rag.answering.turns import Turns
from rag.documents.load import find_sources
from rag.errors import QuestionError, RagError
from rag.library import indexing

OPENED = "The bridge over the Elm was opened in 1932, which was a dry year."
LONG = "It is 503 metres long and carries two railway tracks."
FLOODS = "The council did not approve a tunnel, because the river floods every spring."
RENEWED = "The tracks were renewed in May 1987, which was overdue."
TEXT = f"{OPENED} {LONG}\r\n\r\n{FLOODS} {RENEWED}\r\n"
STORY = f"Of its builders {'many things have been told and ' * 10}nothing is known."
QUESTION = "When was the bridge opened?"
STAGES = {"retrieve", "read", "generate", "verify", "first", "total"}


@pytest.fixture
def library_of(tmp_path, embedder):
    """A function from texts, by file name, to an open library."""
    opened = []

    def make(**texts):
        folder = tmp_path / f"docs{len(opened)}"
        folder.mkdir()
        for name, text in texts.items():
            (folder / f"{name}.txt").write_bytes(text.encode())
        path = tmp_path / f"{len(opened)}.sqlite"
        opened.append(fill_library(path, folder if texts else None, embedder))
        return opened[-1]

    yield make
    for library in opened:
        library.close()


@pytest.fixture
def bridge(library_of):
    return library_of(bridge=TEXT)


@pytest.fixture
def told_bridge(library_of):
    """The bridge with paragraphs that are too long to be shown whole."""
    return library_of(bridge=f"{OPENED} {LONG} {STORY}\r\n\r\n{FLOODS} {RENEWED} {STORY}\r\n")


def asking(library, margins=None, **options):
    """A pipeline whose reader is sure of 1932, and which takes a question for a short one."""
    reader = FakeReader(margins or {"1932": 4.0}, **options)
    return pipeline_over(library, reader, kinds=knowing(short=1.0))


def check_slices(answer, library):
    """Assert that all that is cited stands there, and that each number cites something."""
    for citation in answer.citations:
        assert library.text(citation.document_id)[citation.start : citation.end] == citation.quote
        assert citation.document == library.document_name(citation.document_id)
    used = [number for sentence in answer.sentences for number in sentence.citations]
    assert list(dict.fromkeys(used)) == list(range(1, len(answer.citations) + 1))
    if answer.short_span is not None:
        number, start, end = answer.short_span
        citation = answer.citations[number - 1]
        assert citation.start <= start < end <= citation.end
        assert library.text(citation.document_id)[start:end] == answer.short_answer


def test_answer_is_the_quote_with_all_that_is_known_of_it(bridge):
    pipeline = asking(bridge)
    (answer,) = pipeline.stream(QUESTION)
    assert (answer.status, answer.text) == ("quoted", f"{OPENED} [1]")
    assert [sentence.verbatim for sentence in answer.sentences] == [True]
    check_slices(answer, bridge)
    assert (answer.citations[0].start, answer.citations[0].end) == (0, len(OPENED))
    assert (answer.short_answer, answer.short_span) == ("1932", (1, 38, 42))
    assert (answer.question, answer.understood) == (QUESTION, QUESTION)
    assert answer.confidence == pytest.approx(0.982, abs=0.001)  # 1 / (1 + exp(-4))
    assert (answer.nearest, answer.refusal) == ((), None)
    assert {hit.passage.id for hit in answer.ranked} == {
        int(number) for number in vectors_in(bridge)[0]
    }
    assert pipeline.ask(QUESTION).text == answer.text


def index_anew(library, path, text, embedder):
    """Write the file's text and bring the library up to date."""
    path.write_text(text)
    sources = find_sources([path.parent]).sources
    indexing.refresh(
        library, sources, embedder=embedder, max_document_bytes=10_000, passage_tokens=40
    )


class ChangingReader(FakeReader):
    """Lets a document be indexed anew each time that passages were read, with the next text."""

    def __init__(self, margins, change, texts):
        super().__init__(margins)
        self.change = change
        self.texts = iter(texts)
        self.times = 0

    def read_many(self, requests):
        spans = super().read_many(requests)
        self.times += 1
        if text := next(self.texts, None):
            self.change(text)
        return spans


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize(
    ("new", "text"),
    [
        (
            "Here is more. The bridge was opened in 1932, says the new text.",
            "The bridge was opened in 1932, says the new text. [1]",
        ),
        ("The bridge was opened in 1933.", "Your documents do not seem to say."),
    ],
)
def test_a_document_indexed_anew_between_reading_and_quoting_is_read_again(
    library_of, embedder, tmp_path, new, text, together
):
    """What was found stands elsewhere now, or nowhere: no other words are shown for it."""
    library = library_of(bridge=TEXT)

    def change(text):
        index_anew(library, tmp_path / "docs0" / "bridge.txt", text, embedder)

    reader = ChangingReader({"1932": 4.0}, change, [new])
    pipeline = pipeline_over(library, reader)
    (answer,) = pipeline.ask_many([QUESTION]) if together else [pipeline.ask(QUESTION)]
    assert library.text(1) == new
    assert answer.text == text
    check_slices(answer, library)


def test_a_document_removed_between_reading_and_quoting_is_not_quoted(library_of, embedder):
    library = library_of(bridge=TEXT, other="Nothing is told here.")
    (source,) = [info.source for info in library.documents() if info.name == "bridge.txt"]
    reader = ChangingReader({"1932": 4.0}, lambda text: library.remove(source), ["gone"])
    answer = pipeline_over(library, reader).ask(QUESTION)
    assert (answer.status, [near.document for near in answer.nearest]) == ("refused", ["other.txt"])


def test_documents_that_are_changed_all_the_time_are_one_clear_line(library_of, embedder, tmp_path):
    library = library_of(bridge=TEXT)

    def change(text):
        index_anew(library, tmp_path / "docs0" / "bridge.txt", text, embedder)

    texts = [f"The bridge was opened in 1932, says text {number}." for number in range(99)]
    reader = ChangingReader({"1932": 4.0}, change, texts)
    with pytest.raises(RagError) as raised:
        pipeline_over(library, reader).ask(QUESTION)
    assert str(raised.value) == (
        "the documents are being changed all the time: ask again when that is done"
    )
    assert reader.times == 3 * 2  # three tries, each with two calls


def test_quote_of_what_is_told_elsewhere_is_the_answer(bridge):
    pipeline = pipeline_over(bridge, FakeReader({"503 metres": 4.0}))
    answer = pipeline.ask("How long is the bridge?")
    assert (answer.status, answer.text) == ("quoted", f"{LONG} [1]")
    assert (answer.short_answer, answer.short_span) == ("503 metres", (1, 72, 82))
    check_slices(answer, bridge)


@pytest.mark.parametrize(
    (("margins", "most")),
    [({"number": 4.0}, 2), ({"number": -1.0}, 9), ({}, 9)],
    ids=["sure", "unsure", "nothing found"],
)
def test_passages_beyond_the_number_chosen_are_read_where_these_leave_it_open(
    library_of, margins, most
):
    library = library_of(**{f"{number}.txt": f"Bridge number {number}." for number in range(9)})
    reader, read = FakeReader(margins), []

    def count(question, passages):
        read.extend(passages)
        return FakeReader.read(reader, question, passages)

    reader.read = count
    pipeline = pipeline_over(library, reader)
    pipeline.read_passages(2)
    assert len(pipeline.ask(QUESTION).ranked) == 9  # all are ranked, whatever is read
    assert len(read) == len({passage.id for passage in read}) == most


def test_what_is_read_on_wins_where_it_is_surer(library_of):
    texts = {f"{number}.txt": f"Bridge number {number}." for number in range(8)}
    library = library_of(**texts, far="The crossing was opened in 1932.")
    reader = FakeReader({"1932": 4.0})
    pipeline = pipeline_over(library, reader)
    pipeline.read_passages(1)
    answer = pipeline.ask(QUESTION)
    assert (answer.short_answer, answer.citations[0].document) == ("1932", "far.txt")
    assert answer.seconds["first"] >= answer.seconds["read"]
    (many,) = pipeline.ask_many([QUESTION])
    assert many.text == answer.text


def test_short_answer_across_a_line_break_is_a_slice(library_of):
    text = (
        "The tower of dark stone in the old harbour of the town was built by Anna\r\n"
        "Holm, who came from the north and had studied in the capital for years.\r\n"
        "It was never finished, and the storms of two hundred winters are wearing\r\n"
        "it down.\r\n"
    )
    library = library_of(wrapped=text)
    answer = asking(library, margins={"Anna\r\nHolm": 4.0}).ask("Who built the tower?")
    assert answer.short_answer == "Anna\r\nHolm"
    check_slices(answer, library)


def test_weak_evidence_is_refused_with_the_nearest_three(library_of):
    library = library_of(**{f"d{number}": f"Text number {number}." for number in range(5)})
    (answer,) = pipeline_over(library, FakeReader({})).stream("Who won?")
    assert (answer.status, answer.text) == ("refused", "Your documents do not seem to say.")
    assert (answer.sentences, answer.citations) == ((), ())
    assert (answer.short_answer, answer.short_span) == (None, None)
    assert answer.confidence == pytest.approx(0.000123, abs=1e-6)  # 1 / (1 + exp(9))
    scores = [near.score for near in answer.nearest]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert {near.document_id for near in answer.nearest} == {
        hit.passage.document_id for hit in answer.ranked[:3]
    }
    for near in answer.nearest:
        assert library.text(near.document_id)[near.start : near.end] == near.text
        assert library.document_name(near.document_id) == near.document
    assert len(answer.ranked) == 5


@pytest.mark.parametrize(("margin", "status"), [(-0.001, "refused"), (0.0, "quoted")])
def test_confidence_is_compared_with_the_setting(bridge, margin, status):
    pipeline = pipeline_over(bridge, FakeReader({"1932": margin}), min_confidence=0.5)
    assert pipeline.ask(QUESTION).status == status


def test_long_question_gets_several_sentences_in_document_order(told_bridge):
    margins = {"river floods": 4.0, "503 metres": 2.5, "May 1987": 0.9}  # the last is too weak
    reader = FakeReader(margins)
    pipeline = pipeline_over(told_bridge, reader, kinds=knowing(explanation=1.0))
    answer = pipeline.ask("Why is there no tunnel?")
    assert answer.text == f"{LONG} [1] {FLOODS} [2]"
    assert (answer.short_answer, answer.short_span[0]) == ("river floods", 2)
    check_slices(answer, told_bridge)


def test_beside_a_reason_its_short_paragraph_is_shown_and_beside_a_yes_what_goes_on(bridge):
    reader = FakeReader({"overdue": 4.0})
    why = pipeline_over(bridge, reader, kinds=knowing(explanation=1.0)).ask("Why?")
    assert why.text == f"{FLOODS} [1] {RENEWED} [2]"
    assert (why.short_answer, why.short_span[0]) == ("overdue", 2)
    whether = pipeline_over(bridge, reader, kinds=knowing(yesno=1.0)).ask("Was it renewed?")
    assert whether.text == f"{RENEWED} [1]"
    whether = pipeline_over(bridge, FakeReader({"floods": 4.0}), kinds=knowing(yesno=1.0)).ask(
        "Is it?"
    )
    assert whether.text == f"{FLOODS} [1] {RENEWED} [2]"


def test_short_question_gets_the_best_sentence_alone(bridge):
    reader = FakeReader({"1932": 4.0, "503 metres": 3.9})
    pipeline = pipeline_over(bridge, reader, kinds=knowing(short=1.0))
    assert pipeline.ask(QUESTION).text == f"{OPENED} [1]"


def test_citations_of_several_documents_name_each(library_of):
    library = library_of(a="The north gate fell first.", b="The south gate was never shut.")
    pipeline = pipeline_over(library, FakeReader({"south gate": 4.0, "north gate": 3.0}))
    answer = pipeline.ask("Why was the town taken?")
    assert [(c.document, c.quote) for c in answer.citations] == [
        ("a.txt", "The north gate fell first."),
        ("b.txt", "The south gate was never shut."),
    ]
    check_slices(answer, library)


def test_seconds_of_every_stage_are_there(bridge):
    (quoted,) = asking(bridge, seconds=0.05).stream(QUESTION)
    (refused,) = pipeline_over(bridge, FakeReader({})).stream(QUESTION)
    for answer in (quoted, refused):
        assert set(answer.seconds) == STAGES
        assert all(value >= 0 for value in answer.seconds.values())
        assert answer.seconds["first"] == answer.seconds["total"] > 0
        assert answer.seconds["generate"] == answer.seconds["verify"] == 0
    assert quoted.seconds["read"] >= 0.05


@pytest.mark.parametrize("question", ["", " \r\n\t", "\u2003"])
def test_empty_question_is_one_line(bridge, question):
    pipeline = asking(bridge)
    with pytest.raises(QuestionError) as raised:
        pipeline.ask(question)
    assert str(raised.value) == "the question is empty: type what you want to know"


def test_too_long_question_is_one_line_with_both_numbers(bridge):
    pipeline = asking(bridge)
    with pytest.raises(QuestionError) as raised:
        pipeline.ask("bridge " * 10_000)
    assert str(raised.value) == (
        "the question has 70,000 characters, at most 2,000 are read: shorten it"
    )
    with pytest.raises(QuestionError, match="has more than 100,000 characters, at most 2,000"):
        pipeline.ask("a" * 100_001)
    assert pipeline.ask("x" * 2_000).status == "quoted"


@pytest.mark.parametrize("question", ["?", "!?… — 💥", "\ud800", '"*" ()'])
def test_question_of_symbols_is_one_line(bridge, question):
    pipeline = asking(bridge)
    with pytest.raises(QuestionError) as raised:
        pipeline.ask(question)
    assert str(raised.value) == ("the question has no letter or digit: type what you want to know")


def test_question_in_another_script_is_refused_or_answered(library_of, bridge):
    question = "谁在1932年建造了这座桥？"
    assert pipeline_over(bridge, FakeReader({})).ask(question).status == "refused"
    chinese = library_of(zh="这座桥由安娜建造。河水每年春天泛滥。")
    answer = pipeline_over(chinese, FakeReader({"安娜": 4.0})).ask(question)
    assert (answer.status, answer.short_answer) == ("quoted", "安娜")
    assert answer.citations[0].quote.startswith("这座桥由安娜建造。")
    check_slices(answer, chinese)


def test_half_a_surrogate_pair_is_replaced(bridge):
    answer = asking(bridge).ask("When was \udcff the bridge opened?")
    assert answer.question == "When was ? the bridge opened?"


def test_library_without_documents_refuses(library_of):
    answer = asking(library_of()).ask(QUESTION)
    assert (answer.status, answer.nearest, answer.confidence) == ("refused", (), 0.0)


def test_library_that_was_emptied_refuses(library_of, embedder):
    library = library_of(bridge=TEXT)
    pipeline = asking(library)
    assert pipeline.ask(QUESTION).status == "quoted"
    indexing.refresh(library, [], embedder=embedder, max_document_bytes=1_000, passage_tokens=40)
    assert pipeline.ask(QUESTION).status == "refused"


@pytest.mark.parametrize("unit", ["word ", "x", "字"])
def test_sentence_of_50000_characters_is_cited_exactly(library_of, unit):
    text = unit * (50_000 // len(unit)) + " Anna Holm built it " + unit * 100
    library = library_of(endless=text)
    pipeline = pipeline_over(library, FakeReader({"Anna": 4.0}), passages_to_read=10_000)
    answer = pipeline.ask("Who built it?")
    assert (answer.status, answer.short_answer) == ("quoted", "Anna")
    check_slices(answer, library)
    assert len(answer.citations[0].quote) < 1_000


def test_earlier_questions_are_accepted(bridge):
    answer = asking(bridge).ask(QUESTION, history=["Who was Anna?", ""])
    assert answer.text == f"{OPENED} [1]"


def test_cancelled_before_it_begins_does_nothing(bridge):
    cancel = Event()
    cancel.set()
    pipeline = asking(bridge)
    assert list(pipeline.stream(QUESTION, cancel=cancel)) == []
    with pytest.raises(RagError, match="^the question was stopped before there was an answer$"):
        pipeline.ask(QUESTION, cancel=cancel)


def test_cancelled_while_it_waits_for_another_question(bridge):
    pipeline = asking(bridge)
    reader = pipeline._finder._reader
    reading, let_go, in_vain = Event(), Event(), []

    def read_many(requests, read=reader.read_many):
        reading.set()
        if not let_go.wait(20):
            in_vain.append(requests)
        return read(requests)

    reader.read_many = read_many
    other = threading.Thread(target=pipeline.ask, args=[QUESTION])
    other.start()
    assert reading.wait(60)
    cancel = Event()
    threading.Timer(0.05, cancel.set).start()
    assert list(pipeline.stream(QUESTION, cancel=cancel)) == []
    assert in_vain == []  # it did not wait until the other one was answered
    let_go.set()
    other.join()


def test_stream_that_is_not_read_to_its_end_keeps_nobody_waiting(bridge):
    pipeline = asking(bridge)
    half_read = pipeline.stream(QUESTION)
    next(half_read)
    assert [answer.status for answer in pipeline.stream(QUESTION, cancel=Event())] == ["quoted"]
    half_read.close()


def test_error_of_a_model_lets_others_in(bridge):
    pipeline = asking(bridge)

    def fail(requests):
        raise MemoryError("too small")

    pipeline._finder._reader.read_many, read_many = fail, pipeline._finder._reader.read_many
    with pytest.raises(MemoryError):
        pipeline.ask(QUESTION)
    pipeline._finder._reader.read_many = read_many
    assert pipeline.ask(QUESTION).status == "quoted"


def test_two_threads_at_once_wait_for_each_other_and_are_both_right(bridge):
    reader = FakeReader({"1932": 4.0}, seconds=0.1)
    pipeline = pipeline_over(bridge, reader)
    texts = []
    threads = [
        threading.Thread(target=lambda: texts.append(pipeline.ask(QUESTION).text)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert texts == [f"{OPENED} [1]"] * 4
    assert reader.most_running == 1


class GatedReader(FakeReader):
    """Counts the questions of each call, and holds the first one until its gate is open."""

    def __init__(self, margins):
        super().__init__(margins)
        self.gate, self.calls = Event(), []

    def read_many(self, requests):
        self.calls.append([question for question, _ in requests])
        assert self.gate.wait(60)
        if any("fail" in question for question, _ in requests):
            raise MemoryError("too small")
        return super().read_many(requests)


def ask_while_one_is_read(pipelines, reader, questions):
    """Ask the question, and others while it is being read; return what came of these, in order.

    Each of `pipelines` is asked one of `questions`; `reader` is that of all.
    """
    line = pipelines[0]._finder._turns._line
    with ThreadPoolExecutor(len(questions) + 1) as pool:
        first = pool.submit(pipelines[0].ask, QUESTION)
        until(lambda: reader.calls)
        asked = []
        for number, (pipeline, question) in enumerate(zip(pipelines, questions, strict=True)):
            asked.append(pool.submit(pipeline.ask, question))
            until(lambda number=number: len(line) > number)
        reader.gate.set()
        assert first.result(60).text == f"{OPENED} [1]"
    return [each.exception(60) or each.result(60) for each in asked]


def test_questions_that_wait_are_embedded_and_read_together(bridge, embedder):
    reader = GatedReader({"1932": 4.0})
    calls = []
    embed = embedder.embed
    embedder.embed = lambda texts: calls.append(list(texts)) or embed(texts)
    pipeline = pipeline_over(bridge, reader, embedder=embedder)
    questions = ["When was it?", "When was the bridge opened, then?", "When?"]
    answers = ask_while_one_is_read([pipeline] * 3, reader, questions)
    assert [call for call in calls if call[0] in (QUESTION, *questions)] == [[QUESTION], questions]
    assert reader.calls[::2] == [[QUESTION], questions]  # and those of which more is read
    assert without_seconds(answers) == without_seconds(map(pipeline.ask, questions))
    for answer in answers:
        stages = [answer.seconds[name] for name in STAGES - {"first", "total"}]
        assert 0 < sum(stages) <= answer.seconds["first"] == answer.seconds["total"]


def test_error_of_a_question_is_not_that_of_those_it_was_read_with(bridge):
    reader = GatedReader({"1932": 4.0})
    questions = ["When was it?", "When did it fail?", "When?"]
    first, failed, last = ask_while_one_is_read(
        [pipeline_over(bridge, reader)] * 3, reader, questions
    )
    assert (first.text, last.text) == (f"{OPENED} [1]",) * 2
    assert isinstance(failed, MemoryError)


def test_questions_to_two_libraries_wait_for_each_other_and_are_read_apart(library_of):
    reader, turns = GatedReader({"1932": 4.0, "1999": 4.0}), Turns()
    bridge = pipeline_over(library_of(bridge=TEXT), reader, turns=turns)
    tower = pipeline_over(library_of(tower="The tower was opened in 1999."), reader, turns=turns)
    questions = ["When was it?", "When?", "When, then?"]
    answers = ask_while_one_is_read([bridge, tower, bridge], reader, questions)
    assert [answer.short_answer for answer in answers] == ["1932", "1999", "1932"]
    assert reader.calls[::2] == [
        [QUESTION],
        ["When was it?", "When, then?"],
        ["When?"],
    ]


def answer_of_many(library_of, question, margin):
    """Ask a library of five documents whose first passage gets `margin`; count what was read."""
    texts = {f"d{number}": f"The bridge number {number} was opened." for number in range(5)}
    library = library_of(**texts)
    reader = FakeReader({"opened": margin})
    read = []
    reader.read = lambda question, passages, read_all=reader.read: (
        read.append(len(passages)) or read_all(question, passages)
    )
    answer = pipeline_over(library, reader).ask(question)
    return answer, read


@pytest.mark.parametrize(
    ("question", "margin", "read"),
    [
        ("When was the bridge opened?", 4.0, [3]),
        ("When was the bridge opened?", -1.0, [3, 2]),
        ("Why was the bridge opened?", 4.0, [3, 2]),
    ],
)
def test_the_rest_is_read_only_if_the_first_leave_it_open_or_much_is_asked(
    library_of, question, margin, read
):
    answer, counts = answer_of_many(library_of, question, margin)
    assert counts == read
    assert len(answer.ranked) == 5


def without_seconds(answers):
    return [replace(answer, seconds={}) for answer in answers]


def test_many_at_once_are_answered_as_one_by_one(bridge):
    """1932 is found, the floods are not, the council is asked about twice, and why is long."""
    pipeline = asking(bridge, margins={"1932": 4.0, "council": 1.0, "tracks": -2.0})
    questions = [QUESTION, "Who floods it?", "Why did the council not approve it?", QUESTION]
    one_by_one = [pipeline.ask(question) for question in questions]
    together = list(pipeline.ask_many(questions))
    assert without_seconds(together) == without_seconds(one_by_one)
    assert [answer.question for answer in together] == questions
    for answer in together:
        assert set(answer.seconds) == STAGES
        assert math.isnan(answer.seconds["first"])
        stages = [answer.seconds[name] for name in STAGES - {"first", "total"}]
        assert 0 < sum(stages) <= answer.seconds["total"] + 1e-9


def test_many_at_once_are_embedded_and_read_at_once_and_share_the_seconds(bridge, embedder):
    reader = FakeReader({"1932": 4.0})
    requests = []
    reader.read_many = lambda asked, read_many=reader.read_many: (
        requests.append(len(asked)) or read_many(asked)
    )
    calls = []
    embed = embedder.embed
    embedder.embed = lambda texts: calls.append(list(texts)) or embed(texts)
    pipeline = pipeline_over(bridge, reader, embedder=embedder)
    first, second = pipeline.ask_many([QUESTION, "When was it?"])
    assert calls[0] == [QUESTION, "When was it?"]
    assert all(text in TEXT for call in calls[1:] for text in call), "sentences of passages"
    assert requests[0] == 2
    for stage in ("retrieve", "read"):
        assert first.seconds[stage] == second.seconds[stage] > 0


def test_many_at_once_give_the_error_of_what_cannot_be_asked_in_its_place(bridge):
    pipeline = asking(bridge)
    empty, answer, sign = pipeline.ask_many(["  ", f"{QUESTION}\ud800", "???"])
    assert isinstance(empty, QuestionError)
    assert answer.question == f"{QUESTION}?"
    assert isinstance(sign, QuestionError)
    assert [str(error) for error in pipeline.ask_many([""])] == [str(empty)]
    assert list(pipeline.ask_many([])) == []


def test_library_without_passages_is_refused_even_if_every_confidence_is_shown(library_of):
    pipeline = pipeline_over(library_of(), FakeReader({}), min_confidence=0.0)
    assert pipeline.ask(QUESTION).status == "refused"


def test_follow_up_is_answered_as_what_it_means_and_kept_as_it_was_typed(bridge):
    pipeline = pipeline_over(bridge, FollowingReader({"1932": 4.0}, "bridge"))
    asked = "And when was it opened?"
    understood = "And when was it opened (How long is the bridge)?"
    for answer in pipeline.stream(asked, history=["How long is the bridge?"]):
        assert (answer.question, answer.understood) == (asked, understood)
        check_slices(answer, bridge)
    assert answer.text == f"{OPENED} [1]"


def test_follow_ups_among_many_are_each_understood_from_their_own_history(bridge):
    pipeline = pipeline_over(bridge, FollowingReader({"1932": 4.0}, "bridge"))
    asked = ["When was it opened?", "", "When was it opened?"]
    first, error, last = pipeline.ask_many(asked, histories=[["How long is the bridge?"], [], []])
    assert (first.question, first.understood) == (
        asked[0],
        "When was it opened (How long is the bridge)?",
    )
    assert isinstance(error, QuestionError)
    assert (last.question, last.understood) == (asked[2], asked[2])


def test_refusal_of_a_follow_up_says_how_it_was_understood(bridge):
    pipeline = pipeline_over(bridge, FollowingReader({"The bridge": -5.0}, "bridge"))
    answer = pipeline.ask("Who owns it?", history=["How long is the bridge?"])
    assert (answer.status, answer.question) == ("refused", "Who owns it?")
    assert answer.understood == "Who owns it (How long is the bridge)?"


def test_history_that_is_too_long_to_be_asked_is_passed_over(bridge):
    pipeline = asking(bridge)
    limit = pipeline.settings.max_question_characters
    answer = pipeline.ask("Why?", history=["What is " + "x" * limit])
    assert answer.understood == "Why?"
    answer = pipeline.ask("Who said that?", history=["When was " + "x" * (limit - 10)])
    assert answer.understood == "Who said that?"


def test_halves_of_surrogate_pairs_in_the_history_are_replaced(bridge):
    pipeline = pipeline_over(bridge, FollowingReader({"1932": 4.0}, "opened"))
    answer = pipeline.ask("Who said that?", history=["When was \ud800 opened?"])
    assert answer.understood == "Who said that (When was ? opened)?"


class KnownKinds:
    """Tells an explanation by a vector, else a short question; keeps what it was given."""

    def __init__(self, embedder):
        self.embedder = embedder
        self.vectors = []

    def has_topic(self, question, embedding=None):
        return False

    def kinds(self, question, embedding=None):
        self.vectors.append(embedding)
        kind = "short" if embedding is None else "explanation"
        return {each: float(each == kind) for each in KINDS}


@pytest.mark.parametrize(("trained_with", "kind"), [("fake", "explanation"), ("other", "short")])
def test_kind_of_a_question_is_told_by_the_vector_that_retrieves(
    bridge, embedder, monkeypatch, trained_with, kind
):
    """Another embedder's vector says nothing to it; no question is embedded twice."""
    known = KnownKinds(trained_with)
    monkeypatch.setattr("rag.answering.find.load_question_kinds", lambda: known)
    embedder.embedded.clear()
    answer = pipeline_over(bridge, FakeReader({"1932": 4.0}), embedder).ask(QUESTION)
    assert answer.answer_kind == kind
    assert embedder.embedded.count(QUESTION) == 1
    (vector,) = known.vectors
    if trained_with == "fake":
        assert list(vector) == list(FakeEmbedder().embed([QUESTION])[0])
    else:
        assert vector is None


def test_copies_count_once_with_all_their_sources_and_crowd_out_no_other(library_of):
    other = "A letter says that the bridge was opened in 1933, in a wet year."
    library = library_of(
        **{f"copy{number:02}": OPENED for number in range(12)}, letter=other, z=f"{LONG} {OPENED}"
    )
    pipeline = asking(library, {"1932": 4.0, "1933": 3.5})
    answer = pipeline.ask(QUESTION)
    names = [f"copy{number:02}.txt" for number in range(12)]
    assert sorted(citation.document for citation in answer.citations[:12]) == names
    assert [sentence.text for sentence in answer.sentences].count(OPENED) == 1
    assert answer.sentences[0].citations == tuple(range(1, 14))  # z is no copy, but says it too
    assert answer.short_answer == "1932"
    check_slices(answer, library)
    ranked = [library.document_name(hit.passage.document_id) for hit in answer.ranked]
    assert len(ranked) == 3
    assert {"letter.txt", "z.txt"} < set(ranked)


def test_same_words_under_other_headings_are_not_copies(library_of):
    library = library_of(a="x", b="y")
    first, second = library.passages([1, 2])
    alike = replace(second, view=first.view)
    assert same_words([first, second, alike]) == [[first, alike], [second]]
    assert same_words([first, replace(first, id=9)]) == [[first], [replace(first, id=9)]]


def test_copy_that_has_changed_is_not_cited(library_of, tmp_path):
    library = library_of(a=OPENED, b=OPENED)
    pipeline = asking(library)
    (hit,) = Retriever(library, FakeEmbedder()).retrieve(QUESTION, 10)
    answer = pipeline.ask(QUESTION)
    assert sorted(citation.document for citation in answer.citations) == ["a.txt", "b.txt"]
    stale = replace(hit, copies=tuple(replace(copy, text_sha256="0") for copy in hit.copies))
    alone = replace(
        answer,
        citations=answer.citations[:1],
        sentences=(replace(answer.sentences[0], citations=(1,)),),
    )
    assert cite_copies(library, alone, [stale]) == alone
    assert cite_copies(library, alone, [hit]).citations == answer.citations


def test_a_misspelt_question_is_also_asked_as_it_was_meant(bridge):
    reader = FollowingReader({"1932": 4.0}, "the bridge opened")
    answer = pipeline_over(bridge, reader).ask("when was the brigde opnened")
    assert (answer.question, answer.understood) == (
        "when was the brigde opnened",
        "when was the bridge opened",
    )


class Checking:
    """Says the same of all, yes if nothing else, and remembers what it was asked."""

    def __init__(self, *probabilities):
        self.asked = []
        self.probabilities_of_all = probabilities or (0.9, 0.05, 0.05)

    def probabilities(self, pairs):
        self.asked += pairs
        return np.array([self.probabilities_of_all] * len(pairs), dtype=np.float32)


def test_the_checker_is_asked_about_each_pair_of_texts_once(bridge, monkeypatch):
    monkeypatch.setattr(FakeCalibration, "wants_checks", True)
    checker = Checking()
    reader = FakeReader({"1932": 4.0})
    pipeline = pipeline_over(bridge, reader, kinds=knowing(yesno=1.0), checker=checker)
    question = "Was the bridge opened in 1932?"
    assert pipeline.ask(question).short_answer == "yes"
    assert len(set(checker.asked)) == len(checker.asked)
    alone, answered, around = checker.asked
    assert (alone[0], answered[0], around[0]) == (question, f"{question} → 1932", question)
    assert alone[1] == answered[1] == around[1][: len(alone[1])] != around[1]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("1932", ["The bridge over the Elm was opened in 1932, which was a dry year."]),
        (
            "railway",
            [
                "The bridge over the Elm was opened in 1932, which was a dry year.",
                "It is 503 metres long and carries two railway tracks.",
            ],
        ),
    ],
)
def test_what_only_the_next_sentence_says_is_quoted_with_it(told_bridge, words, shown):
    reader = FakeReader({"1932": 4.0})
    pipeline = pipeline_over(
        told_bridge, reader, kinds=knowing(yesno=1.0), checker=Judging({words: 0.9})
    )
    answer = pipeline.ask("Was the bridge opened in 1932?")
    assert answer.short_answer == "yes"
    assert " ".join(sentence.text for sentence in answer.sentences) == " ".join(shown)


def test_what_the_checker_said_is_remembered_while_more_is_read(library_of, monkeypatch):
    monkeypatch.setattr(FakeCalibration, "wants_checks", True)
    library = library_of(**{f"{number}.txt": f"Bridge number {number}." for number in range(4)})
    checker = Checking()
    pipeline = pipeline_over(library, FakeReader({"number": -0.3}), checker=checker)
    pipeline.read_passages(2)
    assert pipeline.ask(QUESTION).warning
    assert len(checker.asked) == len(set(checker.asked)) > 0


def test_a_false_premise_is_told_by_what_the_text_says_instead_however_unsure(bridge):
    """Even where the reader finds no answer: the sentence that denies it is worth more."""
    question = "Why was the bridge opened in 1955?"
    ask = {
        kind: pipeline_over(
            bridge,
            FakeReader({"1932": -4.0}),
            kinds=knowing(**{kind: 1.0}),
            checker=Checking(0.02, 0.95, 0.03),
        ).ask
        for kind in ("explanation", "compare")
    }
    answer = ask["explanation"](question)
    assert (answer.status, answer.answer_kind, answer.short_answer) == ("quoted", "denied", None)
    assert answer.confidence == pytest.approx(0.95)
    assert answer.text.startswith("The text says otherwise: ")
    assert "1932" in answer.citations[0].quote
    assert ask["compare"](question).status == "refused"
