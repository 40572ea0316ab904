import math

import numpy as np
import pytest
import torch

from training.evaluate_reader import auroc, best_span, item_f1, refused_at, tagged_items, token_f1
from training.mixture import Group
from training.reader_loss import Outputs, pad_rows, reader_loss
from training.train_reader import rate_at, split_batch
from training.windows import MINILM, Row

ANSWERED = Row(question=[7], path=[8], text=[9, 10, 11], kind=1, spans=((5, 6),))
EMPTY = Row(question=[7], path=[], text=[9, 10], kind=0)


def test_pad_rows_lets_answers_stand_in_the_text_only():
    batch = pad_rows([ANSWERED, EMPTY])
    assert batch.ids.tolist() == [[0, 7, 2, 2, 8, 9, 10, 11, 2], [0, 7, 2, 2, 9, 10, 2, 1, 1]]
    assert batch.text[0].nonzero().flatten().tolist() == [5, 6, 7]
    assert batch.text[1].nonzero().flatten().tolist() == [4, 5]
    assert batch.attention.sum().item() == 9 + 7


def test_pad_rows_in_the_frame_of_minilm_tells_the_texts_apart():
    row = Row(question=[7], path=[8], text=[9, 10], kind=0, frame=MINILM)
    other = Row(question=[7], path=[], text=[9], kind=0, frame=MINILM)
    batch = pad_rows([row, other])
    assert batch.ids.tolist() == [[101, 7, 102, 8, 9, 10, 102], [101, 7, 102, 9, 102, 0, 0]]
    assert batch.types.tolist() == [[0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 0, 0]]
    assert batch.text[0].nonzero().flatten().tolist() == [4, 5]
    assert len(row) == 7


def test_pad_rows_leaves_out_what_does_not_stand_in_the_document():
    row = Row(question=[7], path=[8], text=[9, 10, 11], said=(False, True, True))
    assert pad_rows([row]).text[0].nonzero().flatten().tolist() == [6, 7]


def _outputs(start, end):
    rows, width = start.shape
    return Outputs(start, end, torch.zeros(rows, 6), torch.zeros(rows, width, 3))


def test_loss_of_knowing_nothing_is_that_of_guessing():
    groups = [Group(rows=(ANSWERED, EMPTY), shared=2)]
    parts = reader_loss(
        _outputs(torch.zeros(2, 9), torch.zeros(2, 9)), groups, pad_rows([ANSWERED, EMPTY]).text
    )
    # 4 places in the first row (token 0, three of text), 3 in the second
    assert parts["span"].item() == pytest.approx((math.log(4) + math.log(3)) / 2, abs=1e-4)
    # one of 5 tokens of text over both windows, shared out over two rows
    assert parts["shared"].item() == pytest.approx(math.log(5) / 2, abs=1e-4)
    assert parts["kind"].item() == pytest.approx(math.log(6), abs=1e-4)
    assert parts["tags"].item() == pytest.approx(math.log(3), abs=1e-4)


def test_loss_is_nothing_where_all_is_right():
    start = torch.full((2, 9), -30.0)
    end = start.clone()
    start[0, 5] = end[0, 6] = start[1, 0] = end[1, 0] = 30.0
    parts = reader_loss(
        _outputs(start, end),
        [Group(rows=(ANSWERED, EMPTY), shared=2)],
        pad_rows([ANSWERED, EMPTY]).text,
    )
    assert parts["span"].item() == pytest.approx(0, abs=1e-4)
    assert parts["shared"].item() == pytest.approx(0, abs=1e-4)


def test_rate_rises_stays_and_falls_to_nothing():
    def at(step, left):
        return rate_at(step, left, length=100, ramp=10, level=0.2)

    assert at(0, 100) == pytest.approx(0.1)
    assert at(50, 90) == 1
    assert at(50, 40) == pytest.approx(0.5)
    assert at(50, -3) == 0


def test_halves_keep_groups_whole():
    groups = [Group(rows=(EMPTY,) * n, shared=n) for n in (1, 2, 3)]
    assert split_batch(groups) == [groups[:2], groups[2:]]
    assert split_batch(groups[:1]) == [groups[:1]]


def test_best_span_stays_inside_and_is_measured_from_no_answer():
    start = np.array([1.0, 9.0, 3.0, 0.0], dtype=np.float32)
    end = np.array([0.5, 9.0, 0.0, 4.0], dtype=np.float32)
    assert best_span(start, end, np.array([2, 3]), 30) == (2, 3, 5.5)
    assert best_span(start, end, np.array([2, 3]), 1) == (3, 3, 2.5)


def test_tagged_items_are_runs():
    assert tagged_items(np.array([0, 1, 2, 1, 0, 2, 2])) == [(1, 2), (3, 3), (5, 6)]


def test_measures():
    assert token_f1("the red car", ["red cars", "car"]) == pytest.approx(2 / 3)
    assert item_f1(["Cake", "Jam"], ["cake", "jam", "tea"]) == pytest.approx(0.8)
    assert auroc([2, 1], [1, 0]) == 0.875
    assert refused_at([1, 2, 3, 4], [0, 5], 1.0) == 0.5
