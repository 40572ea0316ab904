"""When a language model is loaded, who waits for it, and when it is let go."""

import time
from threading import Event, Thread

import pytest

from rag.errors import ModelNotFound
from rag.models.kept import KeptModel


class Model:
    """Writes its number; waits for `gate` in between if there is one."""

    name = "fake"
    has_ended = False

    def __init__(self, number, gate=None):
        self.number, self.gate, self.closed = number, gate, False

    def stream(self, messages, max_tokens, cancel):
        yield f"begin {self.number}"
        while self.gate is not None and not self.gate.wait(0.01):
            if cancel.is_set():
                return
        if messages == "fail":
            raise ModelNotFound("it has ended")
        yield "end"

    def close(self):
        self.closed = True


class Loads:
    """Loads models, and keeps them; each load waits for `gate`, and fails with `error`."""

    def __init__(self, gate=None, error=None):
        self.made, self.gate, self.error = [], gate, error

    def __call__(self):
        if self.gate is not None:
            self.gate.wait(20)
        if self.error is not None:
            raise self.error
        self.made.append(Model(len(self.made)))
        return self.made[-1]


def kept(loads, idle_seconds=60.0):
    return KeptModel(loads, "fake", idle_seconds)


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_that_has_ended_is_loaded_again():
    loads = Loads()
    model = kept(loads)
    assert list(model.stream([], 9, Event()))[0] == "begin 0"
    loads.made[0].has_ended = True
    assert list(model.stream([], 9, Event()))[0] == "begin 1"
    assert loads.made[0].closed


def test_it_is_loaded_when_it_is_first_needed_and_once():
    loads = Loads()
    model = kept(loads)
    assert (loads.made, model.is_loaded) == ([], False)
    assert list(model.stream([], 9, Event())) == ["begin 0", "end"]
    assert list(model.stream([], 9, Event())) == ["begin 0", "end"]
    assert model.is_loaded


def test_unused_for_a_while_it_is_let_go_and_loaded_again():
    loads = Loads()
    model = kept(loads, idle_seconds=0.05)
    list(model.stream([], 9, Event()))
    until(lambda: loads.made[0].closed)
    assert not model.is_loaded
    assert list(model.stream([], 9, Event())) == ["begin 1", "end"]


def test_in_use_it_is_not_let_go():
    loads = Loads()
    model = kept(loads)
    stream = model.stream([], 9, Event())
    next(stream)
    model.close()
    assert not loads.made[0].closed
    assert list(stream) == ["end"]
    model.close()
    assert loads.made[0].closed


def test_one_at_a_time():
    loads = Loads()
    model = kept(loads)
    first = model.stream([], 9, Event())
    next(first)
    done = []
    second = Thread(target=lambda: done.extend(model.stream([], 9, Event())), daemon=True)
    second.start()
    second.join(0.2)
    assert second.is_alive() and not done
    list(first)
    second.join(20)
    assert done == ["begin 0", "end"]


def test_cancelled_while_waiting_for_another_it_ends():
    model = kept(Loads())
    first = model.stream([], 9, Event())
    next(first)
    cancel = Event()
    cancel.set()
    assert list(model.stream([], 9, cancel)) == []


def test_cancelled_while_loading_it_ends_and_loading_goes_on():
    gate, cancel = Event(), Event()
    loads = Loads(gate)
    model = kept(loads)
    cancel.set()
    assert list(model.stream([], 9, cancel)) == []
    gate.set()
    assert list(model.stream([], 9, Event())) == ["begin 0", "end"]
    assert len(loads.made) == 1


def test_one_that_was_loaded_for_nobody_is_let_go_too():
    gate, cancel = Event(), Event()
    loads = Loads(gate)
    model = kept(loads)
    cancel.set()
    list(model.stream([], 9, cancel))
    model.close()
    gate.set()
    until(lambda: loads.made and loads.made[0].closed)


@pytest.mark.parametrize("error", [ModelNotFound("no memory"), TimeoutError("slow")])
def test_what_loading_raises_is_raised_and_it_is_tried_again(error):
    loads = Loads(error=error)
    model = kept(loads)
    with pytest.raises(type(error), match=str(error)):
        list(model.stream([], 9, Event()))
    loads.error = None
    assert list(model.stream([], 9, Event())) == ["begin 0", "end"]


def test_a_model_that_fails_is_loaded_anew():
    loads = Loads()
    model = kept(loads)
    with pytest.raises(ModelNotFound, match="it has ended"):
        list(model.stream("fail", 9, Event()))
    assert loads.made[0].closed
    assert list(model.stream([], 9, Event())) == ["begin 1", "end"]
