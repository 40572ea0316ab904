"""Threads of the models."""

import os

import psutil
import pytest
import torch

from rag.models.threads import available_cores, set_torch_threads


@pytest.fixture(autouse=True)
def kept_threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("physical", "allowed", "expected"),
    [(4, 8, 4), (4, 2, 2), (None, 3, 3), (1, 1, 1)],
)
def test_available_cores_is_the_smaller_of_physical_and_allowed(
    monkeypatch, physical, allowed, expected
):
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: physical)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)), raising=False)
    assert available_cores() == expected


def test_available_cores_without_affinity_counts_processors(monkeypatch):
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: None)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert available_cores() == 5


def test_set_torch_threads_reaches_torch_after_faiss():
    set_torch_threads(2)
    assert torch.get_num_threads() == 2
    set_torch_threads(0)
    assert torch.get_num_threads() == available_cores()
