"""Work that several threads want at once, done by one of them for all that wait for the same."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from rag.answering.turns import MOST_TOGETHER, Stopped, Turns


class Doubling:
    """Doubles numbers; holds the first batch until its gate is open, fails on 13."""

    def __init__(self):
        self.gate = Event()
        self.batches = []

    def __call__(self, numbers):
        self.batches.append(numbers)
        assert self.gate.wait(60)
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]


@contextmanager
def working(turns, do, kind="all"):
    """While a first call works on 0, give what lets others wait behind it in order."""
    with ThreadPoolExecutor(40) as pool:

        def wait_with(items, kind=kind, cancel=None):
            before = len(turns._line)
            asked = pool.submit(turns.take, kind, do, items, cancel)
            until(lambda: len(turns._line) > before)
            return asked

        first = pool.submit(turns.take, kind, do, [0])
        until(lambda: do.batches)
        try:
            yield wait_with
        finally:
            do.gate.set()
        assert first.result(60) == [0]


def until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_one_alone_is_done_at_once_by_the_thread_that_asks():
    do = Doubling()
    do.gate.set()
    assert Turns().take("all", do, [1, 2]) == [2, 4]
    assert Turns().take("all", do, []) == []


def test_what_waits_is_done_together_and_everyone_gets_their_own():
    turns, do = Turns(), Doubling()
    with working(turns, do) as wait_with:
        waiting = [wait_with(items) for items in ([1], [2, 3], [4])]
    assert [each.result(60) for each in waiting] == [[2], [4, 6], [8]]
    assert do.batches == [[0], [1, 2, 3, 4]]


def test_only_so_many_are_done_together():
    turns, do = Turns(), Doubling()
    with working(turns, do) as wait_with:
        waiting = [wait_with([number]) for number in range(1, MOST_TOGETHER + 3)]
    assert [each.result(60) for each in waiting] == [[2 * n] for n in range(1, MOST_TOGETHER + 3)]
    assert list(map(len, do.batches)) == [1, MOST_TOGETHER, 2]


def test_what_is_larger_than_a_batch_is_done_whole():
    turns, do = Turns(), Doubling()
    with working(turns, do) as wait_with:
        many = wait_with(list(range(20, 120)))
        wait_with([1])
    assert many.result(60) == list(range(40, 240, 2))
    assert list(map(len, do.batches)) == [1, 100, 1]


def test_another_kind_is_done_apart_and_nobody_is_overtaken_for_ever():
    turns, do = Turns(), Doubling()
    with working(turns, do) as wait_with:
        waiting = [wait_with([1]), wait_with([2], kind="other"), wait_with([3])]
    assert [each.result(60) for each in waiting] == [[2], [4], [6]]
    assert do.batches == [[0], [1, 3], [2]]


def test_an_error_is_the_own_of_whose_items_fail():
    turns, do = Turns(), Doubling()
    with working(turns, do) as wait_with:
        waiting = [wait_with([number]) for number in (1, 13, 2)]
    assert (waiting[0].result(60), waiting[2].result(60)) == ([2], [4])
    with pytest.raises(ValueError, match="13"):
        waiting[1].result(60)
    assert do.batches == [[0], [1, 13, 2], [1], [13], [2]]


def test_who_stops_while_it_waits_leaves_the_line_to_the_others():
    turns, do, cancel = Turns(), Doubling(), Event()
    with working(turns, do) as wait_with:
        stopped, other = wait_with([1], cancel=cancel), wait_with([2], cancel=Event())
        cancel.set()
        with pytest.raises(Stopped):
            stopped.result(60)
        assert len(turns._line) == 1
    assert other.result(60) == [4]
    assert do.batches == [[0], [2]]


def test_who_stops_while_another_works_for_it_gets_nothing_and_harms_nobody():
    turns, do, cancel = Turns(), Doubling(), Event()
    second = Event()

    def slowly(numbers):
        if numbers == [1, 13, 2]:
            second.set()
            until(cancel.is_set)
            with pytest.raises(Stopped):
                stopped.result(60)
        return do(numbers)

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(turns.take, "all", slowly, [0])
        until(lambda: do.batches)
        leading = pool.submit(turns.take, "all", slowly, [1])
        until(lambda: len(turns._line) == 1)
        stopped = pool.submit(turns.take, "all", slowly, [13], cancel)
        until(lambda: len(turns._line) == 2)
        third = pool.submit(turns.take, "all", slowly, [2])
        until(lambda: len(turns._line) == 3)
        do.gate.set()
        assert second.wait(60)
        cancel.set()
        assert [each.result(60) for each in (first, leading, third)] == [[0], [2], [4]]
    assert do.batches == [[0], [1, 13, 2], [1], [2]]  # what nobody wants is not tried again


def test_an_interrupt_ends_who_works_and_the_others_are_served():
    turns, do = Turns(), Doubling()

    def interrupted(numbers):
        if numbers == [1, 2]:
            raise KeyboardInterrupt
        return do(numbers)

    interrupted.batches, interrupted.gate = do.batches, do.gate
    with working(turns, interrupted) as wait_with:
        waiting = [wait_with([1]), wait_with([2])]
    with pytest.raises(KeyboardInterrupt):
        waiting[0].result(60)
    assert waiting[1].result(60) == [4]
