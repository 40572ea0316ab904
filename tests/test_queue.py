import asyncio
import threading

import pytest

from rag.errors import RagError
from ui.queue import AT_ONCE, MOST_WAITING, Line


def test_first_comers_have_their_turn_and_the_others_know_how_many_are_before():
    line = Line()
    tickets = [line.join() for _ in range(AT_ONCE + 2)]
    before = [line.wait(ticket, 0) for ticket in tickets]
    assert before == [0] * AT_ONCE + [1, 2]


def test_who_leaves_lets_the_others_move_up():
    line = Line()
    *first, second, third = [line.join() for _ in range(AT_ONCE + 2)]
    line.leave(second)
    assert line.wait(third, 0) == 1
    line.leave(first[3])
    assert line.wait(third, 0) == 0


def test_waiting_ends_when_it_is_the_tickets_turn():
    line = Line()
    first, *_, last = [line.join() for _ in range(AT_ONCE + 1)]
    threading.Timer(0.05, line.leave, [first]).start()
    assert line.wait(last, 60) == 0


def test_turn_ends_after_an_error_too():
    line = Line()

    async def fail():
        async with line.turn():
            raise ValueError

    with pytest.raises(ValueError):
        asyncio.run(fail())
    assert line.length == 0


def test_programs_wait_in_order_and_take_no_threads():
    line, order, threads = Line(), [], threading.active_count()

    async def program(number):
        async with line.turn():
            assert threading.active_count() == threads
            order.append(number)

    async def all_of_them():
        people = [line.join() for _ in range(AT_ONCE)]
        waiting = [asyncio.create_task(program(number)) for number in range(60)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        for person in people:
            line.leave(person)
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(all_of_them())
    assert order == [0, *range(2, 60)]
    assert line.length == 0


def test_too_many_programs_are_sent_away():
    line = Line()
    for _ in range(MOST_WAITING):
        line.join()

    async def program():
        async with line.turn():
            pass

    with pytest.raises(RagError, match="200 questions are waiting already: ask again later"):
        asyncio.run(program())
