"""Fakes and fixtures that several test modules share."""

import pytest
from fake_embedder import FakeEmbedder


@pytest.fixture
def embedder():
    return FakeEmbedder()
