import threading

from ui.waiting import Line


def test_first_comer_is_first_and_the_others_know_how_many_are_before():
    line = Line()
    first, second, third = line.join(), line.join(), line.join()
    assert [line.wait(ticket, 0) for ticket in (first, second, third)] == [0, 1, 2]


def test_who_leaves_lets_the_others_move_up():
    line = Line()
    first, second, third = line.join(), line.join(), line.join()
    line.leave(second)
    assert line.wait(third, 0) == 1
    line.leave(first)
    assert line.wait(third, 0) == 0


def test_waiting_ends_when_it_is_the_tickets_turn():
    line = Line()
    first, second = line.join(), line.join()
    threading.Timer(0.05, line.leave, [first]).start()
    assert line.wait(second, 60) == 0


def test_block_leaves_the_line_after_an_error_too():
    line = Line()
    try:
        with line.first():
            raise ValueError
    except ValueError:
        pass
    assert line.wait(line.join(), 0) == 0
