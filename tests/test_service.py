"""Limits for each person, figures for Prometheus, and an end that waits for answers."""

from threading import Event, Thread
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rag.errors import RagError
from ui.service import Service

ANSWER = SimpleNamespace(status="quoted")


class Clock:
    seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


def ask(service, person, answer=ANSWER):
    with service.question(person) as answered:
        answered(answer)


def figures(service):
    content, content_type = service.figures()
    assert content_type.startswith("text/plain")
    families = text_string_to_metric_families(content.decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_person_asks_so_often_in_a_minute_and_others_are_not_held_up(clock):
    service = Service(per_minute=3, clock=clock)
    for _ in range(3):
        ask(service, "ada")
        clock.seconds += 10
    with pytest.raises(RagError, match="asked 3 questions in a minute: ask again in 30 seconds"):
        ask(service, "ada")
    ask(service, "bob")
    clock.seconds += 30
    ask(service, "ada")  # the first is a minute old
    with pytest.raises(RagError, match="ask again in 10 seconds"):
        ask(service, "ada")


def test_a_person_has_so_many_questions_in_progress(clock):
    service = Service(per_minute=100, at_once=2, clock=clock)
    with service.question("ada"), service.question("ada"):
        with pytest.raises(RagError, match="2 of your questions are being answered"):
            ask(service, "ada")
        ask(service, "bob")
    ask(service, "ada")


def test_figures_count_by_outcome_and_say_nothing_of_who_or_what(clock):
    service = Service(per_minute=2, clock=clock)
    ask(service, "ada")
    with service.question("bob"):
        clock.seconds += 4
        assert figures(service)["footnote_questions_in_progress",] == 1
    with pytest.raises(ZeroDivisionError), service.question("ada"):
        raise ZeroDivisionError
    with pytest.raises(RagError):
        ask(service, "ada")
    found = figures(service)
    assert found["footnote_answers_total", "quoted"] == 1
    assert found["footnote_answers_total", "stopped"] == 1
    assert found["footnote_answers_total", "failed"] == 1
    assert found["footnote_limited_total", "per_minute"] == 1
    assert found["footnote_questions_in_progress",] == 0
    assert found["footnote_answer_seconds_bucket", "3.0"] == 2
    assert found["footnote_answer_seconds_bucket", "5.0"] == 3
    assert "ada" not in service.figures()[0].decode()


def test_an_end_waits_for_answers_and_takes_no_more_questions():
    service = Service(per_minute=9)
    going, done = Event(), Event()

    def answer():
        with service.question("ada"):
            going.set()
            done.wait(30)

    thread = Thread(target=answer)
    thread.start()
    going.wait(30)
    assert not service.finish(0.01)
    with pytest.raises(RagError, match="being ended"):
        ask(service, "bob")
    done.set()
    assert service.finish(30)
    thread.join()
